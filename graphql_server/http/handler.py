"""Answers GraphQL requests over HTTP (https://graphql.github.io/graphql-over-http/draft/), from ASGI or from Django."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from operator import attrgetter

from django.http import HttpRequest, HttpResponseBase
from django.http.request import MediaType
from graphql import OperationType

from graphql_server.context import Context
from graphql_server.errors import ApiError, Code, failure
from graphql_server.execution.executor import Executor, Operation
from graphql_server.execution.responses import Response, encode
from graphql_server.http.requests import GRAPHQL_JSON, JSON, KEPT_HEADER, HttpRefusal, Request, operation_of
from graphql_server.json_text import SMALL

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
    """A body of JSON in ``media_type``, and headers beside those that every answer has."""

    body: bytes
    media_type: str = JSON
    status: int = HTTPStatus.OK
    headers: dict[str, str] = field(default_factory=dict)


class HttpHandler:
    """Answers requests for one schema.

    Args:
        executor: runs the operations.
        page: a Django view for browsers, such as GraphiQL; None: browsers get JSON like everybody.
    """

    def __init__(self, executor: Executor, page: Callable[[HttpRequest], HttpResponseBase] | None = None) -> None:
        self.executor = executor
        self.page = page

    async def answer(self, request: Request) -> Answer:
        """Run the operation that a POST (JSON) or a GET (queries only) asks for. Never raises, save for cancellation.

        Every refusal is JSON in GraphQL's form, with the request's id.
        """
        request_id = request.identity.caller.request_id
        media_type = JSON
        try:
            check_method(request.method)
            media_type = negotiated(request)
            result = await self._run(request)
        except HttpRefusal as refused:
            return refusal(refused, request_id, media_type)
        except Exception as error:  # an API client gets JSON, whatever happens
            return fault(error, request_id, media_type)
        return Answer(encode(result, request_id), media_type, status_of(result, media_type), retry_of(result))

    def wants_page(self, method: str | None, accept: str) -> bool:
        """Whether a browser is to get the page, which opens the operation of the address."""
        return self.page is not None and method == "GET" and preferred(accept, (JSON, GRAPHQL_JSON, HTML)) == HTML

    async def _run(self, request: Request) -> Response:
        """Read the operation, check that this request may ask for it, and execute it."""
        if request.identity.denied:
            raise denial(request.identity.denied)
        caller = request.identity.caller
        context = Context(caller=caller, request_id=caller.request_id)
        operation, size = await self._admitted(request)
        if request.method == "POST":
            return await self.executor.execute(operation, context, size=size)
        document = await self.executor.admit(operation, context)
        if isinstance(document, dict):
            return document
        if document.kind(operation.operation_name) is OperationType.MUTATION:
            raise HttpRefusal(
                HTTPStatus.METHOD_NOT_ALLOWED, "Mutations must be sent by POST.", headers={"Allow": "POST"}
            )
        return await self.executor.execute(operation, context, allow_mutations=False, size=size, document=document)

    async def _admitted(self, request: Request) -> tuple[Operation, int]:
        """The operation that a request asks for, and the bytes of it that are still to be charged.

        Raises:
            HttpRefusal: the request asks for no operation, for which it is charged; or the caller has too few points.
        """
        admission = self.executor.admission
        size = len(request.body) if request.method == "POST" else len(request.query_string)
        try:
            try:
                return await operation_of(request, admission), 0 if size > SMALL else size
            except HttpRefusal:
                admission.refused(request.identity.caller, size)
                raise
        except ApiError as error:
            raise denial(error) from None


def denial(error: ApiError) -> HttpRefusal:
    """The refusal of a caller whose credentials do not count, or who has asked for too much."""
    extensions = dict(error.extensions or {})
    code = Code(extensions.pop("code"))
    headers = {}
    if code is Code.UNAUTHENTICATED:
        headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    if (seconds := extensions.get("retryAfterSeconds")) is not None:
        headers["Retry-After"] = str(seconds)
    return HttpRefusal(STATUS_OF_CODE[code], error.message, code, headers, **extensions)


def check_method(method: str) -> None:
    """Refuse all methods but GET and POST."""
    if method not in {"GET", "POST"}:
        raise HttpRefusal(
            HTTPStatus.METHOD_NOT_ALLOWED, "The method must be GET or POST.", headers={"Allow": "GET, POST"}
        )


def negotiated(request: Request) -> str:
    """The media type to answer in."""
    media_type = preferred(request.headers.get("accept", "*/*"), (JSON, GRAPHQL_JSON))
    if media_type is None:
        raise HttpRefusal(HTTPStatus.NOT_ACCEPTABLE, f"The response formats are {GRAPHQL_JSON} and {JSON}.")
    return media_type


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


def refusal(refused: HttpRefusal, request_id: str, media_type: str = JSON) -> Answer:
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
