"""The fields of an order's own data: its columns, amounts, lines and refunds."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, cast
from uuid import UUID

import strawberry
import strawberry_django
from strawberry.scalars import JSON

from graphql_api.access.context import Context
from graphql_api.ids import global_id
from graphql_api.loading.batch import Batch, batch_of, read_once
from graphql_api.loading.read_columns import columns_of, reads, shown
from graphql_api.types.enums import OrderProcessingStatus, OrderRefundStatus, OrderStatus
from graphql_api.types.money import Money, money, money_columns
from graphql_api.types.node import Node
from graphql_server.ports.columns import OF_COLUMNS, Columns, Grouped
from orders import models, selectors
from orders.invoices.order_documents import invoice_path
from orders.search.articles import MOST_FOUND, MOST_READ
from orders.tables import order_parts


def or_null(text: str) -> str | None:
    """The text; None if it is empty."""
    return text or None


def amount(column: str, *, description: str) -> Any:
    """A field that shows an amount of a row with a currency."""
    return shown(money, column, "currency", description=description, together=money_columns)


@strawberry_django.type(
    models.OrderLine,
    name="OrderLine",
    description=("A line of an order: a quantity of one article at a price per piece."),
)
class OrderLine(Node):
    """A line; it is read with its order."""

    id: strawberry.ID = shown(partial(global_id, "OrderLine"), "id", description="The global id.")

    sku: str = strawberry_django.field(description="The seller's article number (SKU).")
    quantity: int = strawberry_django.field(description="The number of pieces, at least 1.")

    name: str | None = shown(or_null, "name", description="The article's name. Null if not given.")
    unit_price: Money = amount("unit_price", description="The price of one piece.")

    @strawberry.field(description="The quantity times the unit price.", metadata=reads("quantity", "unit_price"))
    def total(self) -> Money:
        line = cast("models.OrderLine", self)
        return money(line.total, line.currency)


def lines_of(order: models.Order) -> list[models.OrderLine]:
    """The order's lines: from the event if it has them, otherwise read for all orders that were read together."""
    known = getattr(order, "_prefetched_objects_cache", {})
    if "lines" in known:
        return list(known["lines"])
    batch = batch_of(order)
    return read_once(batch, "lines by order", partial(lines_by_order, batch)).get(order.id.int, [])


def lines_by_order(orders: Batch) -> dict[int, list[models.OrderLine]]:
    """The lines of these orders as objects, by the order's id."""

    def read() -> Grouped:
        together = list(orders)
        ids, currencies = [order.id for order in together], [order.currency for order in together]
        return read_lines(ids, currencies, columns_of(OrderLine, orders.selected_fields))

    found: dict[int, list[models.OrderLine]] = {}
    for line in read_once(orders, "lines", read).items:
        found.setdefault(line.order_id.int, []).append(line)
    return found


def lines_of_columns(orders: Columns, context: Context) -> Grouped:
    """The lines of all these orders, as columns."""

    def read() -> Grouped:
        return read_lines(
            orders.column("id"), orders.column("currency"), columns_of(OrderLine, context.selected_fields)
        )

    return read_once(orders, "lines", read)


def read_lines(ids: Sequence[UUID], of_orders: Sequence[str], columns: tuple[str, ...] | None) -> Grouped:
    """Read the lines of orders with these ids and currencies, as columns."""
    lines, sizes = selectors.lines_of_orders(ids, columns)
    currencies = [currency for currency, size in zip(of_orders, sizes, strict=True) for _ in range(size)]

    def column(name: str) -> list[Any]:
        return currencies if name == "currency" else lines.column(name)

    def made() -> list[models.OrderLine]:
        for line, currency in zip(lines.objects, currencies, strict=True):
            line.currency = currency
        return lines.objects

    return Grouped(Columns(models.OrderLine, len(lines), column, made), sizes)


@strawberry_django.type(
    order_parts.Refund,
    name="Refund",
    description="Money returned to the customer of an order. Refunds are only added, never changed.",
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

    id: strawberry.ID = shown(partial(global_id, "Order"), "id", description="The global id.")
    number: str = strawberry_django.field(
        description=("The unique, human-readable order number, such as `K7Q2F-9M4TD`.")
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
        description=("The JSON object that was given with the order. `{}` if none was given.")
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

    customer_email: str | None = shown(
        or_null, "customer_email", description="The customer's e-mail address. Null if not given."
    )
    customer_name: str | None = shown(or_null, "customer_name", description="The customer's name. Null if not given.")
    total: Money = amount(
        "total", description="The order's total: the sum of its lines, or the given total if it has no lines."
    )
    notes: str | None = shown(
        or_null,
        "notes",
        description=("Internal notes, which mails to the customer do not contain. Null if there are none."),
    )
    tags: list[str] = shown(
        list, "tags", description="The order's tags, sorted. Find orders by them with `where: { tags: … }`."
    )
    refunded_total: Money = amount("refunded_total", description="The sum of the order's refunds, at most its total.")

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
        metadata={**reads("currency"), OF_COLUMNS: lines_of_columns},  # the currency is that of their amounts
    )
    def lines(self) -> list[OrderLine]:
        return cast("list[OrderLine]", lines_of(cast("models.Order", self)))


@strawberry.type(
    description=(
        f"SKUs and names that occur in order lines, at most {MOST_FOUND} of each. Later orders may add others. Of a "
        f"tenant with more than {MOST_READ:,} different SKUs or names, the first {MOST_READ:,} in their order are "
        "searched: `isComplete` is false then."
    )
)
class Articles:
    """See :mod:`orders.search.articles`."""

    skus: list[str] = strawberry.field(description="The SKUs, sorted.")
    names: list[str] = strawberry.field(description="The names, sorted.")
    is_complete: bool = strawberry.field(description="Whether these are all SKUs and names that contain the words.")
