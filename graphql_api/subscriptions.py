"""Live: the hub owns the loop; here the topic is picked and the answer shaped."""

from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from typing import Annotated, Any, cast
from uuid import UUID

import strawberry
from strawberry.types import Info

from events import cursors
from events.errors import CursorExpired, InvalidCursor
from events.models import Event
from graphql_api import hub
from graphql_api.context import Context
from graphql_api.event_positions import expired, invalid
from graphql_api.global_ids import uuid_of
from graphql_api.permissions import for_tenant_members
from graphql_api.types.connections import tenant_of
from graphql_api.types.enums import OrderEventType
from graphql_api.types.orders import OrderEvent
from graphql_api.where import OrderWhere, condition_of
from orders import event_types
from orders.filters import Condition

CHANGES = frozenset(event_types.ALL_EVENTS) - {event_types.CREATED}
After = Annotated[
    str | None,
    strawberry.argument(
        description=(
            "The cursor after which to begin: an event's `cursor`, or a page's `eventCursor`. What has happened since "
            "comes first, then what happens, each event once and in order. If not given, from now on."
        )
    ),
]
Where = Annotated[
    OrderWhere | None,
    strawberry.argument(
        description=(
            "Of which orders; of all if not given. An order counts as it was before the change and as it is after it, "
            "so that you are told of one that leaves the filter."
        )
    ),
]


@for_tenant_members(scope="orders:read")
@strawberry.type(
    description=(
        "Live events of your tenant, over WebSocket (`graphql-transport-ws`), without a gap over reconnects: go on "
        "with the last `cursor` that you saw. They are told in the order in which they were committed."
    )
)
class Subscription:
    """Topics of the event log."""

    @strawberry.subscription(description="Orders as they are placed.")
    def order_created(
        self, info: Info[Context, None], where: Where = None, after: After = None
    ) -> AsyncGenerator[OrderEvent, None]:
        return follow(info, Topic(types={event_types.CREATED}, condition=condition_of(where)), after)

    @strawberry.subscription(description="Orders as they change: everything but `ORDER_CREATED`.")
    def order_changed(
        self,
        info: Info[Context, None],
        order_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The order with this `id`; all if not given.")
        ] = None,
        where: Where = None,
        after: After = None,
    ) -> AsyncGenerator[OrderEvent, None]:
        only = None if order_id is None else uuid_of(order_id, "Order")
        return follow(info, Topic(types=CHANGES, condition=condition_of(where), order_id=only), after)

    @strawberry.subscription(description="Everything that happens to orders.")
    def order_events(
        self,
        info: Info[Context, None],
        types: Annotated[
            list[OrderEventType] | None, strawberry.argument(description="Of these types; of all if not given.")
        ] = None,
        where: Where = None,
        after: After = None,
    ) -> AsyncGenerator[OrderEvent, None]:
        wanted = None if types is None else {str(one.value) for one in types}
        return follow(info, Topic(types=wanted, condition=condition_of(where)), after)


class Topic:
    """Which events a subscriber wants."""

    def __init__(
        self, *, types: Collection[str] | None = None, condition: Condition | None = None, order_id: UUID | None = None
    ) -> None:
        self.types = types
        self.condition = condition
        self.order_id = order_id

    def matches(self, event: Event) -> bool:
        """Whether it is wanted; by its order, as it was before the change or as it is after it."""
        if self.types is not None and event.type not in self.types:
            return False
        if self.order_id is not None and event.order_id != self.order_id:
            return False
        if self.condition is None or self.condition.matches(event.payload["order"]):
            return True
        return bool(event.payload["changes"]) and self.condition.matches(event_types.snapshot_before(event.payload))


def follow(info: Info[Context, Any], topic: Topic, after: str | None) -> AsyncGenerator[OrderEvent, None]:
    """The topic's events, after the cursor or from now on.

    Raises:
        ApiError: the cursor is not one of this stream; at once, so that the subscription does not begin.
    """
    if after is not None:
        try:
            cursors.decode(tenant_of(info), after)
        except InvalidCursor as error:
            raise invalid(error) from None
    info.context.cursor = after
    return cast("AsyncGenerator[OrderEvent, None]", following(info, topic, after))


async def following(info: Info[Context, Any], topic: Topic, after: str | None) -> AsyncGenerator[Event, None]:
    """The same, and the context knows how far the subscriber has come.

    Raises:
        ApiError: the events after the cursor are gone.
    """
    context, tenant_id = info.context, tenant_of(info)
    try:
        async with aclosing(hub.follow(tenant_id, after=after)) as events:
            async for event in events:
                if topic.matches(event):
                    context.loaders.clear()
                    yield event
                # Only now: a wanted event counts as come to when its answer has been taken.
                context.cursor = cursors.encode(tenant_id, event.sequence or 0)
    except CursorExpired as error:
        raise expired(info, error) from None
