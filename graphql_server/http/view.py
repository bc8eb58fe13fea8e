"""GraphQL over HTTP as a Django view: for browsers, their sessions and the page, and where Django runs alone."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt

from graphql_server.asgi_types import Message
from graphql_server.http.handler import Answer, HttpHandler, fault
from graphql_server.http.requests import Request
from graphql_server.http.stream import StreamedOperation
from graphql_server.ports.callers import HttpAuthentication
from graphql_server.servers.stream_writers import StreamWriter

PARTS_AHEAD: Final = 16
"""How many parts of a stream may wait for Django."""
Page = Callable[[HttpRequest], HttpResponseBase]
View = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


def django_view(handler: HttpHandler, authentication: HttpAuthentication) -> View:
    """The view. The application's authentication checks Django's CSRF token itself, where one is needed."""

    @csrf_exempt
    async def graphql(request: HttpRequest) -> HttpResponseBase:
        if handler.page and handler.wants_page(request.method, request.headers.get("accept", "*/*")):
            return handler.page(request)
        body = body_of(request, handler.executor.limits.bodies.bytes)
        identity = authentication.identify_request(request)
        if isinstance(body, Exception):
            return response(fault(body, identity.caller.request_id))
        headers = {name.lower(): value for name, value in request.headers.items()}
        query_string = request.META.get("QUERY_STRING", "")
        address = request.META.get("REMOTE_ADDR")
        asked = Request(request.method or "", headers, query_string, body, identity, address)
        return response(await handler.answer(asked))

    return graphql


def body_of(request: HttpRequest, most: int) -> bytes | Exception:
    """The body, or why it can't be read, such as that it breaks off.

    Middleware keeps large bodies from coming in (:class:`~graphql_server.http.body_limit.BodyLimit`). Without it, a
    body is cut off one byte after ``most``.
    """
    try:
        return request.read(most + 1)
    except Exception as error:
        return error


def response(answer: Answer | StreamedOperation) -> HttpResponseBase:
    """The answer as Django has it. It is one caller's, so caches on the way may not store it."""
    if isinstance(answer, StreamedOperation):
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingHttpResponse(parts_of(answer), content_type=answer.format.content_type, headers=headers)
    return HttpResponse(
        answer.body,
        status=answer.status,
        content_type=f"{answer.media_type}; charset=utf-8",
        headers={"Cache-Control": "no-store", **answer.headers},
    )


async def parts_of(operation: StreamedOperation) -> AsyncIterator[bytes]:
    """The parts of a stream's body. Ends with the operation; the operation ends if Django stops reading."""
    parts: asyncio.Queue[bytes | None] = asyncio.Queue()
    room = asyncio.Semaphore(PARTS_AHEAD)

    async def send(message: Message) -> None:
        if message["body"]:
            await room.acquire()
            parts.put_nowait(message["body"])

    async def serve() -> None:
        try:
            await operation.serve(StreamWriter(send))
        finally:  # Whatever ended it, the body ends.
            parts.put_nowait(None)

    serving = asyncio.create_task(serve())
    try:
        while (part := await parts.get()) is not None:
            room.release()
            yield part
    finally:
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving
