"""The receiver that notifies live subscribers."""

from collections.abc import Sequence

from django.dispatch import receiver

from events.channel_layer.broadcast import publish
from events.models import Event
from orders.event_types import ALL_SIGNALS


@receiver(ALL_SIGNALS, dispatch_uid="subscriptions", live=True)
def notify_subscribers(sender: type[Event], *, events: Sequence[Event], **kwargs: object) -> None:
    """Send one message to the tenant's Channels group; a subscriber that misses it reads the log."""
    publish(events)
