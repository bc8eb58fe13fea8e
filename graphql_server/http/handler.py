"""The HTTP door of GraphQL (https://graphql.github.io/graphql-over-http/draft/), however a request comes in."""

from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from operator import attrgetter

from django.conf import settings
from django.http.request import MediaType
from graphql import OperationType

from graphql_server.context import Context
from graphql_server.errors import ApiError, Code, failure
from graphql_server.executor import Operation, admit, bound, execute
from graphql_server.http.requests import GRAPHQL_JSON, JSON, KEPT_HEADER, Refused, Request, operation_of
from graphql_server.json_text import SMALL
from graphql_server.responses import Response, encode
from tenants.auth.authentication import WRONG_TENANT, TooManyFailures

HTML = "text/html"
STATUS_OF_CODE = {
    Code.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    Code.TOKEN_EXPIRED: HTTPStatus.UNAUTHORIZED,
    Code.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Code.THROTTLED: HTTPStatus.TOO_MANY_REQUESTS,
    Code.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Code.INTERNAL: HTTPStatus.INTERNAL_SERVER_ERROR,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the door says: a body of JSON in ``media_type``, and headers beside those that every answer has."""

    body: bytes
    media_type: str = JSON
    status: int = HTTPStatus.OK
    headers: dict[str, str] = field(default_factory=dict)


async def answer(request: Request) -> Answer:
    """Run the operation that a POST (JSON) or a GET (queries only) asks for. Never raises, save for cancellation.

    Every refusal is JSON in GraphQL's form, with the request's id.
    """
    media_type = JSON
    try:
        check_method(request.method)
        media_type = negotiated(request)
        result = await run(request)
    except Refused as refused:
        return refusal(refused, request.caller.request_id, media_type)
    except Exception as error:  # an API client gets JSON, whatever happens
        return fault(error, request.caller.request_id, media_type)
    body = encode(result, request.caller.request_id)
    return Answer(body, media_type, status_of(result, media_type), retry_of(result))


async def run(request: Request) -> Response:
    """Read the operation, check that this request may ask for it, and execute it."""
    if isinstance(request.invalid_token, TooManyFailures):
        raise too_many(request.invalid_token)
    if request.invalid_token:
        challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        raise Refused(HTTPStatus.UNAUTHORIZED, "The token is not valid.", Code.UNAUTHENTICATED, challenge)
    if request.caller.wrong_tenant:
        raise Refused(HTTPStatus.FORBIDDEN, WRONG_TENANT, Code.FORBIDDEN)
    if request.forged:
        raise Refused(HTTPStatus.FORBIDDEN, f"{request.forged} Send the header X-CSRFToken.", Code.FORBIDDEN)
    context = Context(caller=request.caller, request_id=request.caller.request_id)
    operation, size = await admitted(request)
    if request.method == "POST":
        return await execute(operation, context, size=size)
    document = await admit(operation, context)
    if isinstance(document, dict):
        return document
    if document.kind(operation.operation_name) is OperationType.MUTATION:
        raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, "Send a mutation by POST.", headers={"Allow": "POST"})
    return await execute(operation, context, allow_mutations=False, size=size, document=document)


async def admitted(request: Request) -> tuple[Operation, int]:
    """The operation that a request asks for, and the bytes of it that are still to be charged.

    Raises:
        Refused: it asks for none, for which it is charged; or it is one too many.
    """
    admission = bound().admission
    size = len(request.body) if request.method == "POST" else len(request.query_string)
    try:
        try:
            return await operation_of(request, admission), 0 if size > SMALL else size
        except Refused:
            admission.refused(request.caller, size)
            raise
    except ApiError as error:
        told = error.extensions or {}
        raise throttled(str(error), told["retryAfterSeconds"]) from None


def too_many(error: TooManyFailures) -> Refused:
    """The refusal of who has failed too often."""
    return throttled(str(error), error.retry_after)


def throttled(message: str, seconds: int) -> Refused:
    """The refusal of a request for which it is too early."""
    headers = {"Retry-After": str(seconds)}
    return Refused(HTTPStatus.TOO_MANY_REQUESTS, message, Code.THROTTLED, headers, retryAfterSeconds=seconds)


def check_method(method: str) -> None:
    """GET and POST are all there is."""
    if method not in {"GET", "POST"}:
        raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, "Send a GET or a POST.", headers={"Allow": "GET, POST"})


def negotiated(request: Request) -> str:
    """The media type to answer in."""
    media_type = preferred(request.headers.get("accept", "*/*"), (JSON, GRAPHQL_JSON))
    if media_type is None:
        raise Refused(HTTPStatus.NOT_ACCEPTABLE, f"We answer in {GRAPHQL_JSON} or {JSON}.")
    return media_type


def wants_page(method: str | None, accept: str) -> bool:
    """Whether a browser is to get the GraphiQL page, which opens the operation of the address."""
    if method != "GET" or not settings.ORDERS_GRAPHIQL:
        return False
    return preferred(accept, (JSON, GRAPHQL_JSON, HTML)) == HTML


def preferred(accept: str, offered: tuple[str, ...]) -> str | None:
    """Which of the media types an Accept header likes best, if any."""
    choose = choice if len(accept) <= KEPT_HEADER else choice.__wrapped__
    return choose(accept, offered)


@lru_cache(maxsize=200)
def choice(accept: str, offered: tuple[str, ...]) -> str | None:
    """See :func:`preferred`. Django's own choice minds parameters, such as charset=UTF-8."""
    for accepted in best_first(accept):
        for media_type in offered:
            main, _, sub = media_type.partition("/")
            if accepted.main_type in {"*", main} and accepted.sub_type in {"*", sub}:
                return media_type
    return None


def best_first(accept: str) -> list[MediaType]:
    """What a client takes; none if that makes no sense."""
    try:
        media_types = [MediaType(token) for token in accept.split(",") if token.strip()]
    except ValueError:  # a parameter in an encoding that there is not
        return []
    taken = [media_type for media_type in media_types if media_type.quality]
    return sorted(taken, key=attrgetter("quality", "specificity"), reverse=True)


def status_of(result: Response, media_type: str) -> int:
    """200, save for what ran no field at all: then GraphQL's media type has the status tell (its section 6.4.2)."""
    if "data" in result or media_type == JSON:
        return HTTPStatus.OK
    return STATUS_OF_CODE.get(result["errors"][0]["extensions"]["code"], HTTPStatus.BAD_REQUEST)


def retry_of(result: Response) -> dict[str, str]:
    """When a caller who has asked for too much may come back, also for those who read no GraphQL."""
    seconds = result["errors"][0]["extensions"].get("retryAfterSeconds") if "errors" in result else None
    return {} if seconds is None else {"Retry-After": str(seconds)}


def refusal(refused: Refused, request_id: str, media_type: str = JSON) -> Answer:
    """The answer to a request that asks for no operation, or for one that it may not ask for."""
    error = failure(refused.error, request_id)
    error["errors"][0]["extensions"]["requestId"] = request_id
    return Answer(encode(error, request_id), media_type, refused.status, refused.headers)


def fault(error: Exception, request_id: str, media_type: str = JSON) -> Answer:
    """The answer when something of ours broke before the operation ran: 503 if it is the database that is away."""
    result = failure(error, request_id)
    code = result["errors"][0]["extensions"]["code"]
    headers = {"Retry-After": "1"} if code == Code.UNAVAILABLE else {}
    return Answer(encode(result, request_id), media_type, STATUS_OF_CODE[code], headers)
