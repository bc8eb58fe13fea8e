"""The live subscribers' receiver."""

from collections.abc import Sequence
from uuid import UUID

from events.broadcast import publish
from events.models import Event
from events.receivers import Kind, receives
from orders.event_types import ALL_EVENTS


@receives(*ALL_EVENTS, name="subscriptions", kind=Kind.LIVE)
def ring_subscribers(tenant_id: UUID, events: Sequence[Event]) -> None:
    """Ring the tenant's Channels group; one who misses it, or hears it twice, reads the log."""
    publish(tenant_id, events)
