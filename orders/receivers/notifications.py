"""The receiver that notifies customers."""

from collections.abc import Sequence

from django.dispatch import receiver

from events.models import Event
from events.receivers import delivery_id
from orders.event_types import STATUS_SIGNALS, order_created, order_refunded
from orders.tasks import notify_customer_async


@receiver(
    [*STATUS_SIGNALS, order_refunded],
    dispatch_uid="notifications",
    queued=True,
    ordered=True,
    first=order_created,
    batch=10,
)
def notify_customer(sender: type[Event], *, events: Sequence[Event], **kwargs: object) -> None:
    """Send the task that mails the customers, one order's mails in order; the task claims each delivery."""
    notify_customer_async.delay(deliveries=[str(delivery_id(event.id, "notifications")) for event in events])
