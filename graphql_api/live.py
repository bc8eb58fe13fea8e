"""What a subscription follows: which of the tenant's events, and from where on."""

from collections.abc import AsyncGenerator, AsyncIterator, Collection
from contextlib import aclosing
from uuid import UUID

from events import cursors
from events.errors import CursorExpired
from events.models import Event
from graphql_server.context import Context
from graphql_server.errors import ApiError, Code
from graphql_server.live import feed
from orders import event_types
from orders.filters import Condition, Judged


class Topic:
    """Which events a subscriber wants. Equal topics want the same."""

    __slots__ = ("_hash", "_judge", "condition", "order_id", "types")

    def __init__(
        self, *, types: Collection[str] | None = None, condition: Condition | None = None, order_id: UUID | None = None
    ) -> None:
        self.types = None if types is None else frozenset(types)
        self.condition = condition
        self.order_id = order_id
        self._judge = None if condition is None else condition.compiled()
        self._hash = hash((self.types, condition, order_id))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Topic) and self._known == other._known)

    @property
    def _known(self) -> tuple[object, ...]:
        return self._hash, self.types, self.condition, self.order_id

    def matches(self, event: Event) -> bool:
        """Whether it is wanted; by its order, as it was before the change or as it is after it."""
        if self.types is not None and event.type not in self.types:
            return False
        if self.order_id is not None and event.order_id != self.order_id:
            return False
        judge = self._judge
        if judge is None:
            return True
        after, before = judged(event)
        return judge(after) or (before is not None and judge(before))


def judged(event: Event) -> tuple[Judged, Judged | None]:
    """The event's order after the change and before it, for all topics; None before it if nothing changed."""
    known = event.__dict__
    if "_judged" not in known:
        payload = event.payload
        before = Judged(event_types.snapshot_before(payload)) if payload["changes"] else None
        known["_judged"] = Judged(payload["order"]), before
    found: tuple[Judged, Judged | None] = known["_judged"]
    return found


class Following:
    """A topic followed after a cursor, or from now on: what the resolver of a subscription returns.

    Iterated over, it is the topic's events for one subscriber. Those who share an execution read ``topic`` instead.
    """

    def __init__(self, tenant_id: UUID, topic: Topic, context: Context, after: str | None) -> None:
        self.tenant_id = tenant_id
        self.topic = topic
        self.context = context
        self.after = after

    def __aiter__(self) -> AsyncIterator[Event]:
        return self.events()

    async def events(self) -> AsyncGenerator[Event, None]:
        """Each event once, in sequence; the context knows how far the subscriber has come.

        Raises:
            ApiError: the events after the cursor are gone.
        """
        context = self.context
        try:
            async with aclosing(feed.follow(self.tenant_id, after=self.after)) as events:
                async for event in events:
                    if self.topic.matches(event):
                        context.loaders.clear()
                        yield event
                    # Only now: a wanted event counts as come to when its answer has been taken.
                    context.cursor = cursors.encode(self.tenant_id, event.sequence or 0)
        except CursorExpired as error:
            raise expired(self.tenant_id, error) from None


def expired(tenant_id: UUID, error: CursorExpired) -> ApiError:
    """What the client is told of a cursor before what is kept, with the oldest one that it can go on from."""
    return ApiError(Code.CURSOR_EXPIRED, str(error), oldest=cursors.encode(tenant_id, error.oldest))
