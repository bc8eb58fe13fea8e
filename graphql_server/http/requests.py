"""From an HTTP request to an operation, as GraphQL over HTTP has it (https://graphql.github.io/graphql-over-http/draft/)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Self

from django.core.exceptions import SuspiciousOperation
from django.http import QueryDict
from django.utils.http import parse_header_parameters

from graphql_server.digests import BadDigest, digest_in
from graphql_server.errors import ApiError, Code
from graphql_server.execution.admission import Admission
from graphql_server.execution.executor import Operation
from graphql_server.http.body_limit import BodyRefused, too_large
from graphql_server.ports.callers import Caller, Identity

GRAPHQL_JSON = "application/graphql-response+json"
JSON = "application/json"
MOST_QUERY_STRING = 32_768
KEPT_HEADER = 200
"""Headers of up to this many characters are kept with their meaning."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request for an operation, from ASGI or from Django.

    ``headers`` has lower-case names; ``address`` is the peer's, if it has one.
    """

    method: str
    headers: Mapping[str, str]
    query_string: str
    body: bytes
    identity: Identity
    address: str | None = None


class HttpRefusal(Exception):
    """The request is answered without an operation: with this status, and the error in GraphQL's form."""

    def __init__(
        self,
        status: HTTPStatus,
        message: str,
        code: Code = Code.BAD_USER_INPUT,
        headers: dict[str, str] | None = None,
        **extensions: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error = ApiError(code, message, **extensions)
        self.headers = headers or {}

    @classmethod
    def of_body(cls, refused: BodyRefused) -> Self:
        """The refusal of a body. The connection is closed, as the rest of the body is not read."""
        return cls(refused.status, refused.message, headers={"Connection": "close"})


async def operation_of(request: Request, admission: Admission) -> Operation:
    """The operation in a GET's query string or a POST's JSON body.

    Raises:
        HttpRefusal: there is none, or its form is not supported.
        ApiError: THROTTLED.
    """
    read = from_query_string if request.method == "GET" else from_body
    return operation_from(await read(request, admission))


async def from_query_string(request: Request, admission: Admission) -> dict[str, Any]:
    """The parameters of a GET; ``variables`` and ``extensions`` are JSON in it."""
    if len(request.query_string) > MOST_QUERY_STRING:
        message = f"The query string has more than {MOST_QUERY_STRING:,} characters. Send a POST."
        raise HttpRefusal(HTTPStatus.REQUEST_URI_TOO_LONG, message)
    try:
        parameters: dict[str, Any] = QueryDict(request.query_string).dict()
    except SuspiciousOperation as error:
        raise HttpRefusal(HTTPStatus.BAD_REQUEST, "The query string has too many parameters.") from error
    for name in ("variables", "extensions"):
        if name in parameters:
            what = f"The parameter {name}"
            parameters[name] = await parsed_json(request.identity.caller, parameters[name].encode(), what, admission)
    return parameters


async def from_body(request: Request, admission: Admission) -> dict[str, Any]:
    """The parameters of a POST.

    Only JSON is read. A form or plain text, which any site's page may send here without a preflight, is never read.
    """
    if reason := unreadable(request.headers):
        raise HttpRefusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, reason)
    most = admission.most_bytes(request.identity.caller)
    if len(request.body) > most:
        raise HttpRefusal.of_body(too_large(most))
    body = await parsed_json(request.identity.caller, request.body, "The body", admission)
    if isinstance(body, list):
        raise HttpRefusal(HTTPStatus.BAD_REQUEST, "Batching is not supported: send one operation per request.")
    if not isinstance(body, dict):
        raise HttpRefusal(HTTPStatus.BAD_REQUEST, "The body must be a JSON object.")
    return body


def unreadable(headers: Mapping[str, str]) -> str:
    """Why a body with these headers is not read; empty if it is."""
    content_type = headers.get("content-type", "")
    read = not_json if len(content_type) <= KEPT_HEADER else not_json.__wrapped__
    if reason := read(content_type):
        return reason
    plain = headers.get("content-encoding", "identity").lower() == "identity"
    return "" if plain else "Send the body uncompressed."


@lru_cache(maxsize=100)
def not_json(content_type: str) -> str:
    """Why a body of this type is not read; empty if it is."""
    try:
        media_type, parameters = parse_header_parameters(content_type)
    except ValueError:  # a parameter in an unknown encoding
        media_type, parameters = "", {}
    if media_type != JSON:
        return f"The content type must be {JSON}."
    return "" if parameters.get("charset", "utf-8").lower() in {"utf-8", "utf8"} else "Send JSON in UTF-8."


async def parsed_json(caller: Caller, text: bytes, what: str, admission: Admission) -> Any:
    """The value of a JSON text (RFC 8259: UTF-8, no NaN, no lone surrogates)."""
    try:
        return await admission.json(caller, text)
    except ValueError as error:
        raise HttpRefusal(HTTPStatus.BAD_REQUEST, f"{what} is not JSON: {error}.") from error


def operation_from(parameters: dict[str, Any]) -> Operation:
    """The operation that well-formed parameters make."""
    query = parameters.get("query")
    operation_name = parameters.get("operationName")
    if not isinstance(operation_name, str | None):
        raise HttpRefusal(HTTPStatus.BAD_REQUEST, "The parameter operationName must be a string.")
    for name in ("variables", "extensions"):
        if not isinstance(parameters.get(name), dict | None):
            raise HttpRefusal(HTTPStatus.BAD_REQUEST, f"The parameter {name} must be an object.")
    try:
        digest = digest_in(query, parameters.get("documentId"), parameters.get("extensions"))
    except BadDigest as error:
        raise HttpRefusal(HTTPStatus.BAD_REQUEST, str(error)) from None
    if digest is not None:
        return Operation("", parameters.get("variables"), operation_name, digest=digest)
    if not isinstance(query, str) or not query:
        raise HttpRefusal(HTTPStatus.BAD_REQUEST, "The parameter query must be a GraphQL document.")
    return Operation(query, parameters.get("variables"), operation_name)
