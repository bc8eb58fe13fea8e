"""Reads of the ledger: receivers and deliveries."""

from typing import Annotated

import strawberry
from strawberry.types import Info

from events import selectors
from graphql_api.access.context import Context
from graphql_api.ids import uuid_of
from graphql_api.old_names import replaced_by
from graphql_api.pages.delivery_pages import delivery_page
from graphql_api.types.arguments import After, Before, First, Last
from graphql_api.types.deliveries import DeliveryConnection, DeliveryStatus
from graphql_api.types.receivers import Receiver, receivers_for
from graphql_server.errors import ApiError, Code
from orders.search.filters import is_storable
from tenants.pagination.keyset import PageRequest


@strawberry.type
class LedgerQuery:
    """The queries of the ledger."""

    @strawberry.field(description="Every receiver, sorted by name, with its state and counts for your tenant.")
    def receivers(self, info: Info[Context, None]) -> list[Receiver]:
        return receivers_for(info)

    @strawberry.field(description=("The deliveries of your tenant's events to receivers, newest events first."))
    def deliveries(  # noqa: PLR0913, PLR0917  # the field's arguments
        self,
        info: Info[Context, None],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        statuses: Annotated[
            list[DeliveryStatus] | None,
            strawberry.argument(description="Only deliveries with these statuses. Defaults to any status."),
        ] = None,
        status: Annotated[
            DeliveryStatus | None,
            strawberry.argument(
                description="The old name of `statuses`, for one status.", deprecation_reason=replaced_by("statuses")
            ),
        ] = None,
        receiver: Annotated[
            str | None,
            strawberry.argument(
                description=("Only deliveries to the receiver with this name. Defaults to all receivers.")
            ),
        ] = None,
        order_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(
                description=("Only deliveries about the order with this `id`. Defaults to all orders.")
            ),
        ] = None,
    ) -> DeliveryConnection:
        order_ids = None if order_id is None else {uuid_of(order_id, "Order")}
        given = statuses if status is None else [status]
        if status is not None and statuses is not None:
            raise ApiError(Code.BAD_USER_INPUT, "Give statuses or status, not both.")
        rows = selectors.deliveries(statuses=given, receiver=receiver, order_ids=order_ids)
        if receiver is not None and not is_storable(receiver):
            rows = rows.none()
        return DeliveryConnection(part=delivery_page(info, rows, PageRequest(first, after, last, before)))
