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
from graphql_api.ids import global_id
from graphql_api.live import expired
from graphql_api.loading.batch import Peers, peers_of, read_once, together
from graphql_api.types.connections import Connection, Slice, page_of, tenant_of
from graphql_api.types.enums import OrderEventType
from graphql_api.types.nodes import Node
from graphql_server.context import Context
from graphql_server.errors import ApiError, Code
from orders.documents import mail_path
from tenants.keyset import InvalidPage, Keyset, Window, number, uuid

if TYPE_CHECKING:
    from graphql_api.types.orders import OrderEvent

NEWEST_FIRST = Keyset("deliveries.sequence.desc", (number("sequence"), uuid("id")), descending=True)

strawberry.enum(
    models.Delivery.Status,
    name="DeliveryStatus",
    description=(
        "Where a delivery stands. `PENDING`: it waits for its first attempt. `RUNNING`: it is worked at. `RETRYING`: "
        "it failed and is tried again. `SUCCEEDED`: it is done. `DEAD`: it failed too often. `SKIPPED`: it was left "
        "out."
    ),
)
DeliveryStatus: TypeAlias = models.Delivery.Status


@strawberry.enum(description="Of what kind a failure was.")
class DeliveryFailureCode(Enum):
    """The codes of :mod:`events.failures`."""

    FAILED = strawberry.enum_value(FAILED, description="The work itself went wrong.")
    TIMED_OUT = strawberry.enum_value(TIMED_OUT, description="It took too long, or its worker ended without a word.")
    UNAVAILABLE = strawberry.enum_value(UNAVAILABLE, description="What it needs could not be reached.")


@strawberry.enum(description="How a receiver's work is done.")
class ReceiverKind(Enum):
    """The kinds of :mod:`events.receivers`."""

    DIRECT = strawberry.enum_value(Kind.DIRECT, description="Right after the event, in our database.")
    QUEUED = strawberry.enum_value(Kind.QUEUED, description="By a worker.")
    LIVE = strawberry.enum_value(
        Kind.LIVE, description="Told at once and at best; it has no deliveries, and reads the log for what it missed."
    )


@strawberry.type(description="That an attempt failed. Why is in our logs, under the delivery's id.")
class DeliveryFailure:
    """A masked error."""

    code: DeliveryFailureCode = strawberry.field(description="Of what kind it was.")
    message: str = strawberry.field(description="The same in English: never more than the code says.")


MESSAGES = {
    DeliveryFailureCode.FAILED: "The last attempt failed.",
    DeliveryFailureCode.TIMED_OUT: "The last attempt took too long.",
    DeliveryFailureCode.UNAVAILABLE: "What the last attempt needs could not be reached.",
}


@strawberry_django.type(
    models.Delivery,
    name="Delivery",
    description="What one receiver does about one event. Its id is the key under which outside effects fold repeats.",
)
class Delivery(Node):
    """A row of the ledger."""

    @strawberry.field(description="The global id.")
    def id(self) -> strawberry.ID:
        return strawberry.ID(global_id("Delivery", cast("models.Delivery", self).pk))

    receiver: str = strawberry_django.field(description="The receiver's name.")
    status: DeliveryStatus = strawberry_django.field(description="Where it stands.")
    attempts: int = strawberry_django.field(description="How often it was tried since it was opened.")
    opened_at: datetime = strawberry_django.field(
        field_name="created_at",
        description=(
            "When it was opened, as its event got its place among your events, or opened again (`retryDelivery`, "
            "`replayEvents`). From then on it was due."
        ),
    )
    started_at: datetime | None = strawberry_django.field(description="When the last attempt began.")
    finished_at: datetime | None = strawberry_django.field(description="When the last attempt ended.")

    @strawberry.field(description="The event that it is about.")
    def event(self) -> Annotated["OrderEvent", strawberry.lazy("graphql_api.types.orders")]:
        row = cast("models.Delivery", self)
        peers = peers_of(row)
        events = read_once(peers, "events", lambda: events_of(peers))
        return cast("OrderEvent", events[row.event_id])

    @strawberry.field(
        description="When it is tried next, at the latest, if it waits; null while it is worked at and when it is over."
    )
    def next_attempt_at(self) -> datetime | None:
        row = cast("models.Delivery", self)
        return row.due_at if row.status in models.Delivery.WAITING else None

    @strawberry.field(
        description=(
            "How many attempts it has before it is `DEAD`, where this server knows the receiver. Only the last one's "
            "times are kept."
        )
    )
    def max_attempts(self) -> int | None:
        receiver = RECEIVERS.get(cast("models.Delivery", self).receiver)
        return receiver.max_attempts if receiver else None

    @strawberry.field(
        description=(
            "Where on this server to read the mail that it sent: a path, for those who may read the order. Null unless "
            "mails are kept here instead of sent, as the embedded default does."
        )
    )
    def mail_path(self) -> str | None:
        return mail_path(cast("models.Delivery", self))

    @strawberry.field(description="How long the last attempt took, in seconds; null if none has ended.")
    def duration_seconds(self) -> float | None:
        return cast("models.Delivery", self).duration_seconds

    @strawberry.field(description="That the last attempt failed, if it did.")
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


@strawberry.type(description="A reaction to events: the audit trail, the customer's mails, the background work.")
class Receiver:
    """A receiver and how it does for the caller's tenant."""

    state: strawberry.Private[selectors.ReceiverState]

    @strawberry.field(description="Its name.")
    def name(self) -> str:
        return self.state.receiver.name

    @strawberry.field(description="How its work is done.")
    def kind(self) -> ReceiverKind:
        return ReceiverKind(self.state.receiver.kind)

    @strawberry.field(description="The events that it reacts to.")
    def event_types(self) -> list[OrderEventType]:
        return sorted(map(OrderEventType, self.state.receiver.event_types), key=list(OrderEventType).index)

    @strawberry.field(description="Whether one order's events are handled one after the other.")
    def ordered(self) -> bool:
        return self.state.receiver.ordered

    @strawberry.field(description="How often it tries before a delivery is `DEAD`; it has none if it is `LIVE`.")
    def max_attempts(self) -> int:
        return self.state.receiver.max_attempts

    @strawberry.field(description="Whether it is at work for you. What it misses while it is off waits for it.")
    def enabled(self) -> bool:
        return self.state.receiver.name not in self.state.states.off

    @strawberry.field(description="Whether operators have it switched off for everybody; you can't switch it on then.")
    def is_off_for_all(self) -> bool:
        return self.state.receiver.name in self.state.states.off_for_all

    @strawberry.field(description="How many deliveries wait for their first attempt or are worked at.")
    def pending(self) -> int:
        return self.state.states.count(self.state.receiver.name, DeliveryStatus.PENDING, DeliveryStatus.RUNNING)

    @strawberry.field(description="How many deliveries failed and are tried again.")
    def retrying(self) -> int:
        return self.state.states.count(self.state.receiver.name, DeliveryStatus.RETRYING)

    @strawberry.field(description="How many deliveries failed too often; see `retryDelivery`.")
    def dead(self) -> int:
        return self.state.states.count(self.state.receiver.name, DeliveryStatus.DEAD)

    @strawberry.field(description="How long the oldest delivery that is not over has been waiting, in seconds.")
    def lag_seconds(self) -> float:
        return self.state.states.lag_seconds(self.state.receiver.name)

    @strawberry.field(description="How many deliveries a minute it finished over the last hour.")
    def rate_per_minute(self) -> float:
        return self.state.states.rates.get(self.state.receiver.name, 0.0)

    @strawberry.field(description="How many deliveries it finished within the last minute.")
    def finished_last_minute(self) -> int:
        return self.state.states.last_minute.get(self.state.receiver.name, 0)

    @strawberry.field(
        description=(
            "How many seconds 95 of 100 attempts took at most, of the newest thousand of the last hour; null if there "
            "were none."
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
