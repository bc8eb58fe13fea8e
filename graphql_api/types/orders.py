"""Orders and their events.

The two types name each other, so they share a file. What an order has by itself is in
:mod:`graphql_api.types.order_fields`, what becomes of an event at its receivers in :mod:`graphql_api.types.deliveries`.
"""

from datetime import datetime
from typing import cast
from uuid import UUID

import strawberry
import strawberry_django
from strawberry.types import Info
from strawberry.types.lazy_type import LazyType
from strawberry.utils.str_converters import to_camel_case

from events import cursors
from events.models import Delivery, Event
from graphql_api.access.context import Context
from graphql_api.access.permissions import HasScope
from graphql_api.ids import global_id
from graphql_api.loading.read_columns import reads
from graphql_api.loading.snapshots import order_after
from graphql_api.old_names import replaced_by
from graphql_api.pages import histories
from graphql_api.types.arguments import After, Before, First, Last
from graphql_api.types.audit_records import AuditLogConnection, AuditRecordConnection
from graphql_api.types.enums import OrderEventType
from graphql_api.types.event_details import (
    OrderFieldChange,
    OrderRisk,
    ProcessingStep,
    changes_of,
    details_of,
    risks_of,
    step_of,
)
from graphql_api.types.node import Node
from graphql_api.types.order_fields import OrderFields
from graphql_api.types.pagination import Connection
from graphql_server.off_loop import OffLoop
from orders import models
from tenants.pagination.keyset import PageRequest

DELIVERY_CONNECTION: LazyType[str, str] = LazyType("DeliveryConnection", "graphql_api.types.deliveries")
"""Named here, since a delivery names its event."""


@strawberry_django.type(
    models.Order,
    name="Order",
    description=(
        "A customer's order. Only mutations such as `payOrder` change its status, and each change writes an event."
    ),
)
class Order(OrderFields):
    """An order, as a row or as an event's snapshot, with what happened to it."""

    @strawberry.field(description="The order's events, oldest first.", extensions=[OffLoop()], metadata=reads())
    def events(
        self,
        info: Info[Context, None],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> "OrderEventConnection":
        asked = PageRequest(first, after, last, before)
        return OrderEventConnection(part=histories.EVENTS.page(info, cast("models.Order", self), asked))

    @strawberry.field(
        description="The audit records about the order, newest first. Needs the scope `audit:read`.",
        extensions=[OffLoop(), HasScope("audit:read")],
        metadata=reads(),
    )
    def audit_records(
        self,
        info: Info[Context, None],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> AuditRecordConnection:
        asked = PageRequest(first, after, last, before)
        return AuditRecordConnection(part=histories.AUDIT_RECORDS.page(info, cast("models.Order", self), asked))

    @strawberry.field(
        description="The old name of `auditRecords`. Needs the scope `audit:read`.",
        deprecation_reason=replaced_by("auditRecords"),
        extensions=[OffLoop(), HasScope("audit:read")],
        metadata=reads(),
    )
    def audit_log(self, info: Info[Context, None], first: First = None, after: After = None) -> AuditLogConnection:
        asked = PageRequest(first, after)
        return AuditLogConnection(part=histories.AUDIT_RECORDS.page(info, cast("models.Order", self), asked))

    @strawberry.field(
        description="The deliveries of the order's events to receivers, newest events first.",
        extensions=[OffLoop()],
        metadata=reads(),
        graphql_type=DELIVERY_CONNECTION,
    )
    def deliveries(
        self,
        info: Info[Context, None],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Delivery]:
        asked = PageRequest(first, after, last, before)
        return Connection(part=histories.DELIVERIES.page(info, cast("models.Order", self), asked))


@strawberry_django.type(
    Event,
    name="OrderEvent",
    description="A change of an order. Events are only added, never changed.",
)
class OrderEvent(Node):
    """An event of the log, with all data from its row."""

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
            "live subscribers were notified. Null for events that are older than this field."
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

    @strawberry.field(description="The order as it was right after this event. Later changes are not included.")
    def order(self) -> Order:
        return cast("Order", order_after(cast("Event", self)))

    @strawberry.field(
        description="The names that the changed fields have in this API, sorted. Empty for `ORDER_CREATED`."
    )
    def changed_fields(self) -> list[str]:
        return sorted(map(to_camel_case, cast("Event", self).payload["changes"]))

    @strawberry.field(
        description=("The changed fields with their values before and after, in the order of `changedFields`.")
    )
    def changes(self) -> list[OrderFieldChange]:
        return changes_of(cast("Event", self))

    @strawberry.field(description="The finished step of the background processing. Null for other events.")
    def processing_step(self) -> ProcessingStep | None:
        return step_of(cast("Event", self))

    @strawberry.field(
        description="The old form of `processingStep`, in lower case.", deprecation_reason=replaced_by("processingStep")
    )
    def step(self) -> str | None:
        return details_of(cast("Event", self)).get("step")

    @strawberry.field(description="The risks found by the risk check. Usually empty.")
    def risks(self) -> list[OrderRisk]:
        return risks_of(cast("Event", self))


@strawberry.type(name="OrderEventConnection", description="One page of events, oldest first.")
class OrderEventConnection(Connection[OrderEvent]):
    """A page of the log."""


@strawberry.type(name="OrderConnection", description="One page of orders.")
class OrderConnection(Connection[Order]):
    """A page of orders."""

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
