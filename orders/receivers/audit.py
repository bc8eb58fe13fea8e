"""The audit trail's receivers."""

from audit.services import write_audit_log
from events.models import Event
from events.receivers import receives
from orders.event_types import CHANGED_OUT_OF_BAND, STATUS_EVENTS


@receives(*STATUS_EVENTS, CHANGED_OUT_OF_BAND, name="audit")
def record_order_event(event: Event) -> None:
    """Write the audit record, in one transaction with its delivery; ``event.id`` makes a repeat harmless."""
    order, changes, details = (event.payload[part] for part in ("order", "changes", "details"))
    write_audit_log(
        action=event.type.upper().replace(".", "_"),
        object_id=event.order_id,
        metadata={"number": order["number"], "total": order["total"], "changes": changes, **details},
        event_id=event.id,
        actor=event.actor,
        ip=event.ip,
        request_id=event.request_id,
    )
