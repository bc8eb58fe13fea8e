"""The lines and the refunds of orders."""

from datetime import datetime
from typing import cast

import strawberry
import strawberry_django

from graphql_api.ids import global_id
from graphql_api.loading.batch import batch_of, read_once
from graphql_api.loading.columns import columns_of, reads
from graphql_api.types.money import Money, money
from graphql_api.types.node import Node
from orders import models, order_parts, selectors


@strawberry_django.type(
    models.OrderLine,
    name="OrderLine",
    description=("A line of an order: a quantity of one article at a price per piece."),
)
class OrderLine(Node):
    """A line; it is read with its order."""

    @strawberry.field(description="The global id.", metadata=reads())
    def id(self) -> strawberry.ID:
        return strawberry.ID(global_id("OrderLine", cast("models.OrderLine", self).pk))

    sku: str = strawberry_django.field(description="The seller's article number (SKU).")
    quantity: int = strawberry_django.field(description="The number of pieces, at least 1.")

    @strawberry.field(description="The article's name. Null if not given.", metadata=reads("name"))
    def name(self) -> str | None:
        return cast("models.OrderLine", self).name or None

    @strawberry.field(description="The price of one piece.", metadata=reads("unit_price"))
    def unit_price(self) -> Money:
        line = cast("models.OrderLine", self)
        return money(line.unit_price, line.currency)

    @strawberry.field(description="The quantity times the unit price.", metadata=reads("quantity", "unit_price"))
    def total(self) -> Money:
        line = cast("models.OrderLine", self)
        return money(line.total, line.currency)


def lines_of(order: models.Order) -> list[models.OrderLine]:
    """The order's lines: from the event if it has them, otherwise read for all orders that were read together."""
    if "lines" not in getattr(order, "_prefetched_objects_cache", {}):
        batch = batch_of(order)
        selectors.load_lines(batch, columns_of(OrderLine, batch.selected_fields))
    return list(order._prefetched_objects_cache["lines"])


@strawberry_django.type(
    order_parts.Refund,
    name="Refund",
    description="Money that was given back to the customer of an order. Refunds are only added, never changed.",
)
class Refund(Node):
    """A refund, as a row or in an event's snapshot."""

    @strawberry.field(description="The global id.")
    def id(self) -> strawberry.ID:
        return strawberry.ID(global_id("Refund", cast("order_parts.Refund", self).pk))

    created_at: datetime = strawberry_django.field(description="When the refund was made.")

    @strawberry.field(description="The reason, which the customer sees. Null if not given.")
    def reason(self) -> str | None:
        return cast("order_parts.Refund", self).reason or None

    @strawberry.field(description="The refunded amount, in the order's currency.")
    def amount(self) -> Money:
        refund = cast("order_parts.Refund", self)
        return money(refund.amount, refund.currency)


def refunds_of(order: models.Order) -> list[order_parts.Refund]:
    """The order's refunds: from the event if it has them, otherwise read for all orders that were read together."""
    if "refunds" not in getattr(order, "_prefetched_objects_cache", {}):
        batch = batch_of(order)
        read_once(batch, "refunds", lambda: selectors.load_refunds(batch))
    return order.known_refunds
