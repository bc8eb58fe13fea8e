"""Errors as clients see them: a code they can act on, and our own faults behind a request id.

``ApiError`` is for the client and shown as it is. Of all else that a resolver raises, the client learns a code and the
request id, and the log learns what and where; neither learns values, which may be personal data.
"""

import traceback
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError
from graphql import GraphQLError
from strawberry.exceptions import StrawberryInputCoercionError

logger = structlog.get_logger(__name__)


class Code(StrEnum):
    """``extensions.code``: what a client can act on.

    The two ``GRAPHQL_`` codes are Apollo Server's, which client libraries know.
    """

    PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    TOKEN_EXPIRED = "TOKEN_EXPIRED"  # noqa: S105  # a code, not a secret
    FORBIDDEN = "FORBIDDEN"
    THROTTLED = "THROTTLED"
    QUERY_TOO_EXPENSIVE = "QUERY_TOO_EXPENSIVE"
    STREAM_LAGGED = "STREAM_LAGGED"
    CURSOR_EXPIRED = "CURSOR_EXPIRED"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"


class ApiError(GraphQLError):
    """An error meant for the client: ``message`` and ``extensions`` are shown as they are."""

    def __init__(self, code: Code, message: str, **extensions: Any) -> None:
        super().__init__(message, extensions={"code": code.value, **extensions})


MASKED = {
    Code.INTERNAL: "Internal server error.",
    Code.UNAVAILABLE: "The service is not available at the moment. Try again.",
}
INPUT_ERRORS = (
    GraphQLError,
    ValueError,
    TypeError,
    ArithmeticError,
)  # what a scalar raises for a value it does not take


def shown(error: GraphQLError, code: str) -> dict[str, Any]:
    """An entry of ``errors`` for an error that the client may see in full."""
    return {**error.formatted, "extensions": {**(error.extensions or {}), "code": str(code)}}


def masked(error: GraphQLError, code: Code, request_id: str) -> dict[str, Any]:
    """An entry of ``errors`` for a fault of ours: where it struck, and nothing of what it was."""
    return {**error.formatted, "message": MASKED[code], "extensions": {"code": code.value, "requestId": request_id}}


def format_errors(errors: Iterable[GraphQLError], request_id: str) -> list[dict[str, Any]]:
    """The ``errors`` of a response. Faults are masked, and logged once for all of the response."""
    formatted: list[dict[str, Any]] = []
    faults: list[GraphQLError] = []
    for error in errors:
        code = public_code(error)
        if code is None:
            faults.append(error)
            formatted.append(masked(error, fault_code(error.original_error), request_id))
        else:
            formatted.append(shown(error, code))
    if faults:
        log_faults(faults, request_id)
    return formatted


def public_code(error: GraphQLError) -> str | None:
    """The code of an error that the client may see in full; None is a fault of ours."""
    shown = error if isinstance(error, ApiError) else error.original_error
    if isinstance(shown, ApiError):
        return str((shown.extensions or {})["code"])
    if shown is None:  # raised by graphql-core over the request itself
        return str((error.extensions or {}).get("code", Code.BAD_USER_INPUT))
    if isinstance(shown, StrawberryInputCoercionError) or is_input_error(error, shown):
        return Code.BAD_USER_INPUT
    return None


def is_input_error(error: GraphQLError, cause: Exception) -> bool:
    """Whether a variable or an argument was refused by its type: graphql-core tells it by the message alone."""
    if error.path is None:
        return error.message.startswith("Variable '") and is_refusal(cause)
    return isinstance(cause, GraphQLError) and cause.message.startswith("Argument '")


def is_refusal(cause: Exception) -> bool:
    """Whether a scalar raised this to refuse a value; all else is a mistake in the scalar."""
    while isinstance(cause, GraphQLError) and cause.original_error:
        cause = cause.original_error
    return isinstance(cause, INPUT_ERRORS)


def fault_code(cause: BaseException | None) -> Code:
    """``UNAVAILABLE`` where the database can't be reached or gave up, ``INTERNAL`` else."""
    return Code.UNAVAILABLE if isinstance(cause, OperationalError | InterfaceError) else Code.INTERNAL


def log_faults(faults: list[GraphQLError], request_id: str) -> None:
    """Log the first fault's type and place (no message: it may quote what a person wrote), and how many there are."""
    first = faults[0]
    cause = first.original_error or first
    logger.error(
        "graphql_fault",
        request_id=request_id,
        code=fault_code(cause).value,
        error=type(cause).__qualname__,
        where=[
            f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(cause.__traceback__)[-3:]
        ],
        path=first.path,
        count=len(faults),
    )


def failure(error: Exception, request_id: str) -> dict[str, Any]:
    """The response of an operation that has no data: refused before it began, or broken by a fault."""
    located = error if isinstance(error, GraphQLError) else GraphQLError(MASKED[Code.INTERNAL], original_error=error)
    return {"errors": format_errors([located], request_id)}
