"""Errors as clients see them: a code that clients can act on; internal errors are hidden behind a request id.

``ApiError`` is for the client and shown in full. For any other exception of a resolver, the client gets a code and the
request id, and the log gets the type and the place; neither gets values, which may be personal data.
"""

import re
import traceback
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError
from graphql import GraphQLError
from strawberry.exceptions import StrawberryInputCoercionError

logger = structlog.get_logger(__name__)


class Code(StrEnum):
    """``extensions.code``: clients can act on it.

    The two ``GRAPHQL_`` codes and ``PERSISTED_QUERY_NOT_FOUND`` are Apollo Server's, which client libraries know.
    """

    PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    DOCUMENT_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    DOCUMENT_NOT_TRUSTED = "DOCUMENT_NOT_TRUSTED"
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
    """An error meant for the client: ``extensions`` and the first 500 characters of ``message`` are shown."""

    def __init__(self, code: Code, message: str, **extensions: Any) -> None:
        super().__init__(message, extensions={"code": code.value, **extensions})


SHOWN_CHARACTERS = 500
"""The length of an error's message: a message may quote a value of any length."""

MASKED = {
    Code.INTERNAL: "Internal server error.",
    Code.UNAVAILABLE: "The service is not available at the moment. Try again.",
}
INPUT_ERRORS = (
    GraphQLError,
    ValueError,
    TypeError,
    ArithmeticError,
)  # a scalar raises this for a value that it refuses


REFUSED_VARIABLE = re.compile(r"Variable '\$(\w+)' has invalid value(?: at ((?:\.\w+|\[\d+\])+))?: ", re.ASCII)
STEP = re.compile(r"\.(\w+)|\[(\d+)\]", re.ASCII)


def shown(error: GraphQLError, code: str) -> dict[str, Any]:
    """An entry of ``errors`` for an error that the client may see in full."""
    extensions = {**(error.extensions or {}), "code": str(code)}
    if path := input_path(error.message):
        extensions["inputPath"] = path
    return {**error.formatted, "message": shortened(error.message), "extensions": extensions}


def shortened(message: str) -> str:
    """The message, shortened to a length that can be kept and sent: graphql-core quotes the refused value."""
    return message if len(message) <= SHOWN_CHARACTERS else f"{message[:SHOWN_CHARACTERS]}…"


def input_path(message: str) -> list[str | int]:
    """The path of a refused value in the variables, which graphql-core writes only into its message; empty without."""
    refused = REFUSED_VARIABLE.match(message)
    if refused is None:
        return []
    steps = STEP.findall(refused[2] or "")
    return [refused[1], *(name or int(index) for name, index in steps)]


def masked(error: GraphQLError, code: Code, request_id: str) -> dict[str, Any]:
    """An entry of ``errors`` for an internal error: its place, and no detail."""
    return {**error.formatted, "message": MASKED[code], "extensions": {"code": code.value, "requestId": request_id}}


def format_errors(errors: Sequence[GraphQLError], request_id: str) -> list[dict[str, Any]]:
    """The ``errors`` of a response. Internal errors are masked, and logged once per response."""
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
    for error in errors:
        forget_frames(error)
    return formatted


def forget_frames(error: BaseException | None) -> None:
    """Free what the places of an error hold: its frames refer to the error, and to the request's values.

    Together they would stay in memory until the garbage collector runs.
    """
    while error is not None:
        error.__traceback__ = None
        error = error.original_error if isinstance(error, GraphQLError) else None


def public_code(error: GraphQLError) -> str | None:
    """The code of an error that the client may see in full; None for an internal error."""
    shown = error if isinstance(error, ApiError) else error.original_error
    if isinstance(shown, ApiError):
        return str((shown.extensions or {})["code"])
    if shown is None:  # raised by graphql-core for the request itself
        return str((error.extensions or {}).get("code", Code.BAD_USER_INPUT))
    if isinstance(shown, StrawberryInputCoercionError) or is_input_error(error, shown):
        return Code.BAD_USER_INPUT
    return None


def is_input_error(error: GraphQLError, cause: Exception) -> bool:
    """Whether a variable or an argument was refused by its type: graphql-core marks that only in the message."""
    if error.path is None:
        return error.message.startswith("Variable '") and is_refusal(cause)
    return isinstance(cause, GraphQLError) and cause.message.startswith("Argument '")


def is_refusal(cause: Exception) -> bool:
    """Whether a scalar raised this to refuse a value; any other exception is a defect of the scalar."""
    while isinstance(cause, GraphQLError) and cause.original_error:
        cause = cause.original_error
    return isinstance(cause, INPUT_ERRORS)


def fault_code(cause: BaseException | None) -> Code:
    """``UNAVAILABLE`` if the database can't be reached or gave up, otherwise ``INTERNAL``."""
    return Code.UNAVAILABLE if isinstance(cause, OperationalError | InterfaceError) else Code.INTERNAL


def log_faults(faults: list[GraphQLError], request_id: str) -> None:
    """Log the first internal error's type and place, and how many there are. No message: it may quote a user's text."""
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
    """The response of an operation without data: refused before it began, or ended by an internal error."""
    located = error if isinstance(error, GraphQLError) else GraphQLError(MASKED[Code.INTERNAL], original_error=error)
    return {"errors": format_errors([located], request_id)}
