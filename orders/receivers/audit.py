"""The receiver that writes the audit trail."""

from collections.abc import Sequence

from django.dispatch import receiver

from audit.services import Entry, write_audit_logs
from events.models import Event
from orders.event_types import BUSINESS_SIGNALS, action_of, order_changed_out_of_band


@receiver([*BUSINESS_SIGNALS, order_changed_out_of_band], dispatch_uid="audit", batch=500)
def record_order_events(sender: type[Event], *, events: Sequence[Event], **kwargs: object) -> None:
    """Write the audit records in one transaction with their deliveries; ``event.id`` makes a repeat harmless."""
    write_audit_logs([entry_of(event) for event in events])


def entry_of(event: Event) -> Entry:
    """The audit record of an order's event."""
    order, changes, details = (event.payload[part] for part in ("order", "changes", "details"))
    return {
        "action": action_of(event.type),
        "object_id": event.order_id,
        "metadata": {"number": order["number"], "total": order["total"], "changes": changes, **details},
        "event_id": event.id,
        "actor": event.actor,
        "ip": event.ip,
        "request_id": event.request_id,
    }
