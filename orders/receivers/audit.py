"""The audit trail's receivers."""

from collections.abc import Sequence

from audit.services import Entry, write_audit_logs
from events.models import Event
from events.receivers import receives
from orders.event_types import CHANGED_OUT_OF_BAND, STATUS_EVENTS


@receives(*STATUS_EVENTS, CHANGED_OUT_OF_BAND, name="audit", batch=500)
def record_order_events(events: Sequence[Event]) -> None:
    """Write the audit records, in one transaction with their deliveries; ``event.id`` makes a repeat harmless."""
    write_audit_logs([entry_of(event) for event in events])


def entry_of(event: Event) -> Entry:
    """What the audit trail says of an order's event."""
    order, changes, details = (event.payload[part] for part in ("order", "changes", "details"))
    return {
        "action": event.type.upper().replace(".", "_"),
        "object_id": event.order_id,
        "metadata": {"number": order["number"], "total": order["total"], "changes": changes, **details},
        "event_id": event.id,
        "actor": event.actor,
        "ip": event.ip,
        "request_id": event.request_id,
    }
