"""The slow work's receiver."""

from collections.abc import Sequence

from events.models import Event
from events.receivers import Kind, delivery_id, receives
from orders.event_types import CREATED
from orders.tasks import process_order_async


@receives(CREATED, name="processing", kind=Kind.QUEUED, batch=10)
def trigger_async_processing(events: Sequence[Event]) -> None:
    """Send the task that processes the orders; the task claims each delivery, so a repeat does nothing."""
    process_order_async.delay(*(str(delivery_id(event.id, "processing")) for event in events))
