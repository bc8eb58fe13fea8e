"""Reads: each is one selector and a page of it."""

from typing import Annotated, Any, cast

import strawberry
from strawberry.types import Info

from audit.verification import verify_audit_log
from events import clock, cursors, log
from graphql_api.access.permissions import AnyScope, HasScope, for_tenant_members
from graphql_api.administration.delivery_queries import LedgerQuery
from graphql_api.administration.token_fields import TokenQuery
from graphql_api.context import Context
from graphql_api.ids import split, uuid_of
from graphql_api.inputs import OrderOrder
from graphql_api.lab.lab_fields import LabQuery
from graphql_api.loading.columns import Asked, columns_of
from graphql_api.loading.node_lookup import look_up
from graphql_api.loading.selections import selects
from graphql_api.pages.audit_pages import audit_page, position_of
from graphql_api.pages.event_pages import event_page
from graphql_api.pages.slices import page_of, tenant_of
from graphql_api.types.arguments import After, First
from graphql_api.types.audit_records import AuditLogConnection, AuditVerification
from graphql_api.types.enums import OrderDirection, OrderEventType, OrderOrderField
from graphql_api.types.node import Node
from graphql_api.types.order_stats import OrderStats, StatsWindow
from graphql_api.types.orders import Order, OrderConnection, OrderEventConnection
from graphql_api.types.viewer import Viewer
from graphql_api.where import OrderWhere, condition_of
from graphql_server.errors import ApiError, Code
from orders import selectors, stats
from tenants.pagination.keyset import Column, Keyset, Window, amount, moment, uuid

SORT_COLUMNS: dict[OrderOrderField, Column] = {
    OrderOrderField.CREATED_AT: moment("created_at"),
    OrderOrderField.UPDATED_AT: moment("updated_at"),
    OrderOrderField.TOTAL: amount("total"),
}
ORDERS_SORTED: dict[tuple[OrderOrderField, OrderDirection], Keyset] = {
    (field, direction): Keyset(
        f"orders.{field.value}.{direction.value}", (column, uuid("id")), descending=direction is OrderDirection.DESC
    )
    for field, column in SORT_COLUMNS.items()
    for direction in OrderDirection
}
MAKE_CURSORS = frozenset({"OrderEdge.cursor", "PageInfo.startCursor", "PageInfo.endCursor"})
MOST_VERIFIED = 10_000
"""Half a second's work, so that checking costs no more than a large page."""
Where = Annotated[
    OrderWhere | None, strawberry.argument(description=("Only orders that match this filter. Defaults to all orders."))
]
Types = Annotated[
    list[OrderEventType] | None, strawberry.argument(description=("Only events of these types. Defaults to all types."))
]
OrderId = Annotated[
    strawberry.ID | None,
    strawberry.argument(description=("Only events of the order with this `id`. Defaults to all orders.")),
]


@for_tenant_members(scope="orders:read")
@strawberry.type(
    description=("All reads. They return only your tenant's data; an object of another tenant counts as missing.")
)
class Query(LedgerQuery, LabQuery, TokenQuery):
    """One field for each selector."""

    @strawberry.field(description="Any object by its global id. Null if there is no such object.")
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

    @strawberry.field(
        description=(
            "One order, by exactly one of `id`, `number` and `externalReference`. Null if there is no such order."
        )
    )
    def order(
        self,
        id: Annotated[strawberry.ID | None, strawberry.argument(description="The object's global `id`.")] = None,
        number: Annotated[str | None, strawberry.argument(description="The order's `number`.")] = None,
        external_reference: Annotated[
            str | None, strawberry.argument(description="The order's `externalReference`.")
        ] = None,
    ) -> Order | None:
        names: dict[str, Any] = {"id": id, "number": number, "external_reference": external_reference}
        given = {name: value for name, value in names.items() if value is not None}
        if len(given) != 1:
            raise ApiError(Code.BAD_USER_INPUT, "Give exactly one of id, number and externalReference.")
        if id is not None:
            given["id"] = uuid_of(id, "Order")
        return cast("Order | None", selectors.order_known_as(**given))

    @strawberry.field(description="A page of orders, newest first by default. New orders do not shift later pages.")
    def orders(
        self,
        info: Info[Context, None],
        first: First = None,
        after: After = None,
        last: Annotated[
            int | None,
            strawberry.argument(
                description=(
                    "The number of entries from the end of the list, from 0 to 100. Cannot be combined with `first`."
                )
            ),
        ] = None,
        before: Annotated[str | None, strawberry.argument(description="Return entries before this cursor.")] = None,
        where: Where = None,
        order_by: Annotated[
            OrderOrder | None, strawberry.argument(description=("The sort order. Defaults to newest first."))
        ] = None,
    ) -> OrderConnection:
        tenant_id = tenant_of(info)
        sort = (order_by.field, order_by.direction) if order_by else (OrderOrderField.CREATED_AT, OrderDirection.DESC)
        condition = condition_of(where)
        # Before the page is read: what commits in between comes after this cursor.
        cursor = cursors.encode(tenant_id, log.head(tenant_id)) if selects(info, "eventCursor") else ""
        source = selectors.orders_found(condition, order_columns(info.context.asked, sort[0]))
        part = page_of(info, ORDERS_SORTED[sort], source, Window(first, after, last, before))
        return OrderConnection(part=part, condition=condition, cursor_before=cursor)

    @strawberry.field(description="Statistics of orders: counts and revenue per interval, and counts per status.")
    def order_stats(
        self,
        info: Info[Context, None],
        window: Annotated[StatsWindow, strawberry.argument(description="The period to count, which ends now.")],
    ) -> OrderStats:
        tally = stats.read(cast("stats.Window", window.value))
        return OrderStats(stats=tally.at(clock.now()), cursor=cursors.encode(tenant_of(info), tally.position))

    @strawberry.field(description="All events of orders, oldest first.")
    def order_events(
        self,
        info: Info[Context, None],
        first: First = None,
        after: After = None,
        types: Types = None,
        order_id: OrderId = None,
    ) -> OrderEventConnection:
        rows = selectors.numbered_events(
            types=None if types is None else {str(one.value) for one in types},
            order_ids=None if order_id is None else {uuid_of(order_id, "Order")},
        )
        return OrderEventConnection(part=event_page(info, rows, first, after))

    @strawberry.field(description="The audit trail, newest first.", extensions=[HasScope("audit:read")])
    def audit_log(
        self,
        info: Info[Context, None],
        first: First = None,
        after: After = None,
        action: Annotated[
            str | None, strawberry.argument(description=("Only records of this action, such as `ORDER_PAID`."))
        ] = None,
        object_id: Annotated[
            str | None,
            strawberry.argument(
                description=("Only records about the object with this `objectId`, such as an order's `id`.")
            ),
        ] = None,
    ) -> AuditLogConnection:
        object_ids = None if object_id is None else {stored_object_id(object_id)}
        records = selectors.audit_records(action=action, object_ids=object_ids)
        return AuditLogConnection(part=audit_page(info, records, first, after))

    @strawberry.field(
        description=(
            "Verify the audit trail's hash chain. One call checks at most `first` records, from the oldest or "
            "after the position `after`; `isComplete` says whether the newest record was reached. An operator can "
            "run `manage.py audit verify`, which checks the whole chain and compares it with anchors outside the "
            "database."
        ),
        extensions=[HasScope("audit:read")],
    )
    def audit_verify(
        self,
        first: Annotated[
            int, strawberry.argument(description=f"The number of records to check, from 1 to {MOST_VERIFIED}.")
        ] = MOST_VERIFIED,
        after: Annotated[
            str | None,
            strawberry.argument(
                description=("Check records after this position. Pass `verifiedTo` of the previous call.")
            ),
        ] = None,
    ) -> AuditVerification:
        if not 1 <= first <= MOST_VERIFIED:
            raise ApiError(Code.BAD_USER_INPUT, f"first must be from 1 to {MOST_VERIFIED}; it is {first}.")
        return AuditVerification.of(verify_audit_log(after=0 if after is None else position_of(after), limit=first))


def order_columns(asked: Asked | None, sorted_by: OrderOrderField) -> tuple[str, ...] | None:
    """The columns of a page's orders; what they are sorted by is read if there may be cursors to make."""
    columns = columns_of(Order, asked)
    if columns is None or asked is None or not asked & MAKE_CURSORS:
        return columns
    return (*columns, SORT_COLUMNS[sorted_by].name)


def stored_object_id(text: str) -> str:
    """An object's id as the trail has it: an order's without its type."""
    try:
        type_name, local_id = split(text)
    except ApiError:
        return text
    return local_id if type_name == "Order" else text
