"""GraphQL over HTTP as an ASGI application, for programs: without Django's middleware, which takes a thread and
milliseconds.

:class:`BesideDjango` hands to Django what Django has a say in: a browser's session, the page for browsers, a host name
that is not served, a redirect to TLS. The answers are the same.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Final

from asgiref.sync import sync_to_async

from graphql_server.asgi_types import App, Receive, Scope, Send
from graphql_server.connections import healthy_connections
from graphql_server.http.body_limit import BodyRefused, body_of, check_announced, limited
from graphql_server.http.handler import Answer, HttpHandler, fault, refusal
from graphql_server.http.headers import address_of, headers_of, query_string_of
from graphql_server.http.requests import HttpRefusal, Request
from graphql_server.http.stream import StreamedOperation
from graphql_server.ports.callers import HttpAuthentication, Identity
from graphql_server.servers.writers import stream_writer_of

Headers = Iterable[tuple[bytes, bytes]]
Added = Callable[[bool], Headers]

WATCH_AFTER_SECONDS: Final = 0.05
"""Seconds after which the server listens whether the client hangs up: listening costs more than most answers."""


def nothing_added(secure: bool) -> Headers:
    """No headers."""
    return ()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """ASGI application: answers every request itself.

    ``added`` gives the headers that every answer gets besides its own, by whether the request came over TLS.
    """

    handler: HttpHandler
    authentication: HttpAuthentication
    added: Added = nothing_added

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.serve(scope, headers_of(scope), receive, send)

    async def serve(self, scope: Scope, headers: Mapping[str, str], receive: Receive, send: Send) -> None:
        """Answer a request whose headers are read."""
        limits = self.handler.executor.limits.bodies
        most = self.most_bytes(headers, address_of(scope))
        body: bytes | HttpRefusal
        try:
            check_announced(scope, most)
            body = await body_of(limited(receive, most, limits.seconds))
        except ConnectionResetError:
            return
        except BodyRefused as refused:
            body = HttpRefusal.of_body(refused)
        with UntilGone(receive):
            answer, request_id = await self.answered(scope, headers, body)
            common = [
                (b"cache-control", b"no-store"),
                (b"x-request-id", request_id.encode()),
                *self.added(is_secure(scope)),
            ]
            if isinstance(answer, Answer):
                await self.send(answer, common, send)
            else:
                await self.send_stream(answer, common, send)

    async def send(self, answer: Answer, common: Headers, send: Send) -> None:
        """Send an answer. It is one caller's, so caches on the way may not store it."""
        headers = [
            (b"content-type", f"{answer.media_type}; charset=utf-8".encode()),
            (b"content-length", str(len(answer.body)).encode()),
            *((name.lower().encode(), value.encode()) for name, value in answer.headers.items()),
            *common,
        ]
        await send({"type": "http.response.start", "status": int(answer.status), "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    async def send_stream(self, operation: StreamedOperation, common: Headers, send: Send) -> None:
        """Send a stream until its operation ends. Proxies may not collect it (nginx reads ``x-accel-buffering``)."""
        content_type = operation.format.content_type.encode()
        headers = [(b"content-type", content_type), (b"x-accel-buffering", b"no"), *common]
        await send({"type": "http.response.start", "status": int(HTTPStatus.OK), "headers": headers})
        await operation.serve(stream_writer_of(send))

    async def answered(
        self, scope: Scope, headers: Mapping[str, str], body: bytes | HttpRefusal
    ) -> tuple[Answer | StreamedOperation, str]:
        """The answer to a request, and the request's id."""
        if isinstance(body, HttpRefusal):
            request_id = self.authentication.request_id(headers)
            return refusal(body, request_id), request_id
        try:
            identity = await self.identify(headers, address_of(scope))
        except Exception as error:  # the database can't be reached
            request_id = self.authentication.request_id(headers)
            return fault(error, request_id), request_id
        address = address_of(scope)
        request = Request(scope["method"], headers, query_string_of(scope).decode(), body, identity, address)
        return await self.handler.answer(request), identity.caller.request_id

    def most_bytes(self, headers: Mapping[str, str], address: str | None) -> int:
        """The largest allowed body, in bytes. Any token gets the limit of known callers, as it may be valid."""
        admission = self.handler.executor.admission
        identity = None if "authorization" in headers else self.authentication.identify_at_once(headers, address)
        return admission.limits.bodies.bytes if identity is None else admission.most_bytes(identity.caller)

    async def identify(self, headers: Mapping[str, str], address: str | None) -> Identity:
        """The caller; reads the database only where it must, and on another thread."""
        identity = self.authentication.identify_at_once(headers, address)
        if identity is not None:
            return identity

        def ask() -> Identity:
            with healthy_connections():
                return self.authentication.identify(headers, address)

        return await sync_to_async(ask, thread_sensitive=False)()


@dataclass(frozen=True, slots=True)
class BesideDjango:
    """ASGI application: Django answers the requests that need its middleware, ``endpoint`` all others."""

    endpoint: Endpoint
    django: App

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = headers_of(scope)
        if self.is_djangos(scope, headers):
            await self.django(scope, receive, send)
        else:
            await self.endpoint.serve(scope, headers, receive, send)

    def is_djangos(self, scope: Scope, headers: Mapping[str, str]) -> bool:
        """Whether Django's middleware must handle the request, or a browser asks for a page."""
        return (
            self.endpoint.authentication.needs_django(headers, secure=is_secure(scope))
            or self.endpoint.handler.wants_page(scope["method"], headers.get("accept", "*/*"))
            or not query_string_of(scope).isascii()
        )


def is_secure(scope: Scope) -> bool:
    """Whether the request came over TLS."""
    return scope.get("scheme") == "https"


class UntilGone:
    """Context manager: cancels the work inside when the client hangs up.

    Only work that takes longer than :data:`WATCH_AFTER_SECONDS` is watched.
    """

    def __init__(self, receive: Receive) -> None:
        self.receive = receive
        self.gone = False
        self.listener: asyncio.Task[None] | None = None

    def __enter__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.task = asyncio.current_task()
        self.timer = self.loop.call_later(WATCH_AFTER_SECONDS, self.watch)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        self.timer.cancel()
        if self.listener is not None:
            self.listener.cancel()
        if not (self.gone and self.task and kind is asyncio.CancelledError):
            return False
        self.task.uncancel()
        return True

    def watch(self) -> None:
        """Begin to listen."""
        self.listener = self.loop.create_task(self.listen())

    async def listen(self) -> None:
        """Wait until the client hangs up. Its request is complete, so it sends nothing else."""
        self.gone = (await self.receive())["type"] == "http.disconnect"
        if self.gone and self.task is not None:
            self.task.cancel()
