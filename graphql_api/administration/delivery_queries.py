"""Reads of the ledger: receivers and deliveries."""

from typing import Annotated

import strawberry
from strawberry.types import Info

from events import selectors
from graphql_api.context import Context
from graphql_api.ids import uuid_of
from graphql_api.pages.delivery_pages import delivery_page
from graphql_api.types.arguments import After, First
from graphql_api.types.delivery_states import DeliveryStatus
from graphql_api.types.orders import DeliveryConnection
from graphql_api.types.receivers import Receiver, receivers_for
from orders.search.filters import is_storable


@strawberry.type
class LedgerQuery:
    """What Query has of the ledger."""

    @strawberry.field(description="Every receiver, sorted by name, with its state and counts for your tenant.")
    def receivers(self, info: Info[Context, None]) -> list[Receiver]:
        return receivers_for(info)

    @strawberry.field(
        description=("The deliveries of your tenant's events to receivers. Those of the newest events come first.")
    )
    def deliveries(
        self,
        info: Info[Context, None],
        first: First = None,
        after: After = None,
        status: Annotated[
            DeliveryStatus | None,
            strawberry.argument(description=("Only deliveries with this status. Defaults to any status.")),
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
        rows = selectors.deliveries(status=status, receiver=receiver, order_ids=order_ids)
        if receiver is not None and not is_storable(receiver):
            rows = rows.none()
        return DeliveryConnection(part=delivery_page(info, rows, first, after))
