"""Enums of the schema."""

from collections.abc import Mapping
from enum import Enum
from typing import TypeAlias

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from graphql_server.errors import Code
from orders import event_types
from orders.states import ProcessingStatus, RefundStatus, Status


def describe(choices: type[Enum], name: str, description: str, values: Mapping[str, str]) -> None:
    """Add choices of a model to the schema as an enum. ``values`` describes each of them by its name."""
    strawberry.enum(choices, name=name, description=description)
    definition: StrawberryEnumDefinition = choices.__strawberry_definition__  # type: ignore[attr-defined]  # set by it
    for value in definition.values:
        value.description = values[value.name]


describe(
    Status,
    "OrderStatus",
    "The status of an order.",
    {
        "NEW": "The order was created and is not paid yet.",
        "PAID": "The order was paid.",
        "SHIPPED": "The order was handed to a carrier.",
        "DELIVERED": "The order was delivered to the customer. This status is final.",
        "CANCELLED": "The order was cancelled. This status is final.",
    },
)
describe(
    ProcessingStatus,
    "ProcessingStatus",
    "The status of an order's background processing. Independent of the order's `status`.",
    {
        "PENDING": "Processing has not started.",
        "RUNNING": "Processing has started and is not finished.",
        "DONE": "All steps are finished.",
        "FAILED": "The last attempt failed. The server tries again until the delivery is `DEAD`.",
    },
)
describe(
    RefundStatus,
    "OrderRefundStatus",
    "How much of an order's payment was refunded. Independent of the order's `status`.",
    {
        "NONE": "Nothing was refunded.",
        "PARTIAL": "Part of the payment was refunded.",
        "FULL": "The whole payment was refunded.",
    },
)
OrderStatus: TypeAlias = Status
OrderRefundStatus: TypeAlias = RefundStatus
OrderProcessingStatus: TypeAlias = ProcessingStatus


@strawberry.enum(description="The type of an event.")
class OrderEventType(Enum):
    """The event types by their names in the API."""

    ORDER_CREATED = strawberry.enum_value(event_types.CREATED, description="The order was created.")
    ORDER_PAID = strawberry.enum_value(event_types.PAID, description="The order was paid.")
    ORDER_SHIPPED = strawberry.enum_value(event_types.SHIPPED, description="The order was handed to a carrier.")
    ORDER_DELIVERED = strawberry.enum_value(
        event_types.DELIVERED, description=("The order was delivered to the customer.")
    )
    ORDER_CANCELLED = strawberry.enum_value(event_types.CANCELLED, description="The order was cancelled.")
    ORDER_UPDATED = strawberry.enum_value(
        event_types.UPDATED, description="The order's customer, reference, metadata, notes or tags changed."
    )
    ORDER_REFUNDED = strawberry.enum_value(
        event_types.REFUNDED, description="The order's payment was refunded, fully or in part."
    )
    ORDER_PROCESSING = strawberry.enum_value(
        event_types.PROCESSING,
        description=("A step of the order's background processing finished. The order's `version` does not change."),
    )
    ORDER_CHANGED_OUT_OF_BAND = strawberry.enum_value(
        event_types.CHANGED_OUT_OF_BAND,
        description=(
            "The order was changed directly in the database, and the server noticed it afterwards. The event "
            "contains the order as it was when the server noticed, or as the server last saw it if it was "
            "deleted."
        ),
    )


@strawberry.enum(
    description=(
        "The code of an operation's error, in `errors[].extensions.code`. Errors that the user of a form can "
        "correct are in `userErrors` instead, with their own codes."
    )
)
class ErrorCode(Enum):
    """The codes of :mod:`graphql_server.errors`."""

    GRAPHQL_PARSE_FAILED = strawberry.enum_value(Code.PARSE_FAILED, description="The document is not GraphQL.")
    GRAPHQL_VALIDATION_FAILED = strawberry.enum_value(
        Code.VALIDATION_FAILED, description="The document is not valid for the schema."
    )
    PERSISTED_QUERY_NOT_FOUND = strawberry.enum_value(
        Code.DOCUMENT_NOT_FOUND, description="No client has published a document with this digest."
    )
    DOCUMENT_NOT_TRUSTED = strawberry.enum_value(
        Code.DOCUMENT_NOT_TRUSTED,
        description="The server runs published documents only, and this one is not published.",
    )
    BAD_USER_INPUT = strawberry.enum_value(
        Code.BAD_USER_INPUT,
        description=(
            "A variable, an argument, a cursor or the request itself is wrong. For a variable, `extensions.inputPath` "
            "is the path of the wrong value."
        ),
    )
    UNAUTHENTICATED = strawberry.enum_value(
        Code.UNAUTHENTICATED, description="The request has no credentials, or they are not valid."
    )
    TOKEN_EXPIRED = strawberry.enum_value(Code.TOKEN_EXPIRED, description="The token has expired.")
    FORBIDDEN = strawberry.enum_value(
        Code.FORBIDDEN,
        description="The caller lacks the scope named in the field's description, or may not act for this tenant.",
    )
    THROTTLED = strawberry.enum_value(
        Code.THROTTLED,
        description=(
            "The caller has used too many points, opened too many sockets or failed to "
            "sign in too often. See `extensions.retryAfterSeconds`."
        ),
    )
    QUERY_TOO_EXPENSIVE = strawberry.enum_value(
        Code.QUERY_TOO_EXPENSIVE,
        description=(
            "The document is too large, too deep or too wide, or it costs more points than one operation may cost."
        ),
    )
    STREAM_LAGGED = strawberry.enum_value(
        Code.STREAM_LAGGED,
        description="The client reads more slowly than events arrive. Subscribe again after `extensions.cursor`.",
    )
    CURSOR_EXPIRED = strawberry.enum_value(
        Code.CURSOR_EXPIRED,
        description="The events after the cursor were deleted, or the log was restored to an earlier state.",
    )
    UNAVAILABLE = strawberry.enum_value(
        Code.UNAVAILABLE,
        description="The database can't be reached, the operation took too long, or the process is ending.",
    )
    INTERNAL = strawberry.enum_value(
        Code.INTERNAL,
        description=("An internal error of the server. The logs have details under `extensions.requestId`."),
    )


@strawberry.enum(description="The error codes of mutations that change orders.")
class OrderErrorCode(Enum):
    """The codes of :mod:`orders.errors`."""

    REQUIRED = strawberry.enum_value("REQUIRED", description="A required value is missing.")
    INVALID = strawberry.enum_value("INVALID", description="The value breaks a rule. The message names the rule.")
    NOT_FOUND = strawberry.enum_value("NOT_FOUND", description="There is no such object.")
    TAKEN = strawberry.enum_value("TAKEN", description="The value must be unique, and another order already has it.")
    INVALID_TRANSITION = strawberry.enum_value(
        "INVALID_TRANSITION",
        description="The object's status does not allow this change. See an order's `availableTransitions`.",
    )
    STALE_VERSION = strawberry.enum_value(
        "STALE_VERSION", description="The order's version is no longer `expectedVersion`. See `currentVersion`."
    )
    IDEMPOTENCY_KEY_REUSED = strawberry.enum_value(
        "IDEMPOTENCY_KEY_REUSED", description="The idempotency key was already used with a different input."
    )
    IDEMPOTENCY_IN_PROGRESS = strawberry.enum_value(
        "IDEMPOTENCY_IN_PROGRESS",
        description=("Another call with this idempotency key is still running. Try again later."),
    )
    LIMIT_EXCEEDED = strawberry.enum_value("LIMIT_EXCEEDED", description="The value is too large or too long.")


@strawberry.enum(description="The field by which orders are sorted.")
class OrderSortField(Enum):
    """Sort keys of orders."""

    CREATED_AT = strawberry.enum_value("created_at", description="When the order was created.")
    UPDATED_AT = strawberry.enum_value("updated_at", description="When the order last changed.")
    TOTAL = strawberry.enum_value(
        "total", description=("The order's total, compared as a number. Currencies are not converted.")
    )


@strawberry.enum(description="The old name of `OrderSortField`.")
class OrderOrderField(Enum):
    """An old name."""

    CREATED_AT = strawberry.enum_value("created_at", description="When the order was created.")
    UPDATED_AT = strawberry.enum_value("updated_at", description="When the order last changed.")
    TOTAL = strawberry.enum_value("total", description="The order's total.")


@strawberry.enum(description="The direction in which a list is sorted.")
class OrderDirection(Enum):
    """Up or down."""

    ASC = strawberry.enum_value("ASC", description="Smallest or oldest first.")
    DESC = strawberry.enum_value("DESC", description="Largest or newest first.")


@strawberry.enum(description="What happens to a batch that contains invalid orders.")
class ErrorPolicy(Enum):
    """All or nothing, or all valid orders."""

    REJECT_ALL = strawberry.enum_value("REJECT_ALL", description="Create no order.")
    REJECT_FAILED = strawberry.enum_value("REJECT_FAILED", description="Create the valid orders.")
