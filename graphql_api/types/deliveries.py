"""Deliveries of events to receivers: their statuses, and how attempts fail."""

from datetime import datetime
from enum import Enum
from typing import TypeAlias, cast

import strawberry
import strawberry_django

from events import models
from events.errors import FAILED, TIMED_OUT, UNAVAILABLE
from events.receivers import receiver_of
from graphql_api.ids import global_id
from graphql_api.loading.batch import batch_of, read_once
from graphql_api.loading.snapshots import events_of
from graphql_api.types.enums import describe
from graphql_api.types.node import Node
from graphql_api.types.orders import OrderEvent
from graphql_api.types.pagination import Connection
from orders.invoices.order_documents import mail_path

describe(
    models.Delivery.Status,
    "DeliveryStatus",
    "The status of a delivery.",
    {
        "PENDING": "The delivery is waiting for its first attempt.",
        "RUNNING": "An attempt is running.",
        "SUCCEEDED": "The receiver handled the event.",
        "RETRYING": "An attempt failed, and another one will follow.",
        "DEAD": "The last attempt failed. `retryDelivery` opens the delivery again.",
        "SKIPPED": "The delivery was skipped on purpose. `retryDelivery` opens it again.",
    },
)
DeliveryStatus: TypeAlias = models.Delivery.Status


@strawberry.enum(description="The kinds of failure.")
class DeliveryFailureCode(Enum):
    """The codes of :mod:`events.errors`."""

    FAILED = strawberry.enum_value(FAILED, description="The receiver raised an error.")
    TIMED_OUT = strawberry.enum_value(TIMED_OUT, description="The attempt took too long, or its worker stopped.")
    UNAVAILABLE = strawberry.enum_value(
        UNAVAILABLE, description=("A service that the receiver needs could not be reached.")
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
        description=("An English sentence about the failure, with no details beyond the code.")
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
        "One receiver's handling of one event. Outside services recognise a repeated call by the delivery's id."
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
    def event(self) -> OrderEvent:
        row = cast("models.Delivery", self)
        batch = batch_of(row)
        events = read_once(batch, "events", lambda: events_of(batch))
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
        receiver = receiver_of(cast("models.Delivery", self).receiver)
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


@strawberry.type(name="DeliveryConnection", description="One page of deliveries, those about the newest events first.")
class DeliveryConnection(Connection[Delivery]):
    """A page of the ledger."""
