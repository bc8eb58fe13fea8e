"""The customer's notifications' receiver."""

from collections.abc import Sequence

from events.models import Event
from events.receivers import Kind, delivery_id, receives
from orders.event_types import CREATED, STATUS_EVENTS
from orders.tasks import notify_customer_async


@receives(*STATUS_EVENTS, name="notifications", kind=Kind.QUEUED, ordered=True, first=CREATED, batch=10)
def notify_customer(events: Sequence[Event]) -> None:
    """Send the task that mails the customers, one order's mails in order; the task claims each delivery."""
    notify_customer_async.delay(*(str(delivery_id(event.id, "notifications")) for event in events))
