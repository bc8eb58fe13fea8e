"""The receiver that starts the background work."""

from collections.abc import Sequence

from django.dispatch import receiver

from events.models import Event
from events.receivers import delivery_id
from orders.event_types import order_created
from orders.tasks import process_order_async


@receiver(order_created, dispatch_uid="processing", queued=True, batch=10)
def trigger_async_processing(sender: type[Event], *, events: Sequence[Event], **kwargs: object) -> None:
    """Send the task that processes the orders; the task claims each delivery, so a repeat does nothing."""
    process_order_async.delay(deliveries=[str(delivery_id(event.id, "processing")) for event in events])
