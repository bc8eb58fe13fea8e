"""What an order has by itself: its columns, amounts, lines and refunds."""

from datetime import datetime
from typing import cast

import strawberry
import strawberry_django
from strawberry.scalars import JSON

from graphql_api.ids import global_id
from graphql_api.loading.batch import batch_of, read_once
from graphql_api.loading.columns import columns_of, reads
from graphql_api.types.enums import OrderProcessingStatus, OrderRefundStatus, OrderStatus
from graphql_api.types.money import Money, money
from graphql_api.types.node import Node
from orders import models, order_parts, selectors
from orders.invoices.order_documents import invoice_path


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


@strawberry.type
class OrderFields(Node):
    """The fields of :class:`~graphql_api.types.orders.Order` that name no event, delivery or audit record."""

    @strawberry.field(description="The global id.", metadata=reads())
    def id(self) -> strawberry.ID:
        return strawberry.ID(global_id("Order", cast("models.Order", self).pk))

    number: str = strawberry_django.field(
        description=("The order number for people, such as `K7Q2F-9M4TD`. It is unique.")
    )
    external_reference: str | None = strawberry_django.field(
        description="Your own reference for the order, unique in your tenant. Null if not given."
    )
    currency: str = strawberry_django.field(description="The ISO 4217 code of every amount of this order.")
    status: OrderStatus = strawberry_django.field(description="The order's status.")
    processing_status: OrderProcessingStatus = strawberry_django.field(
        description="The status of the background processing: risk check, invoice and confirmation mail."
    )
    version: int = strawberry_django.field(
        description=(
            "The order's version: 1 for a new order, and one more after each change of its business data. Pass it "
            "as `expectedVersion` to avoid overwriting another change."
        )
    )
    metadata: JSON = strawberry_django.field(
        description=("The JSON object that was given with the order. `{}` if not given.")
    )
    created_at: datetime = strawberry_django.field(description="When the order was created.")
    updated_at: datetime = strawberry_django.field(description="When the order last changed.")
    paid_at: datetime | None = strawberry_django.field(description="When the order was paid. Null if it was not.")
    shipped_at: datetime | None = strawberry_django.field(
        description=("When the order was shipped. Null if it was not.")
    )
    delivered_at: datetime | None = strawberry_django.field(
        description=("When the order was delivered. Null if it was not.")
    )
    cancelled_at: datetime | None = strawberry_django.field(
        description=("When the order was cancelled. Null if it was not.")
    )

    @strawberry.field(description="The customer's e-mail address. Null if not given.", metadata=reads("customer_email"))
    def customer_email(self) -> str | None:
        return cast("models.Order", self).customer_email or None

    @strawberry.field(description="The customer's name. Null if not given.", metadata=reads("customer_name"))
    def customer_name(self) -> str | None:
        return cast("models.Order", self).customer_name or None

    @strawberry.field(
        description="The order's total: the sum of its lines, or the given total if it has no lines.",
        metadata=reads("total", "currency"),
    )
    def total(self) -> Money:
        order = cast("models.Order", self)
        return money(order.total, order.currency)

    @strawberry.field(
        description="Internal notes, which no mail to the customer has. Null if there are none.",
        metadata=reads("notes"),
    )
    def notes(self) -> str | None:
        return cast("models.Order", self).notes or None

    @strawberry.field(
        description="The order's tags, sorted. Find orders by them with `where: { tags: … }`.", metadata=reads("tags")
    )
    def tags(self) -> list[str]:
        return list(cast("models.Order", self).tags)

    @strawberry.field(
        description="The sum of the order's refunds, at most its total.", metadata=reads("refunded_total", "currency")
    )
    def refunded_total(self) -> Money:
        order = cast("models.Order", self)
        return money(order.refunded_total, order.currency)

    @strawberry.field(
        description="How much of the payment was refunded.", metadata=reads("total", "paid_at", "refunded_total")
    )
    def refund_status(self) -> OrderRefundStatus:
        return cast("models.Order", self).refund_status

    @strawberry.field(
        description="The order's refunds, oldest first, at most 100.", metadata=reads("refunded_total", "currency")
    )
    def refunds(self) -> list[Refund]:
        return cast("list[Refund]", refunds_of(cast("models.Order", self)))

    @strawberry.field(
        description=(
            "The path on this server of the order's invoice, a PDF, for callers who may read the order. Null "
            "until the background processing is done."
        ),
        metadata=reads("processing_status"),
    )
    def invoice_path(self) -> str | None:
        return invoice_path(cast("models.Order", self))

    @strawberry.field(
        description="The statuses that the order can change to. Empty if its status is final.", metadata=reads("status")
    )
    def available_transitions(self) -> list[OrderStatus]:
        return list(cast("models.Order", self).available_transitions)

    @strawberry.field(
        description=(
            "The order's lines, in the order of the input, at most 500. Empty if the order was created with a "
            "total alone."
        ),
        metadata=reads("currency"),  # which is that of their amounts
    )
    def lines(self) -> list[OrderLine]:
        return cast("list[OrderLine]", lines_of(cast("models.Order", self)))
