"""Enums of the schema."""

from enum import Enum
from typing import TypeAlias

import strawberry

from orders import event_types
from orders.states import ProcessingStatus, Status

strawberry.enum(Status, name="OrderStatus", description="Where an order stands with the customer.")
strawberry.enum(
    ProcessingStatus,
    name="ProcessingStatus",
    description="Where the background work on an order stands. It says nothing of the order itself.",
)
OrderStatus: TypeAlias = Status
OrderProcessingStatus: TypeAlias = ProcessingStatus


@strawberry.enum(description="What happened to an order.")
class OrderEventType(Enum):
    """The event types by their names in the API."""

    ORDER_CREATED = strawberry.enum_value(event_types.CREATED, description="It was placed.")
    ORDER_PAID = strawberry.enum_value(event_types.PAID, description="It was paid.")
    ORDER_SHIPPED = strawberry.enum_value(event_types.SHIPPED, description="It was handed to a carrier.")
    ORDER_DELIVERED = strawberry.enum_value(event_types.DELIVERED, description="It reached the customer.")
    ORDER_CANCELLED = strawberry.enum_value(event_types.CANCELLED, description="It was called off.")
    ORDER_PROCESSING = strawberry.enum_value(
        event_types.PROCESSING, description="The background work on it got further; its `version` stays."
    )
    ORDER_CHANGED_OUT_OF_BAND = strawberry.enum_value(
        event_types.CHANGED_OUT_OF_BAND,
        description=(
            "Somebody changed it in the database, past this API, and it was noticed afterwards. The event has the "
            "order as it was when that was noticed, or as it was last seen if it was removed."
        ),
    )


@strawberry.enum(description="What is wrong with an input, for a program to act on.")
class OrderErrorCode(Enum):
    """The codes of :mod:`orders.errors`."""

    REQUIRED = strawberry.enum_value("REQUIRED", description="Something is missing.")
    INVALID = strawberry.enum_value("INVALID", description="The value breaks a rule; the message says which.")
    NOT_FOUND = strawberry.enum_value("NOT_FOUND", description="There is no such object.")
    TAKEN = strawberry.enum_value("TAKEN", description="Another order has this value, which must be unique.")
    INVALID_TRANSITION = strawberry.enum_value(
        "INVALID_TRANSITION",
        description="The object's status does not allow this; see an order's `availableTransitions`.",
    )
    STALE_VERSION = strawberry.enum_value(
        "STALE_VERSION", description="The order is not at `expectedVersion` any more; see `currentVersion`."
    )
    IDEMPOTENCY_KEY_REUSED = strawberry.enum_value(
        "IDEMPOTENCY_KEY_REUSED", description="The idempotency key was used with another input."
    )
    IDEMPOTENCY_IN_PROGRESS = strawberry.enum_value(
        "IDEMPOTENCY_IN_PROGRESS", description="A call with this idempotency key is still running. Try again."
    )
    LIMIT_EXCEEDED = strawberry.enum_value("LIMIT_EXCEEDED", description="The value is too large or too long.")


@strawberry.enum(description="By what orders are sorted.")
class OrderOrderField(Enum):
    """Sort keys of orders."""

    CREATED_AT = strawberry.enum_value("created_at", description="When it was placed.")
    UPDATED_AT = strawberry.enum_value("updated_at", description="When it last changed.")
    TOTAL = strawberry.enum_value("total", description="What it costs, as a number; currencies are not converted.")


@strawberry.enum(description="Which way a list is sorted.")
class OrderDirection(Enum):
    """Up or down."""

    ASC = strawberry.enum_value("ASC", description="Smallest or oldest first.")
    DESC = strawberry.enum_value("DESC", description="Largest or newest first.")


@strawberry.enum(description="What becomes of a batch in which some orders break a rule.")
class ErrorPolicy(Enum):
    """All or nothing, or what can be."""

    REJECT_ALL = strawberry.enum_value("REJECT_ALL", description="Nothing is created.")
    REJECT_FAILED = strawberry.enum_value("REJECT_FAILED", description="The others are created.")
