"""Orders, and what happened to them."""

from datetime import datetime
from typing import Annotated, cast
from uuid import UUID

import strawberry
import strawberry_django
from strawberry.scalars import JSON
from strawberry.types import Info
from strawberry.utils.str_converters import to_camel_case

from events import cursors
from events.models import Event
from graphql_api.context import Context
from graphql_api.ids import global_id
from graphql_api.loading.batch import Peers, peers_of, read_once, together
from graphql_api.loading.columns import columns_of, reads
from graphql_api.permissions import HasScope
from graphql_api.types.audit_records import AuditLogConnection
from graphql_api.types.deliveries import DeliveryConnection
from graphql_api.types.enums import OrderEventType, OrderProcessingStatus, OrderStatus
from graphql_api.types.event_details import OrderFieldChange, changes_of, details_of
from graphql_api.types.histories import audit_of, deliveries_of, events_of
from graphql_api.types.money import Money, money
from graphql_api.types.node import Node
from graphql_api.types.pagination import Connection
from graphql_server.threads import OffLoop
from orders import models, selectors
from orders.invoices.order_documents import invoice_path
from orders.search.filters import Condition

First = Annotated[
    int | None, strawberry.argument(description=("The number of entries, from 0 to 100. Defaults to 20."))
]
After = Annotated[str | None, strawberry.argument(description="Return entries after this cursor.")]


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


@strawberry_django.type(
    models.Order,
    name="Order",
    description=(
        "A customer's order. Only mutations such as `payOrder` change its status, and each change writes an event."
    ),
)
class Order(Node):
    """An order, as a row or as an event's snapshot."""

    @strawberry.field(description="The global id.", metadata=reads())
    def id(self) -> strawberry.ID:
        return strawberry.ID(global_id("Order", cast("models.Order", self).pk))

    number: str = strawberry_django.field(
        description=("The order number for people, such as `K7Q2F-9M4TD`. It is unique.")
    )
    external_reference: str | None = strawberry_django.field(
        description="Your own reference for the order, unique in your tenant. Null if not given."
    )
    customer_email: str = strawberry_django.field(description="The customer's e-mail address. Empty if not given.")
    customer_name: str = strawberry_django.field(description="The customer's name. Empty if not given.")
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

    @strawberry.field(
        description="The order's total: the sum of its lines, or the given total if it has no lines.",
        metadata=reads("total", "currency"),
    )
    def total(self) -> Money:
        order = cast("models.Order", self)
        return money(order.total, order.currency)

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

    @strawberry.field(description="The order's events, oldest first.", extensions=[OffLoop()], metadata=reads())
    def events(self, info: Info[Context, None], first: First = None, after: After = None) -> "OrderEventConnection":
        return OrderEventConnection(part=events_of(info, cast("models.Order", self), first, after))

    @strawberry.field(
        description="The audit records about the order, newest first. Needs the scope `audit:read`.",
        extensions=[OffLoop(), HasScope("audit:read")],
        metadata=reads(),
    )
    def audit_log(self, info: Info[Context, None], first: First = None, after: After = None) -> AuditLogConnection:
        return AuditLogConnection(part=audit_of(info, cast("models.Order", self), first, after))

    @strawberry.field(
        description="The deliveries of the order's events to receivers. Those of the newest events come first.",
        extensions=[OffLoop()],
        metadata=reads(),
    )
    def deliveries(self, info: Info[Context, None], first: First = None, after: After = None) -> DeliveryConnection:
        return DeliveryConnection(part=deliveries_of(info, cast("models.Order", self), first, after))


@strawberry_django.type(
    Event,
    name="OrderEvent",
    description="A change of an order. Events are only added, never changed.",
)
class OrderEvent(Node):
    """An event of the log; all that it says is in its row."""

    @strawberry.field(description="The global id.")
    def id(self) -> strawberry.ID:
        return strawberry.ID(global_id("OrderEvent", cast("Event", self).id))

    type: OrderEventType = strawberry_django.field(description="The event's type.")
    actor: str = strawberry_django.field(
        description=("The actor: `user:<name>`, `token:<its first characters>`, `demo`, `receiver:<name>` or `system`.")
    )
    occurred_at: datetime = strawberry_django.field(
        description="When the event was written, in the transaction that made the change."
    )
    numbered_at: datetime | None = strawberry_django.field(
        description=(
            "When the event got its sequence number, after its commit. From then on its deliveries were due and "
            "live subscribers were notified. Null for events older than this field."
        )
    )

    @strawberry.field(
        description=(
            "The event's position among your tenant's events: 1, 2, 3 and so on, without gaps. An integer of up "
            "to 64 bits, as a string."
        )
    )
    def sequence(self) -> str:
        return str(self.sequence)

    @strawberry.field(
        description=(
            "The position right after this event. Pass it as `after` to a list or a subscription to continue from here."
        )
    )
    def cursor(self) -> str:
        event = cast("Event", self)
        return cursors.encode(cast("UUID", event.tenant_id), event.sequence or 0)

    @strawberry.field(description="The order as it was right after this event. Later changes do not show.")
    def order(self) -> Order:
        return cast("Order", order_after(cast("Event", self)))

    @strawberry.field(
        description="The names of the order's changed fields in this API, sorted. Empty for `ORDER_CREATED`."
    )
    def changed_fields(self) -> list[str]:
        return sorted(map(to_camel_case, cast("Event", self).payload["changes"]))

    @strawberry.field(
        description=("The changed fields with their values before and after, in the order of `changedFields`.")
    )
    def changes(self) -> list[OrderFieldChange]:
        return changes_of(cast("Event", self))

    @strawberry.field(
        description=("The finished step of the background processing, such as `issue_invoice`. Null for other events.")
    )
    def step(self) -> str | None:
        return details_of(cast("Event", self)).get("step")

    @strawberry.field(
        description="The codes of the risks that the risk check found, such as `LARGE_TOTAL`. Usually empty."
    )
    def risks(self) -> list[str]:
        return list(details_of(cast("Event", self)).get("risks", ()))


@strawberry.type(name="OrderEventConnection", description="One page of events, oldest first.")
class OrderEventConnection(Connection[OrderEvent]):
    """A page of the log."""


@strawberry.type(name="OrderConnection", description="One page of orders.")
class OrderConnection(Connection[Order]):
    """A page of orders."""

    condition: strawberry.Private[Condition | None]
    cursor_before: strawberry.Private[str]

    @strawberry.field(
        description=(
            "The position in the event log right before this page was read. Pass it as `after` to a subscription "
            "to miss no event between the page and the live events. An event that the page already includes may "
            "come again."
        )
    )
    def event_cursor(self) -> str:
        return self.cursor_before

    @strawberry.field(
        description=("The number of orders on all pages. The server counts them only if you select this field.")
    )
    def total_count(self) -> int:
        return selectors.count_of_orders(self.condition)


def lines_of(order: models.Order) -> list[models.OrderLine]:
    """The order's lines: those that it has with it, else they are read for all orders that were read with it."""
    if "lines" not in getattr(order, "_prefetched_objects_cache", {}):
        peers = peers_of(order)
        selectors.load_lines(peers, columns_of(OrderLine, peers.asked))
    return list(order._prefetched_objects_cache["lines"])


def order_after(event: Event) -> models.Order:
    """The order in an event's snapshot. Those of events that were read together know each other as well.

    A live one came alone and is shared by all who follow: they share its order too, which knows only what the snapshot
    says. Who reads more than that takes a copy of the event (:mod:`graphql_server.live.payloads`).
    """
    known = event.__dict__
    if "_peers" not in known:
        if "_order" not in known:
            known["_order"] = in_snapshot(event)
        return cast("models.Order", known["_order"])
    peers = peers_of(event)
    orders: dict[UUID, models.Order] = read_once(peers, "orders", lambda: orders_after(peers))
    return orders[event.id]


def orders_after(events: Peers) -> dict[UUID, models.Order]:
    """The orders in the snapshots of events, by the event."""
    orders = {event.id: in_snapshot(event) for event in events}
    together(orders.values())
    return orders


def in_snapshot(event: Event) -> models.Order:
    """The order in one event's snapshot, without a query."""
    return models.Order.from_snapshot(cast("UUID", event.tenant_id), event.payload["order"])
