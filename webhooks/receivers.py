"""The receiver that opens a delivery for each endpoint that wants an event."""

from collections.abc import Sequence

from django.dispatch import receiver

from events.models import Event
from orders.event_types import ALL_SIGNALS, order_created
from webhooks import services


@receiver(ALL_SIGNALS, dispatch_uid="webhooks", ordered=True, first=order_created, batch=100, on_request=True)
def open_webhook_deliveries(sender: type[Event], *, events: Sequence[Event], **kwargs: object) -> None:
    """Open the deliveries in one transaction with ours; those that are open stay, so that a repeat does nothing."""
    services.open_deliveries(events)
