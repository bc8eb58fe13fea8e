"""The ledger: what was done about each event by each receiver."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, cast

import strawberry
import strawberry_django
from strawberry.types import Info

from events import log, models, selectors
from events.errors import CursorAhead
from events.failures import FAILED, TIMED_OUT, UNAVAILABLE
from events.receivers import RECEIVERS, Kind
from graphql_api.context import Context
from graphql_api.ids import global_id
from graphql_api.loading.batch import Peers, peers_of, read_once, together
from graphql_api.types.enums import OrderEventType, describe
from graphql_api.types.event_pages import expired
from graphql_api.types.node import Node
from graphql_api.types.pagination import Connection, Slice, page_of, tenant_of
from graphql_server.errors import ApiError, Code
from orders.invoices.order_documents import mail_path
from tenants.pagination.keyset import InvalidPage, Keyset, Window, number, uuid

if TYPE_CHECKING:
    from graphql_api.types.orders import OrderEvent

NEWEST_FIRST = Keyset("deliveries.sequence.desc", (number("sequence"), uuid("id")), descending=True)

describe(
    models.Delivery.Status,
    "DeliveryStatus",
    "The status of a delivery.",
    {
        "PENDING": "It waits for its first attempt.",
        "RUNNING": "An attempt is running.",
        "SUCCEEDED": "The receiver handled the event.",
        "RETRYING": "An attempt failed, and another one will follow.",
        "DEAD": "The last attempt failed. `retryDelivery` opens the delivery again.",
        "SKIPPED": "The delivery was skipped on purpose. `retryDelivery` opens it again.",
    },
)
DeliveryStatus: TypeAlias = models.Delivery.Status


@strawberry.enum(description="The kind of a failure.")
class DeliveryFailureCode(Enum):
    """The codes of :mod:`events.failures`."""

    FAILED = strawberry.enum_value(FAILED, description="The receiver raised an error.")
    TIMED_OUT = strawberry.enum_value(TIMED_OUT, description="The attempt took too long, or its worker stopped.")
    UNAVAILABLE = strawberry.enum_value(
        UNAVAILABLE, description=("A service that the receiver needs could not be reached.")
    )


@strawberry.enum(description="How a receiver is called.")
class ReceiverKind(Enum):
    """The kinds of :mod:`events.receivers`."""

    DIRECT = strawberry.enum_value(
        Kind.DIRECT, description=("Called in one database transaction, right after the event got its sequence number.")
    )
    QUEUED = strawberry.enum_value(Kind.QUEUED, description="Called by a background worker.")
    LIVE = strawberry.enum_value(
        Kind.LIVE,
        description=(
            "Notified at once, without a guarantee. It has no deliveries; it reads the event log to find what it "
            "missed."
        ),
    )


@strawberry.type(
    description=(
        "The failure of a delivery's last attempt. The cause is in the server's logs, under the delivery's id."
    )
)
class DeliveryFailure:
    """A masked error."""

    code: DeliveryFailureCode = strawberry.field(description="The kind of failure.")
    message: str = strawberry.field(
        description=("The same as an English sentence. It contains no details beyond the code.")
    )


MESSAGES = {
    DeliveryFailureCode.FAILED: "The last attempt failed.",
    DeliveryFailureCode.TIMED_OUT: "The last attempt took too long.",
    DeliveryFailureCode.UNAVAILABLE: "What the last attempt needs could not be reached.",
}


@strawberry_django.type(
    models.Delivery,
    name="Delivery",
    description=(
        "One receiver's handling of one event. Its id is the key by which outside services recognise a repeated call."
    ),
)
class Delivery(Node):
    """A row of the ledger."""

    @strawberry.field(description="The global id.")
    def id(self) -> strawberry.ID:
        return strawberry.ID(global_id("Delivery", cast("models.Delivery", self).pk))

    receiver: str = strawberry_django.field(description="The name of the receiver.")
    status: DeliveryStatus = strawberry_django.field(description="The delivery's status.")
    attempts: int = strawberry_django.field(description="The number of attempts since `openedAt`.")
    opened_at: datetime = strawberry_django.field(
        field_name="created_at",
        description=(
            "When the delivery was opened: when its event got its sequence number, or at the last `retryDelivery` "
            "or `replayEvents`. It has been due since then."
        ),
    )
    started_at: datetime | None = strawberry_django.field(
        description=("When the last attempt started. Null if there was none.")
    )
    finished_at: datetime | None = strawberry_django.field(
        description=("When the last attempt ended. Null if none has ended.")
    )

    @strawberry.field(description="The event to handle.")
    def event(self) -> Annotated["OrderEvent", strawberry.lazy("graphql_api.types.orders")]:
        row = cast("models.Delivery", self)
        peers = peers_of(row)
        events = read_once(peers, "events", lambda: events_of(peers))
        return cast("OrderEvent", events[row.event_id])

    @strawberry.field(
        description=(
            "The latest time of the next attempt. Null while an attempt is running and when the delivery is finished."
        )
    )
    def next_attempt_at(self) -> datetime | None:
        row = cast("models.Delivery", self)
        return row.due_at if row.status in models.Delivery.WAITING else None

    @strawberry.field(
        description=(
            "The number of attempts before the delivery is `DEAD`. Null if this server does not know the "
            "receiver. Only the times of the last attempt are stored."
        )
    )
    def max_attempts(self) -> int | None:
        receiver = RECEIVERS.get(cast("models.Delivery", self).receiver)
        return receiver.max_attempts if receiver else None

    @strawberry.field(
        description=(
            "The path on this server of the mail that was sent, for callers who may read the order. Null unless "
            "the server stores mails instead of sending them, as the embedded default does."
        )
    )
    def mail_path(self) -> str | None:
        return mail_path(cast("models.Delivery", self))

    @strawberry.field(description="The duration of the last attempt, in seconds. Null if none has ended.")
    def duration_seconds(self) -> float | None:
        return cast("models.Delivery", self).duration_seconds

    @strawberry.field(description="The failure of the last attempt. Null if it did not fail.")
    def failed(self) -> DeliveryFailure | None:
        kind = cast("models.Delivery", self).failure
        if kind is None:
            return None
        code = DeliveryFailureCode(kind)
        return DeliveryFailure(code=code, message=MESSAGES[code])


def events_of(deliveries: Peers) -> dict[int, models.Event]:
    """The events of deliveries, one object for each; all know each other."""
    events = {delivery.event_id: delivery.event for delivery in deliveries}
    together(events.values())
    return events


@strawberry.type(name="DeliveryConnection", description="One page of deliveries, those about the newest events first.")
class DeliveryConnection(Connection[Delivery]):
    """A page of the ledger."""


@strawberry.type(
    description=(
        "A function that handles events, such as the audit trail, the customer's mails or background processing."
    )
)
class Receiver:
    """A receiver and how it does for the caller's tenant."""

    state: strawberry.Private[selectors.ReceiverState]

    @strawberry.field(description="The receiver's name.")
    def name(self) -> str:
        return self.state.receiver.name

    @strawberry.field(description="How the receiver is called.")
    def kind(self) -> ReceiverKind:
        return ReceiverKind(self.state.receiver.kind)

    @strawberry.field(description="The event types that the receiver handles.")
    def event_types(self) -> list[OrderEventType]:
        return sorted(map(OrderEventType, self.state.receiver.event_types), key=list(OrderEventType).index)

    @strawberry.field(description="Whether the receiver handles the events of one order in order, one at a time.")
    def ordered(self) -> bool:
        return self.state.receiver.ordered

    @strawberry.field(
        description=("The number of attempts before a delivery is `DEAD`. A `LIVE` receiver has no deliveries.")
    )
    def max_attempts(self) -> int:
        return self.state.receiver.max_attempts

    @strawberry.field(
        description=("Whether the receiver is switched on for your tenant. While it is off, its deliveries wait.")
    )
    def enabled(self) -> bool:
        return self.state.receiver.name not in self.state.states.off

    @strawberry.field(
        description=("Whether operators have switched the receiver off for all tenants. You cannot switch it on then.")
    )
    def is_off_for_all(self) -> bool:
        return self.state.receiver.name in self.state.states.off_for_all

    @strawberry.field(description="The number of deliveries that are `PENDING` or `RUNNING`.")
    def pending(self) -> int:
        return self.state.states.count(self.state.receiver.name, DeliveryStatus.PENDING, DeliveryStatus.RUNNING)

    @strawberry.field(description="The number of deliveries that are `RETRYING`.")
    def retrying(self) -> int:
        return self.state.states.count(self.state.receiver.name, DeliveryStatus.RETRYING)

    @strawberry.field(description="The number of deliveries that are `DEAD`. See `retryDelivery`.")
    def dead(self) -> int:
        return self.state.states.count(self.state.receiver.name, DeliveryStatus.DEAD)

    @strawberry.field(description="The age of the oldest unfinished delivery, in seconds.")
    def lag_seconds(self) -> float:
        return self.state.states.lag_seconds(self.state.receiver.name)

    @strawberry.field(description="The number of deliveries finished per minute, on average over the last hour.")
    def rate_per_minute(self) -> float:
        return self.state.states.rates.get(self.state.receiver.name, 0.0)

    @strawberry.field(description="The number of deliveries finished in the last minute.")
    def finished_last_minute(self) -> int:
        return self.state.states.last_minute.get(self.state.receiver.name, 0)

    @strawberry.field(
        description=(
            "The 95th percentile of the attempts' durations, in seconds, over the newest 1,000 attempts of the "
            "last hour. Null if there were none."
        )
    )
    def p95_seconds(self) -> float | None:
        return self.state.states.p95_seconds(self.state.receiver.name)


def receivers_for(info: Info[Context, Any]) -> list[Receiver]:
    """Every receiver, as the caller's tenant has it."""
    return [Receiver(state=state) for state in selectors.receiver_states(tenant_of(info))]


def receiver_for(info: Info[Context, Any], name: str) -> Receiver:
    """One receiver, as the caller's tenant has it; it exists."""
    return next(one for one in receivers_for(info) if one.state.receiver.name == name)


def delivery_page(info: Info[Context, Any], rows: object, first: int | None, after: str | None) -> Slice:
    """A page of the ledger, newest events first.

    Raises:
        ApiError: the cursor is not one of this list, or ahead of the log.
    """
    if after is not None:
        key_before(info, after)
    return page_of(info, NEWEST_FIRST, rows, Window(first=first, after=after))


def key_before(info: Info[Context, Any], cursor: str) -> list[Any]:
    """The sort key that a list, newest first, goes on below.

    Raises:
        ApiError: the cursor is not one of this list, or ahead of the log.
    """
    tenant_id = tenant_of(info)
    try:
        key = NEWEST_FIRST.values(tenant_id, cursor)
    except InvalidPage as error:
        raise ApiError(Code.BAD_USER_INPUT, str(error)) from None
    head = log.head(tenant_id)
    if key[0] > head:
        raise expired(tenant_id, CursorAhead(head))
    return key
