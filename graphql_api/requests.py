"""From an HTTP request to an operation, as GraphQL over HTTP has it (https://graphql.github.io/graphql-over-http/draft/)."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from graphql_api import json_text
from graphql_api.errors import ApiError, Code
from graphql_api.execution import Operation

GRAPHQL_JSON = "application/graphql-response+json"
JSON = "application/json"


class Refused(Exception):
    """The request is answered without an operation: with this status, and the error in GraphQL's form."""

    def __init__(
        self, status: HTTPStatus, message: str, code: Code = Code.BAD_USER_INPUT, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error = ApiError(code, message)
        self.headers = headers or {}


def operation_of(request: HttpRequest) -> Operation:
    """The operation that a GET's query string or a POST's JSON body asks for.

    Raises:
        Refused: it asks for none, or in no form that we take.
    """
    return operation_from(from_query_string(request) if request.method == "GET" else from_body(request))


def from_query_string(request: HttpRequest) -> dict[str, Any]:
    """The parameters of a GET; ``variables`` and ``extensions`` are JSON in it."""
    parameters: dict[str, Any] = request.GET.dict()
    for name in ("variables", "extensions"):
        if name in parameters:
            parameters[name] = parsed_json(parameters[name].encode(), f"The parameter {name}")
    return parameters


def from_body(request: HttpRequest) -> dict[str, Any]:
    """The parameters of a POST.

    Only JSON is read. A form or plain text, which any site's page may send here without asking, never is.
    """
    if request.content_type != JSON:
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Send {JSON}.")
    if (request.content_params or {}).get("charset", "utf-8").lower() not in {"utf-8", "utf8"}:
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send JSON in UTF-8.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send the body uncompressed.")
    body = parsed_json(limited_body(request), "The body")
    if isinstance(body, list):
        raise Refused(HTTPStatus.BAD_REQUEST, "Batching is not supported: send one operation per request.")
    if not isinstance(body, dict):
        raise Refused(HTTPStatus.BAD_REQUEST, "The body must be a JSON object.")
    return body


def limited_body(request: HttpRequest) -> bytes:
    """The body, if it is within the limit. ``BodyLimit`` keeps larger ones from coming in; this holds without it."""
    most: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    body: bytes = request.read(most + 1)
    if len(body) > most:
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body is larger than {most:,} bytes.")
    return body


def parsed_json(text: bytes, what: str) -> Any:
    """The value of a JSON text (RFC 8259: UTF-8, no NaN, no lone surrogates)."""
    try:
        return json_text.loads(text)
    except ValueError as error:
        raise Refused(HTTPStatus.BAD_REQUEST, f"{what} is not JSON: {error}.") from error


def operation_from(parameters: dict[str, Any]) -> Operation:
    """The operation that well-formed parameters make."""
    query = parameters.get("query")
    if not isinstance(query, str) or not query:
        raise Refused(HTTPStatus.BAD_REQUEST, "The parameter query must be a GraphQL document.")
    operation_name = parameters.get("operationName")
    if not isinstance(operation_name, str | None):
        raise Refused(HTTPStatus.BAD_REQUEST, "The parameter operationName must be a string.")
    for name in ("variables", "extensions"):
        if not isinstance(parameters.get(name), dict | None):
            raise Refused(HTTPStatus.BAD_REQUEST, f"The parameter {name} must be an object.")
    return Operation(query, parameters.get("variables"), operation_name)
