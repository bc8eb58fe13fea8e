"""Reads: each is one selector and a page of it."""

from datetime import UTC, datetime
from typing import Annotated, cast

import strawberry
from strawberry.types import Info

from events import clock, cursors, log_reader
from graphql_api.access.context import Context
from graphql_api.access.permissions import AnyScope, for_tenant_members
from graphql_api.administration.audit_queries import AuditQuery
from graphql_api.administration.delivery_queries import LedgerQuery
from graphql_api.administration.member_fields import MemberQuery
from graphql_api.administration.schema_use_fields import SchemaUseQuery
from graphql_api.administration.token_fields import TokenQuery
from graphql_api.administration.webhook_fields import WebhookQuery
from graphql_api.ids import uuid_of
from graphql_api.inputs.order_queries import OrderIdentifier, OrderOrder, OrderSort
from graphql_api.lab.lab_fields import LabQuery
from graphql_api.loading.node_lookup import look_up
from graphql_api.loading.read_columns import SelectedFields, columns_of
from graphql_api.loading.selections import selects
from graphql_api.old_names import replaced_by
from graphql_api.pages.event_pages import MOST_EXAMINED, event_page
from graphql_api.pages.order_pages import order_page
from graphql_api.pages.slices import tenant_of
from graphql_api.types.arguments import After, Before, First, Last
from graphql_api.types.enums import OrderDirection, OrderEventType, OrderSortField
from graphql_api.types.node import Node
from graphql_api.types.order_fields import Articles
from graphql_api.types.order_stats import OrderStats, StatsWindow
from graphql_api.types.orders import Order, OrderConnection, OrderEventConnection
from graphql_api.types.viewer import Viewer
from graphql_api.where import OrderWhere, condition_of
from graphql_server.errors import ApiError, Code
from orders import selectors
from orders.search.articles import articles_like
from orders.search.filters import MAX_TEXT
from orders.selectors import MOST_PROBED, MOST_SEARCHED
from orders.stats import tally
from orders.stats.counting import count_orders
from orders.stats.tally import LONGEST
from tenants.pagination.keyset import Column, Keyset, PageRequest, moment, number, uuid

SORT_COLUMNS: dict[OrderSortField, Column] = {
    OrderSortField.CREATED_AT: moment("created_at"),
    OrderSortField.UPDATED_AT: moment("updated_at"),
    OrderSortField.TOTAL: number("total_cents"),
}
ORDERS_SORTED: dict[tuple[OrderSortField, OrderDirection], Keyset] = {
    (field, direction): Keyset(
        f"orders.{field.value}.{direction.value}", (column, uuid("id")), descending=direction is OrderDirection.DESC
    )
    for field, column in SORT_COLUMNS.items()
    for direction in OrderDirection
}
MAKE_CURSORS = frozenset({"OrderEdge.cursor", "PageInfo.startCursor", "PageInfo.endCursor"})
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Where = Annotated[
    OrderWhere | None, strawberry.argument(description=("Only orders that match this filter. Defaults to all orders."))
]
OrdersWhere = Annotated[
    OrderWhere | None,
    strawberry.argument(
        description=(
            "Only orders that match this filter. Defaults to all orders. If a text has no word of three or more "
            "characters, or many orders contain it, one page searches at most "
            f"{MOST_SEARCHED:,} orders, and {MOST_PROBED:,} if `OR` has conditions on lines or tags that many orders "
            "fulfil: it may have fewer entries than requested, or none, although `hasNextPage` is "
            "true. Continue after `endCursor`, which is then the last searched position."
        )
    ),
]
Types = Annotated[
    list[OrderEventType] | None, strawberry.argument(description=("Only events of these types. Defaults to all types."))
]
EventsWhere = Annotated[
    OrderWhere | None,
    strawberry.argument(
        description=(
            "Only events of orders that match this filter before or after the change, as in the subscription. One page "
            f"examines at most {MOST_EXAMINED:,} events: it may have fewer entries than requested, or none, although "
            "`hasNextPage` is true. Continue after `endCursor`, which is then the last examined position. "
            "`totalCount` counts among the oldest events of that number."
        )
    ),
]
OrderId = Annotated[
    strawberry.ID | None,
    strawberry.argument(description=("Only events of the order with this `id`. Defaults to all orders.")),
]


def old_name(name: str) -> object:
    """An argument of ``order`` that is now a field of ``by``."""
    new = f"by: {{{name}: …}}"
    return strawberry.argument(description=f"The old name of `{new}`.", deprecation_reason=replaced_by(new))


@for_tenant_members(scope="orders:read")
@strawberry.type(
    description=("All queries. They return only your tenant's data. Another tenant's object is treated as missing.")
)
class Query(AuditQuery, LedgerQuery, LabQuery, TokenQuery, MemberQuery, SchemaUseQuery, WebhookQuery):
    """The queries: a field for each selector."""

    @strawberry.field(description="An object by its global id. Null if there is no such object.")
    def node(
        self, id: Annotated[strawberry.ID, strawberry.argument(description="The object's global `id`.")]
    ) -> Node | None:
        return cast("Node | None", look_up([id])[0])

    @strawberry.field(
        description=(
            "Objects by their global ids, at most 100, in the order of `ids`. Null where there is no such object."
        )
    )
    def nodes(
        self, ids: Annotated[list[strawberry.ID], strawberry.argument(description="The objects' global `id`s.")]
    ) -> list[Node | None]:
        return cast("list[Node | None]", look_up(ids))

    @strawberry.field(description="The caller: its tenant, name and scopes.", extensions=[AnyScope()])
    def viewer(self, info: Info[Context, None]) -> Viewer:
        return Viewer(caller=info.context.caller)

    @strawberry.field(description="One order. Null if there is no such order.")
    def order(
        self,
        by: Annotated[
            OrderIdentifier | None, strawberry.argument(description="Identifies the order. Required.")
        ] = None,
        id: Annotated[strawberry.ID | None, old_name("id")] = None,
        number: Annotated[str | None, old_name("number")] = None,
        external_reference: Annotated[str | None, old_name("externalReference")] = None,
    ) -> Order | None:
        old = OrderIdentifier(id=id, number=number, external_reference=external_reference)
        given = [*names_in(old), *names_in(by)]
        if len(given) != 1:
            raise ApiError(Code.BAD_USER_INPUT, "Give by, with exactly one of id, number and externalReference.")
        [(name, value)] = given
        known = uuid_of(value, "Order") if name == "id" else value
        return cast("Order | None", selectors.order_known_as(**{name: known}))

    @strawberry.field(description="A page of orders, newest first by default. New orders do not shift later pages.")
    def orders(
        self,
        info: Info[Context, None],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        where: OrdersWhere = None,
        sort_by: Annotated[
            OrderSort | None, strawberry.argument(description="The sort order. Defaults to newest first.")
        ] = None,
        order_by: Annotated[
            OrderOrder | None,
            strawberry.argument(description="The old name of `sortBy`.", deprecation_reason=replaced_by("sortBy")),
        ] = None,
    ) -> OrderConnection:
        tenant_id = tenant_of(info)
        if order_by and sort_by:
            raise ApiError(Code.BAD_USER_INPUT, "Give sortBy or orderBy, not both.")
        by = order_by.as_sort() if order_by else sort_by or OrderSort(field=OrderSortField.CREATED_AT)
        condition = condition_of(where)
        # Before the page is read: a later commit comes after this cursor.
        cursor = cursors.encode(tenant_id, log_reader.head(tenant_id)) if selects(info, "eventCursor") else ""
        columns, asked = order_columns(info.context.selected_fields, by.field), PageRequest(first, after, last, before)
        part = order_page(info, ORDERS_SORTED[by.field, by.direction], condition, columns, asked)
        return OrderConnection(part=part, cursor_before=cursor)

    @strawberry.field(
        description=(
            "The SKUs and the names of order lines that contain every word of a text, ignoring case. To find their "
            "orders, use `where: {lines: {sku: {in: …}}}`."
        )
    )
    def articles(
        self, text: Annotated[str, strawberry.argument(description=f"The words, at most {MAX_TEXT} characters.")]
    ) -> Articles:
        if len(text) > MAX_TEXT:
            raise ApiError(Code.BAD_USER_INPUT, f"text must have at most {MAX_TEXT} characters.")
        return cast("Articles", articles_like(text))

    @strawberry.field(
        description=(
            "Statistics of orders: counts and revenue per interval, and counts per status. Give either `window`, or "
            "`from` with or without `to`."
        )
    )
    def order_stats(
        self,
        info: Info[Context, None],
        window: Annotated[
            StatsWindow | None, strawberry.argument(description="The period to count, which ends now.")
        ] = None,
        where: Where = None,
        from_: Annotated[
            datetime | None,
            strawberry.argument(name="from", description="Only orders that were created at this time or later."),
        ] = None,
        to: Annotated[
            datetime | None,
            strawberry.argument(
                description=(
                    f"Only orders that were created before this time, at most {LONGEST.days} days after `from`. "
                    "Defaults to now."
                )
            ),
        ] = None,
    ) -> OrderStats:
        now = clock.now()
        counted = count_orders(time_of(window, from_, to, now), now, condition_of(where))
        return OrderStats(stats=counted.at(now), cursor=cursors.encode(tenant_of(info), counted.position))

    @strawberry.field(description="All events of orders, oldest first.")
    def order_events(
        self,
        info: Info[Context, None],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        types: Types = None,
        order_id: OrderId = None,
        where: EventsWhere = None,
    ) -> OrderEventConnection:
        rows = selectors.numbered_events(
            types=None if types is None else {str(one.value) for one in types},
            order_ids=None if order_id is None else {uuid_of(order_id, "Order")},
        )
        asked = PageRequest(first, after, last, before)
        return OrderEventConnection(part=event_page(info, rows, asked, condition_of(where)))


def time_of(
    window: StatsWindow | None, begin: datetime | None, end: datetime | None, now: datetime
) -> tally.StatsWindow | tally.StatsPeriod:
    """The time that statistics are about.

    Raises:
        ApiError: it is not one of the two forms, or not within the bounds.
    """
    if (window is None) == (begin is None) or (window is not None and end is not None):
        raise ApiError(Code.BAD_USER_INPUT, "Give either window, or from with or without to.")
    if begin is None:
        return cast("tally.StatsWindow", cast("StatsWindow", window).value)
    end = end or now
    if not EPOCH <= begin < end:
        raise ApiError(Code.BAD_USER_INPUT, "from must be in 1970 or later, and before to.")
    if begin > now or end - begin > LONGEST:
        raise ApiError(
            Code.BAD_USER_INPUT, f"from must not be in the future, and to at most {LONGEST.days} days later."
        )
    return tally.StatsPeriod.of(begin, end)


def order_columns(selected_fields: SelectedFields | None, sorted_by: OrderSortField) -> tuple[str, ...] | None:
    """The columns of a page's orders; those that it is sorted by are read if cursors may be needed."""
    columns = columns_of(Order, selected_fields)
    if columns is None or selected_fields is None or not selected_fields & MAKE_CURSORS:
        return columns
    return (*columns, SORT_COLUMNS[sorted_by].name)


def names_in(identifier: OrderIdentifier | None) -> list[tuple[str, str]]:
    """The given names with their fields."""
    given = vars(identifier) if identifier else {}
    return [(name, value) for name, value in given.items() if isinstance(value, str)]
