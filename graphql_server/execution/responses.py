"""Response maps: the results of graphql-core, ready for JSON."""

from typing import Any

import orjson
from graphql import ExecutionResult

from graphql_server.context import Context
from graphql_server.errors import ApiError, Code, failure, format_errors

Response = dict[str, Any]


def response(result: ExecutionResult, context: Context, extensions: dict[str, Any] | None = None) -> Response:
    """The response map. A request error has no path, as no field ran; it comes without ``data`` (GraphQL spec 7.1)."""
    made: Response = {}
    errors = result.errors
    if errors:
        made["errors"] = format_errors(errors, context.request_id)
    if result.data is not None or not errors or any(error.path for error in errors):
        made["data"] = result.data
    if extensions:
        made["extensions"] = extensions
    return made


def deadline_passed(context: Context) -> Response:
    """The response to an operation whose deadline has passed."""
    message = "The operation took too long and was given up."
    return failure(ApiError(Code.UNAVAILABLE, message, requestId=context.request_id), context.request_id)


def encode(made: Response, request_id: str) -> bytes:
    """The response as JSON.

    A value that JSON can't hold (a lone surrogate, an integer over 64 bits) is an internal error.
    """
    try:
        return orjson.dumps(made)
    except TypeError as error:
        return orjson.dumps(failure(error, request_id))
