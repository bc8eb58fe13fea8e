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
from graphql_server.drain import REFUSED, RETRY_AFTER_SECONDS
from graphql_server.errors import ApiError, Code, failure
from graphql_server.execution import charges
from graphql_server.execution.executor import Executor, Operation
from graphql_server.execution.responses import Response, encode
from graphql_server.http.requests import GRAPHQL_JSON, JSON, KEPT_HEADER, HttpRefusal, Request, operation_of
from graphql_server.http.stream import StreamedOperation
from graphql_server.http.stream_formats import (
    EVENT_STREAM,
    MULTIPART,
    MULTIPART_SUBSCRIPTION,
    SERVER_SENT_EVENTS,
    SUBSCRIPTION_SPEC,
    StreamFormat,
)
from graphql_server.json_text import SMALL
from graphql_server.websocket.backend import Backend
from graphql_server.websocket.client_messages import Subscribe

HTML = "text/html"
OFFERED = (JSON, GRAPHQL_JSON, EVENT_STREAM)
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
        backend: runs the operations whose answers are streams.
        page: a Django view for browsers, such as GraphiQL; None: browsers get JSON like other clients.
    """

    def __init__(
        self, executor: Executor, backend: Backend, page: Callable[[HttpRequest], HttpResponseBase] | None = None
    ) -> None:
        self.executor = executor
        self.backend = backend
        self.page = page
        self.drain = backend.drain

    async def answer(self, request: Request) -> Answer | StreamedOperation:
        """Run the operation of a POST (JSON) or a GET (no mutations). Never raises, except for cancellation.

        Every refusal is JSON in GraphQL's form, with the request's id. A client that accepts server-sent events gets a
        stream for any operation, one that accepts Apollo's multipart for subscriptions.
        """
        request_id = request.identity.caller.request_id
        media_type = JSON
        try:
            check_method(request.method)
            accepted = negotiated(request)
            if accepted == EVENT_STREAM:
                return await self._streamed(request)
            media_type = accepted
            result = await self._run(request)
            if isinstance(result, StreamedOperation):
                return result
        except HttpRefusal as refused:
            return refusal(refused, request_id, media_type)
        except Exception as error:  # an API client gets JSON for any exception
            return fault(error, request_id, media_type)
        return Answer(encode(result, request_id), media_type, status_of(result, media_type), retry_of(result))

    def wants_page(self, method: str | None, accept: str) -> bool:
        """Whether a browser is to get the page, which opens the operation of the address."""
        return self.page is not None and method == "GET" and preferred(accept, (JSON, GRAPHQL_JSON, HTML)) == HTML

    async def _run(self, request: Request) -> Response | StreamedOperation:
        """Check that this caller may run anything now, and run the operation."""
        self._check(request)
        with self.drain.request():
            return await self._operation(request)

    def _check(self, request: Request) -> None:
        """Refuse a caller whose credentials are not valid, and every caller while the server ends."""
        if self.drain.has_begun:
            raise ending()
        if request.identity.denied:
            raise denial(request.identity.denied)

    async def _operation(self, request: Request) -> Response | StreamedOperation:
        """Read the operation, check that this request may run it, and execute it."""
        operation, context, size = await self._admitted(request)
        is_post, multipart = request.method == "POST", accepts_multipart(request.headers.get("accept", ""))
        if is_post and not multipart:
            return await self.executor.execute(operation, context, size=size)
        document = await self.executor.admit(operation, context)
        if isinstance(document, dict):
            return document
        kind = document.kind(operation.operation_name)
        if multipart and kind is OperationType.SUBSCRIPTION:
            return self._stream(request, operation, size, MULTIPART_SUBSCRIPTION)
        check_kind(request.method, kind)
        return await self.executor.execute(operation, context, allow_mutations=is_post, size=size, document=document)

    async def _streamed(self, request: Request) -> StreamedOperation:
        """Read the operation, and check that this request may run it: its answer is a stream of events."""
        self._check(request)
        operation, context, size = await self._admitted(request)
        if request.method == "GET":
            document = await self.executor.admit(operation, context)
            if not isinstance(document, dict):
                check_kind(request.method, document.kind(operation.operation_name))
        return self._stream(request, operation, size, SERVER_SENT_EVENTS)

    def _stream(
        self, request: Request, operation: Operation, size: int, stream_format: StreamFormat
    ) -> StreamedOperation:
        """The stream of an operation. Last-Event-ID, which a client sends when it reconnects, wins over ``after``."""
        caller = request.identity.caller
        try:
            charges.take_or_owe(self.executor.meter, caller, charges.points_of_size(size))
        except ApiError as error:
            raise denial(error) from None
        asked = Subscribe(
            id="",
            query=operation.query,
            variables=operation.variables,
            operation_name=operation.operation_name,
            extensions=None,
            resume=request.headers.get("last-event-id") or None,
            digest=operation.digest,
        )
        limits = self.executor.limits.socket
        return StreamedOperation(self.backend, limits, stream_format, asked, caller, request.address)

    async def _admitted(self, request: Request) -> tuple[Operation, Context, int]:
        """The operation of a request, its context, and the bytes of it that are still to be charged.

        Raises:
            HttpRefusal: the request has no operation, and is charged for that; or the caller has too few points.
        """
        caller = request.identity.caller
        admission = self.executor.admission
        size = len(request.body) if request.method == "POST" else len(request.query_string)
        try:
            try:
                operation = await operation_of(request, admission)
                return operation, Context(caller, caller.request_id), 0 if size > SMALL else size
            except HttpRefusal:
                admission.refused(caller, size)
                raise
        except ApiError as error:
            raise denial(error) from None


def ending() -> HttpRefusal:
    """The refusal of an operation that has not begun, because this process ends. The connection is closed."""
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS), "Connection": "close"}
    retry = {"retryAfterSeconds": RETRY_AFTER_SECONDS}
    return HttpRefusal(HTTPStatus.SERVICE_UNAVAILABLE, REFUSED, Code.UNAVAILABLE, headers, **retry)


def denial(error: ApiError) -> HttpRefusal:
    """The refusal of a caller whose credentials are not valid, or who has too few points."""
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


def check_kind(method: str, kind: OperationType | None) -> None:
    """Refuse a mutation that was sent by GET."""
    if method == "GET" and kind is OperationType.MUTATION:
        raise HttpRefusal(HTTPStatus.METHOD_NOT_ALLOWED, "Mutations must be sent by POST.", headers={"Allow": "POST"})


def negotiated(request: Request) -> str:
    """The media type to answer in."""
    media_type = preferred(request.headers.get("accept", "*/*"), OFFERED)
    if media_type is None:
        raise HttpRefusal(HTTPStatus.NOT_ACCEPTABLE, f"The response formats are {', '.join(OFFERED)}.")
    return media_type


def preferred(accept: str, offered: tuple[str, ...]) -> str | None:
    """The media type that an Accept header prefers, if any."""
    choose = choice if len(accept) <= KEPT_HEADER else choice.__wrapped__
    return choose(accept, offered)


@lru_cache(maxsize=200)
def choice(accept: str, offered: tuple[str, ...]) -> str | None:
    """See :func:`preferred`. Django's own choice also compares parameters, such as charset=UTF-8."""
    for accepted in best_first(accept):
        for media_type in offered:
            main, _, sub = media_type.partition("/")
            if accepted.main_type in {"*", main} and accepted.sub_type in {"*", sub}:
                return media_type
    return None


@lru_cache(maxsize=200)
def accepts_multipart(accept: str) -> bool:
    """Whether a client takes subscriptions as Apollo's multipart, of the version that is spoken here."""
    return any(
        f"{accepted.main_type}/{accepted.sub_type}" == MULTIPART
        and str(accepted.params.get("subscriptionspec")) == SUBSCRIPTION_SPEC
        for accepted in best_first(accept.lower())
    )


def best_first(accept: str) -> list[MediaType]:
    """The media types that a client accepts; none if the header is malformed."""
    try:
        media_types = [MediaType(token) for token in accept.split(",") if token.strip()]
    except ValueError:  # a parameter in an unknown encoding
        return []
    taken = [media_type for media_type in media_types if media_type.quality]
    return sorted(taken, key=attrgetter("quality", "specificity"), reverse=True)


def status_of(result: Response, media_type: str) -> int:
    """200, unless no field ran: then the status shows that in GraphQL's media type (its section 6.4.2)."""
    if "data" in result or media_type == JSON:
        return HTTPStatus.OK
    return STATUS_OF_CODE.get(result["errors"][0]["extensions"]["code"], HTTPStatus.BAD_REQUEST)


def retry_of(result: Response) -> dict[str, str]:
    """When a caller with too few points may come back, for clients that do not read GraphQL errors too."""
    seconds = result["errors"][0]["extensions"].get("retryAfterSeconds") if "errors" in result else None
    return {} if seconds is None else {"Retry-After": str(seconds)}


def refusal(refused: HttpRefusal, request_id: str, media_type: str = JSON) -> Answer:
    """The answer to a request without an operation, or with an operation that it may not run."""
    error = failure(refused.error, request_id)
    error["errors"][0]["extensions"]["requestId"] = request_id
    return Answer(encode(error, request_id), media_type, refused.status, refused.headers)


def fault(error: Exception, request_id: str, media_type: str = JSON) -> Answer:
    """The answer to an internal error before the operation ran: 503 if the database can't be reached."""
    result = failure(error, request_id)
    code = result["errors"][0]["extensions"]["code"]
    headers = {"Retry-After": "1"} if code == Code.UNAVAILABLE else {}
    return Answer(encode(result, request_id), media_type, STATUS_OF_CODE[code], headers)
