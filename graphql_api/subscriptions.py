"""Subscriptions: a resolver returns the topic to follow, and the GraphQL server follows it."""

from collections.abc import AsyncGenerator
from typing import Annotated, Any, cast

import strawberry
from strawberry.types import Info

from events import cursors
from events.errors import InvalidCursor
from graphql_api.access.context import Context
from graphql_api.access.permissions import for_tenant_members
from graphql_api.ids import uuid_of
from graphql_api.live.stats_feed import latest_stats
from graphql_api.live.topics import Topic
from graphql_api.pages.event_pages import invalid
from graphql_api.pages.slices import tenant_of
from graphql_api.types.enums import OrderEventType
from graphql_api.types.order_stats import OrderStats, StatsWindow
from graphql_api.types.orders import OrderEvent
from graphql_api.where import OrderWhere, condition_of
from graphql_server.live.follow import Follow
from orders import event_types
from orders.stats import tally

CHANGES = frozenset(event_types.ALL_EVENTS) - {event_types.CREATED}
After = Annotated[
    str | None,
    strawberry.argument(
        description=(
            "Start after this cursor, which is an event's `cursor` or a page's `eventCursor`. The subscription "
            "first sends the events since then and continues live; each event comes once and in order. Without "
            "it, the subscription sends only new events."
        )
    ),
]
Where = Annotated[
    OrderWhere | None,
    strawberry.argument(
        description=(
            "Only events of orders that match this filter. Defaults to all orders. An order matches if it matched "
            "before or after the change, so you also receive the event with which an order stops matching."
        )
    ),
]


@for_tenant_members(scope="orders:read")
@strawberry.type(
    description=(
        "Live events of your tenant, over WebSocket (`graphql-transport-ws`). Events arrive in commit order. "
        "After a reconnect, pass the last `cursor` that you received as `after`, and you miss no event."
    )
)
class Subscription:
    """Events of orders, and statistics."""

    @strawberry.subscription(description="An event for each new order.")
    def order_created(
        self, info: Info[Context, None], where: Where = None, after: After = None
    ) -> AsyncGenerator[OrderEvent, None]:
        return follow(info, Topic(types={event_types.CREATED}, condition=condition_of(where)), after)

    @strawberry.subscription(description="An event for each change of an order: every type except `ORDER_CREATED`.")
    def order_changed(
        self,
        info: Info[Context, None],
        order_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description=("Only events of the order with this `id`. Defaults to all orders.")),
        ] = None,
        where: Where = None,
        after: After = None,
    ) -> AsyncGenerator[OrderEvent, None]:
        only = None if order_id is None else uuid_of(order_id, "Order")
        return follow(info, Topic(types=CHANGES, condition=condition_of(where), order_id=only), after)

    @strawberry.subscription(description="Every event of orders.")
    def order_events(
        self,
        info: Info[Context, None],
        types: Annotated[
            list[OrderEventType] | None,
            strawberry.argument(description=("Only events of these types. Defaults to all types.")),
        ] = None,
        where: Where = None,
        after: After = None,
    ) -> AsyncGenerator[OrderEvent, None]:
        wanted = None if types is None else {str(one.value) for one in types}
        return follow(info, Topic(types=wanted, condition=condition_of(where)), after)

    @strawberry.subscription(
        description=(
            "Statistics of orders: first the current numbers, then an update when they change or time passes, at "
            "most one per second. Each update contains all numbers, so a missed update does no harm."
        )
    )
    def order_stats(
        self,
        info: Info[Context, None],
        window: Annotated[StatsWindow, strawberry.argument(description="The period to count, which ends now.")],
        where: Annotated[
            OrderWhere | None,
            strawberry.argument(description="Only orders that match this filter now. Defaults to all orders."),
        ] = None,
    ) -> AsyncGenerator[OrderStats, None]:
        latest = latest_stats(tenant_of(info), cast("tally.StatsWindow", window.value), condition_of(where))
        return cast("AsyncGenerator[OrderStats, None]", latest)


def follow(info: Info[Context, Any], topic: Topic, after: str | None) -> AsyncGenerator[OrderEvent, None]:
    """Follow a topic after a cursor, or from now on.

    Raises:
        ApiError: BAD_USER_INPUT. The cursor is not one of the tenant's stream, so the subscription does not begin.
    """
    if after is not None:
        try:
            cursors.decode(tenant_of(info), after)
        except InvalidCursor as error:
            raise invalid(error) from None
    info.context.cursor = after
    return cast("AsyncGenerator[OrderEvent, None]", Follow(topic, after))
