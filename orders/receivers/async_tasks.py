"""The slow work's receiver."""

from events.models import Event
from events.receivers import Kind, delivery_id, receives
from orders.event_types import CREATED
from orders.tasks import process_order_async


@receives(CREATED, name="processing", kind=Kind.QUEUED)
def trigger_async_processing(event: Event) -> None:
    """Send the task that processes the order; the task claims its delivery, so a repeat does nothing."""
    process_order_async.delay(str(delivery_id(event.id, "processing")))
