"""The lines of orders."""

from typing import cast

import strawberry
import strawberry_django

from graphql_api.ids import global_id
from graphql_api.loading.batch import peers_of
from graphql_api.loading.columns import columns_of, reads
from graphql_api.types.money import Money, money
from orders import models, selectors


@strawberry_django.type(
    models.OrderLine,
    name="OrderLine",
    description=("A line of an order: a quantity of one article at a price per piece."),
)
class OrderLine:
    """A line; it is read with its order."""

    @strawberry.field(description="The global id.", metadata=reads())
    def id(self) -> strawberry.ID:
        return strawberry.ID(global_id("OrderLine", cast("models.OrderLine", self).pk))

    sku: str = strawberry_django.field(description="The seller's article number (SKU).")
    name: str = strawberry_django.field(description="The article's name. Empty if not given.")
    quantity: int = strawberry_django.field(description="The number of pieces, at least 1.")

    @strawberry.field(description="The price of one piece.", metadata=reads("unit_price"))
    def unit_price(self) -> Money:
        line = cast("models.OrderLine", self)
        return money(line.unit_price, line.order.currency)

    @strawberry.field(description="The quantity times the unit price.", metadata=reads("quantity", "unit_price"))
    def total(self) -> Money:
        line = cast("models.OrderLine", self)
        return money(line.total, line.order.currency)


def lines_of(order: models.Order) -> list[models.OrderLine]:
    """The order's lines: those that it has with it, else they are read for all orders that were read with it."""
    if "lines" not in getattr(order, "_prefetched_objects_cache", {}):
        peers = peers_of(order)
        selectors.load_lines(peers, columns_of(OrderLine, peers.asked))
    return list(order._prefetched_objects_cache["lines"])
