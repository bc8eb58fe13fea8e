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
from graphql_api.ids import global_id
from graphql_api.loading.batch import Peers, peers_of, read_once, together
from graphql_api.loading.columns import columns_of, reads
from graphql_api.permissions import HasScope
from graphql_api.types.audit import AuditLogConnection
from graphql_api.types.connections import Connection
from graphql_api.types.deliveries import DeliveryConnection
from graphql_api.types.enums import OrderEventType, OrderProcessingStatus, OrderStatus
from graphql_api.types.event_details import OrderFieldChange, changes_of, details_of
from graphql_api.types.histories import audit_of, deliveries_of, events_of
from graphql_api.types.money import Money, money
from graphql_api.types.nodes import Node
from graphql_server.context import Context
from graphql_server.threads import OffLoop
from orders import models, selectors
from orders.documents import invoice_path
from orders.filters import Condition

First = Annotated[int | None, strawberry.argument(description="How many, from 0 to 100; 20 if not given.")]
After = Annotated[str | None, strawberry.argument(description="The cursor after which to go on.")]


@strawberry_django.type(models.OrderLine, name="OrderLine", description="So many pieces of something, at a price each.")
class OrderLine:
    """A line; it is read with its order."""

    @strawberry.field(description="The line's id, unique over all types.", metadata=reads())
    def id(self) -> strawberry.ID:
        return strawberry.ID(global_id("OrderLine", cast("models.OrderLine", self).pk))

    sku: str = strawberry_django.field(description="What was ordered, by the seller's article number.")
    name: str = strawberry_django.field(description="What was ordered, in words; empty if not given.")
    quantity: int = strawberry_django.field(description="How many pieces; at least 1.")

    @strawberry.field(description="The price of one piece.", metadata=reads("unit_price"))
    def unit_price(self) -> Money:
        line = cast("models.OrderLine", self)
        return money(line.unit_price, line.order.currency)

    @strawberry.field(description="Quantity times unit price.", metadata=reads("quantity", "unit_price"))
    def total(self) -> Money:
        line = cast("models.OrderLine", self)
        return money(line.total, line.order.currency)


@strawberry_django.type(
    models.Order,
    name="Order",
    description="What a customer ordered. It changes by transitions only, such as `payOrder`; each tells an event.",
)
class Order(Node):
    """An order, as a row or as an event's snapshot."""

    @strawberry.field(description="The global id.", metadata=reads())
    def id(self) -> strawberry.ID:
        return strawberry.ID(global_id("Order", cast("models.Order", self).pk))

    number: str = strawberry_django.field(description="The number that people use, such as `K7Q2F-9M4TD`; unique.")
    external_reference: str | None = strawberry_django.field(
        description="Your own name for the order, as it was given; unique. Null if there is none."
    )
    customer_email: str = strawberry_django.field(description="The customer's e-mail address; empty if not given.")
    customer_name: str = strawberry_django.field(description="The customer's name; empty if not given.")
    currency: str = strawberry_django.field(description="The ISO 4217 code of every amount of this order.")
    status: OrderStatus = strawberry_django.field(description="Where it stands with the customer.")
    processing_status: OrderProcessingStatus = strawberry_django.field(
        description="Where the background work on it stands: risk check, invoice, confirmation."
    )
    version: int = strawberry_django.field(
        description="Counts its business changes, from 1. Give it as `expectedVersion` to change only what you saw."
    )
    metadata: JSON = strawberry_django.field(description="The JSON object that was given with it; `{}` if none was.")
    created_at: datetime = strawberry_django.field(description="When it was placed.")
    updated_at: datetime = strawberry_django.field(description="When anything about it last changed.")
    paid_at: datetime | None = strawberry_django.field(description="When it was paid, if it was.")
    shipped_at: datetime | None = strawberry_django.field(description="When it was shipped, if it was.")
    delivered_at: datetime | None = strawberry_django.field(description="When it was delivered, if it was.")
    cancelled_at: datetime | None = strawberry_django.field(description="When it was cancelled, if it was.")

    @strawberry.field(
        description="What it costs: the sum of its lines, or the bare total that was given.",
        metadata=reads("total", "currency"),
    )
    def total(self) -> Money:
        order = cast("models.Order", self)
        return money(order.total, order.currency)

    @strawberry.field(
        description=(
            "Where on this server to get its invoice, a PDF: a path, for those who may read the order. Null until the "
            "background work on it is done."
        ),
        metadata=reads("processing_status"),
    )
    def invoice_path(self) -> str | None:
        return invoice_path(cast("models.Order", self))

    @strawberry.field(
        description="The statuses that it may take next; none if this is its last.", metadata=reads("status")
    )
    def available_transitions(self) -> list[OrderStatus]:
        return list(cast("models.Order", self).available_transitions)

    @strawberry.field(
        description="What was ordered, as listed by the client: at most 500 lines, or none if a bare total was given.",
        metadata=reads("currency"),  # which is that of their amounts
    )
    def lines(self) -> list[OrderLine]:
        return cast("list[OrderLine]", lines_of(cast("models.Order", self)))

    @strawberry.field(description="Its history, oldest first.", extensions=[OffLoop()], metadata=reads())
    def events(self, info: Info[Context, None], first: First = None, after: After = None) -> "OrderEventConnection":
        return OrderEventConnection(part=events_of(info, cast("models.Order", self), first, after))

    @strawberry.field(
        description="What the audit trail says of it, newest first. Needs the scope `audit:read`.",
        extensions=[OffLoop(), HasScope("audit:read")],
        metadata=reads(),
    )
    def audit_log(self, info: Info[Context, None], first: First = None, after: After = None) -> AuditLogConnection:
        return AuditLogConnection(part=audit_of(info, cast("models.Order", self), first, after))

    @strawberry.field(
        description="What the receivers do about its events, the newest events' first.",
        extensions=[OffLoop()],
        metadata=reads(),
    )
    def deliveries(self, info: Info[Context, None], first: First = None, after: After = None) -> DeliveryConnection:
        return DeliveryConnection(part=deliveries_of(info, cast("models.Order", self), first, after))


@strawberry_django.type(
    Event,
    name="OrderEvent",
    description="Something that happened to an order. Events are only ever added, in one order.",
)
class OrderEvent(Node):
    """An event of the log; all that it says is in its row."""

    @strawberry.field(description="The global id.")
    def id(self) -> strawberry.ID:
        return strawberry.ID(global_id("OrderEvent", cast("Event", self).id))

    type: OrderEventType = strawberry_django.field(description="What happened.")
    actor: str = strawberry_django.field(
        description="Who did it: `user:<name>`, `token:<its first characters>`, `demo`, `receiver:<name>` or `system`."
    )
    occurred_at: datetime = strawberry_django.field(
        description="When it happened: it was written then, in the transaction that made it happen."
    )
    numbered_at: datetime | None = strawberry_django.field(
        description=(
            "When it was found committed and got its place among your events; deliveries were due and live subscribers "
            "rung from then on. Null for what is older than this field."
        )
    )

    @strawberry.field(
        description="Its place among your events, 1, 2, 3 … without a gap: an integer of up to 64 bits, as a string."
    )
    def sequence(self) -> str:
        return str(self.sequence)

    @strawberry.field(
        description="The position right after it: pass it as `after` to go on from here, in a list or a subscription."
    )
    def cursor(self) -> str:
        event = cast("Event", self)
        return cursors.encode(cast("UUID", event.tenant_id), event.sequence or 0)

    @strawberry.field(description="The order as it was right after this, whatever has happened since.")
    def order(self) -> Order:
        return cast("Order", order_after(cast("Event", self)))

    @strawberry.field(
        description="The order's fields that this changed, by their names here, sorted; none if it was created."
    )
    def changed_fields(self) -> list[str]:
        return sorted(map(to_camel_case, cast("Event", self).payload["changes"]))

    @strawberry.field(description="What was in those fields before and after, in the same order.")
    def changes(self) -> list[OrderFieldChange]:
        return changes_of(cast("Event", self))

    @strawberry.field(description="The step of the background work that was finished, such as `issue_invoice`, if any.")
    def step(self) -> str | None:
        return details_of(cast("Event", self)).get("step")

    @strawberry.field(
        description="The codes of what a step found that is worth a second look, such as `LARGE_TOTAL`; mostly none."
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
            "The position in the event stream right before this page was read. Pass it as `after` to a subscription, "
            "and nothing falls between the page and its live feed; an order that is on the page may come again."
        )
    )
    def event_cursor(self) -> str:
        return self.cursor_before

    @strawberry.field(description="How many orders there are in all, over all pages. Counted only if asked for.")
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
