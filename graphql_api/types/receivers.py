"""Receivers, and how they do for a tenant."""

from enum import Enum
from typing import Any, Self

import strawberry
from strawberry.types import Info

from events import selectors
from events.errors import EventsError
from events.receivers import Kind
from graphql_api.access.context import Context
from graphql_api.pages.slices import tenant_of
from graphql_api.types.deliveries import DeliveryStatus
from graphql_api.types.enums import OrderEventType


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
            "Notified at once, without a guarantee. It has no deliveries; missed events are read from the event log."
        ),
    )


@strawberry.enum(description="The error codes of mutations that manage receivers and deliveries.")
class ReceiverErrorCode(Enum):
    """The codes of :mod:`events.errors` that such a mutation returns."""

    NOT_FOUND = strawberry.enum_value("NOT_FOUND", description="There is no such receiver or delivery.")
    INVALID = strawberry.enum_value("INVALID", description="The value breaks a rule. The message names the rule.")
    INVALID_TRANSITION = strawberry.enum_value(
        "INVALID_TRANSITION", description="The delivery's status does not allow this change."
    )


@strawberry.type(
    description=(
        "An error in the input of a mutation that manages receivers and deliveries. The client can correct the input."
    )
)
class ReceiverUserError:
    """A rule that the input breaks."""

    code: ReceiverErrorCode = strawberry.field(description="The error's code, for programs.")
    field: list[str] | None = strawberry.field(
        description=(
            'The path of the field in `input`, such as `["receiver"]`. Null if the error is not about a single field.'
        )
    )
    message: str = strawberry.field(description="The error as an English sentence, for people.")

    @classmethod
    def of(cls, error: EventsError, *path: str) -> Self:
        """A refusal of the services as data."""
        return cls(code=ReceiverErrorCode[error.code], field=list(path), message=str(error))


@strawberry.type(
    description=(
        "A function that handles events. For example, it writes the audit trail, mails the customer or starts "
        "background processing."
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

    @strawberry.field(description="Whether the receiver handles an order's events one at a time, in order.")
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
        description=(
            "Whether operators have switched the receiver off for all tenants. In that case you cannot switch it on."
        )
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
            "The 95th percentile of the durations of attempts, in seconds, over at most the newest 1,000 attempts "
            "of the last hour. Null if there were none."
        )
    )
    def p95_seconds(self) -> float | None:
        return self.state.states.p95_seconds(self.state.receiver.name)


def receivers_for(info: Info[Context, Any]) -> list[Receiver]:
    """Every receiver, as the caller's tenant has it."""
    return [Receiver(state=state) for state in selectors.receiver_states(tenant_of(info))]


def receiver_for(info: Info[Context, Any], name: str) -> Receiver:
    """A receiver that exists, with the state that it has for the caller's tenant."""
    return next(one for one in receivers_for(info) if one.state.receiver.name == name)
