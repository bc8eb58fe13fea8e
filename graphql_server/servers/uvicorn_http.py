"""uvicorn's HTTP protocol with limits: for a request's head, for silence, for peers that do not read, and for the end.

With httptools uvicorn limits none of these. This is the one place that overrides uvicorn's HTTP classes;
:mod:`versions` has the versions that it was tried on. A WebSocket that begins here goes on with
:class:`WebSocketProtocol`, unless ``--ws`` says otherwise.
"""

import asyncio
from http import HTTPStatus
from typing import Any, ClassVar, Final

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from graphql_server.limits import ConnectionLimits
from graphql_server.rfc6455 import handshake
from graphql_server.servers.counted_transport import CountedTransport
from graphql_server.servers.uvicorn_websocket import WebSocketProtocol

SHUTDOWN_SECONDS: Final = 20
"""Seconds that running requests have when the server ends, unless ``--timeout-graceful-shutdown`` says otherwise."""
HEADER_OVERHEAD: Final = 4
"""The bytes around a header's name and value."""


class HeadTooLarge(Exception):
    """A request's head is too long."""


class HttpProtocol(HttpToolsProtocol):
    """One connection, until it ends or becomes a WebSocket."""

    limits: ClassVar[ConnectionLimits] = ConnectionLimits()
    has_bounds: ClassVar = True

    transport: Any  # A CountedTransport.

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        if config.ws == "auto":
            self.ws_protocol_class = WebSocketProtocol
        if config.timeout_graceful_shutdown is None:
            config.timeout_graceful_shutdown = SHUTDOWN_SECONDS
        self._counted: CountedTransport | None = None
        self._is_handed_over = False  # For a WebSocket.
        self._head_bytes = 0  # Of the head, as far as it was parsed.
        self._unparsed_bytes = 0  # Of the head, as it came.
        self._is_in_head = self._has_begun = True
        self._head_timer: asyncio.TimerHandle | None = None
        self._stall_timer: asyncio.TimerHandle | None = None

    # --- The connection -----------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Count the connection, and wait for a request."""
        self._counted = connection = CountedTransport(transport)
        if connection.are_too_many(self.limits.connections):
            self.transport = connection
            transport.abort()
            return
        super().connection_made(connection)  # type: ignore[arg-type]  # it stands for a transport
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """There is no peer any more."""
        self._stop_timers()
        super().connection_lost(exc)
        if self._counted is not None:
            self._counted.lost()

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over to the WebSocket protocol."""
        self._stop_timers()
        super().handle_websocket_upgrade()
        self._is_handed_over = True
        self.parser = None  # type: ignore[assignment]  # as uvicorn does; it would be left to the garbage collector

    def shutdown(self) -> None:
        """The server is shutting down. Requests in progress have the time that the server gives them."""
        super().shutdown()
        if not self.transport.is_closing():
            seconds = self.config.timeout_graceful_shutdown or SHUTDOWN_SECONDS
            self.loop.call_later(seconds, self.transport.abort)

    def _stop_timers(self) -> None:
        for timer in (self._head_timer, self._stall_timer):
            if timer is not None:
                timer.cancel()
        self._head_timer = self._stall_timer = None

    # --- A request's head ---------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Parse bytes that are within the limits. After a close they are ignored."""
        if self.transport.is_closing():
            return
        self._has_begun = False
        super().data_received(data)
        if self._is_handed_over or self.transport.is_closing():
            return
        if self._head_timer is None and not self._is_waiting():
            return
        if self._is_in_head and not self._has_begun:
            self._unparsed_bytes += len(data)
            if self._unparsed_bytes > self.limits.head_bytes:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
                return
        if self._is_waiting():
            self._wait_for_head()
        elif self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _is_waiting(self) -> bool:
        """Whether no request is in progress, except for an incomplete head."""
        return self._is_in_head or self.cycle is None or self.cycle.response_complete

    def _wait_for_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self.limits.head_seconds, self._head_is_late)

    def _head_is_late(self) -> None:
        self._head_timer = None
        if self.cycle is not None and not self.cycle.response_complete:
            self._wait_for_head()  # Part of the next request has come in the meantime.
        elif self._is_in_head and self._unparsed_bytes + self._head_bytes:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.transport.close()

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._is_in_head = self._has_begun = self.transport.is_in_request = True
        self._head_bytes = self._unparsed_bytes = 0

    def on_url(self, url: bytes) -> None:
        """A part of the request line."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or a trailer behind a body in chunks."""
        self._count(len(name) + len(value) + HEADER_OVERHEAD)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The request goes to the application."""
        self._is_in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is complete."""
        self.transport.is_in_request = False
        super().on_message_complete()

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > self.limits.head_bytes:
            raise HeadTooLarge

    def send_400_response(self, msg: str) -> None:
        """Refuse a request that the parser does not accept."""
        if self._head_bytes > self.limits.head_bytes:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        else:
            self._refuse(HTTPStatus.BAD_REQUEST, msg)

    def _refuse(self, status: HTTPStatus, reason: str = "") -> None:
        """Answer, unless another answer has begun, and close."""
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            body = f"{reason or status.description or status.phrase}\n".encode()
            self.transport.write(handshake.response(status, self.server_state.default_headers, body))
        self.transport.close()

    # --- A peer that does not read ------------------------------------------------------------------------------------

    def pause_writing(self) -> None:
        """The transport is full: the peer has to read."""
        super().pause_writing()
        self._check_later(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """The peer has read enough in time."""
        super().resume_writing()
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None

    def _check_later(self, held: int) -> None:
        self._stall_timer = self.loop.call_later(self.limits.stall_seconds, self._check_stall, held)

    def _check_stall(self, held: int) -> None:
        """Abort the connection of a peer that has read too little since ``held`` bytes waited."""
        holds = self.transport.get_write_buffer_size()
        if held - holds < self.limits.stall_bytes:
            self.transport.abort()
        else:
            self._check_later(holds)
