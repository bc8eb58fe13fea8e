"""A WebSocket protocol for uvicorn that needs little memory and CPU.

:mod:`uvicorn_http` hands connections over to it, or uvicorn's ``--ws`` names it.

It speaks ASGI's WebSocket messages (https://asgi.readthedocs.io/en/latest/specs/www.html#websocket) like uvicorn's own,
for any application. It has no extensions of WebSocket and so no compression, and sends no pings (graphql-transport-ws
has its own). Of ASGI's extensions it has ``websocket.http.response``, for an answer in one piece. A socket takes a
third of the memory, and half of the CPU to open.
"""

import asyncio
import logging
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote

from uvicorn.config import Config
from uvicorn.protocols.utils import ClientDisconnected, get_local_addr, get_remote_addr, is_ssl
from uvicorn.server import ServerState

from graphql_server.rfc6455 import frames, handshake
from graphql_server.rfc6455.frames import Message, Opcode, Violation
from graphql_server.servers.counted_transport import CountedTransport
from graphql_server.servers.frame_protocol import FrameProtocol

logger = logging.getLogger("uvicorn.error")

UNREAD_MESSAGES: Final = 16
"""Messages that may wait for the application before no more is read from the peer."""
ABNORMAL, SERVICE_RESTART = 1006, 1012

Event = dict[str, Any]


class WebSocketProtocol(FrameProtocol):
    """One connection, from the request that opens it to its end."""

    __slots__ = (
        *("_app_state", "_close_is_sent", "_config", "_counted", "_denial", "_events", "_is_accepted", "_is_lost"),
        *("_is_opening", "_request", "_server_state", "_unanswered_ping", "_waiting", "transport"),
    )

    def __init__(
        self, config: Config, server_state: ServerState, app_state: dict[str, Any], _loop: object = None
    ) -> None:
        if not config.loaded:
            config.load()
        super().__init__(config.ws_max_size)
        self._config = config
        self._server_state = server_state
        self._app_state = app_state
        self._request: handshake.Request | None = None  # Until it is answered.
        self._is_opening = True
        self._counted: CountedTransport | None = None  # Counts the connection until it ends.
        self._events: list[Event] = []
        self._waiting: asyncio.Future[None] | None = None
        self._unanswered_ping: bytes | None = None  # Its pong waits for the transport.
        self._denial: Event | None = None  # The start of an answer that is no WebSocket.
        self._is_accepted = self._close_is_sent = self._is_lost = False

    # --- What the server and the transport call ---------------------------------------------------------------------

    def connection_made(self, transport: Any) -> None:
        """Take the connection over from the HTTP protocol, with its counter or without."""
        if isinstance(transport, CountedTransport):
            self._counted, transport = transport, transport.transport
        self.transport = transport
        self._server_state.connections.add(self)  # type: ignore[arg-type]  # uvicorn knows its own by name

    def data_received(self, data: bytes) -> None:
        """Read the request first, and then frames."""
        if self._is_opening:
            self._is_opening = False
            self._open(data)
        else:
            self.read(data)

    def eof_received(self) -> None:
        """The peer has hung up."""

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is lost: notify the application."""
        self._is_lost = True
        self.lost()
        if self._counted is not None:
            self._counted.lost()
        self._server_state.connections.discard(self)
        self._add_event({"type": "websocket.disconnect", "code": 1005 if self._is_accepted else ABNORMAL})
        self.resume_writing()

    def resume_writing(self) -> None:
        """The transport has room again: send the pong that waits, then let senders go on."""
        super().resume_writing()
        ping, self._unanswered_ping = self._unanswered_ping, None
        if ping is not None and not self._is_lost:
            self._answer_ping(ping)
            self.read()

    def shutdown(self) -> None:
        """The server is shutting down: end within ``END_SECONDS``."""
        if self._is_accepted and not self._close_is_sent:
            self._add_event({"type": "websocket.disconnect", "code": SERVICE_RESTART})
            self._send_close(SERVICE_RESTART)
        elif not self._is_accepted:
            self.transport.write(handshake.response(HTTPStatus.INTERNAL_SERVER_ERROR, ()))
        self.end()

    # --- Opening ----------------------------------------------------------------------------------------------------

    def _open(self, data: bytes) -> None:
        try:
            self._request = handshake.read_request(data)
        except handshake.HandshakeRefused as refused:
            self.transport.write(refused.answer)
            self.end()
            return
        self._events.append({"type": "websocket.connect"})
        task = asyncio.get_running_loop().create_task(self._run(self._scope(self._request)))
        self._server_state.tasks.add(task)
        task.add_done_callback(self._server_state.tasks.discard)

    def _scope(self, request: handshake.Request) -> dict[str, Any]:
        root = self._config.root_path
        return {
            "type": "websocket",
            "asgi": {"version": self._config.asgi_version, "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": "wss" if is_ssl(self.transport) else "ws",
            "server": get_local_addr(self.transport),
            "client": get_remote_addr(self.transport),
            "root_path": root,
            "path": root + unquote(request.path.decode("ascii")),
            "raw_path": root.encode("ascii") + request.path,
            "query_string": request.query,
            "headers": request.headers,
            "subprotocols": request.subprotocols,
            "state": self._app_state.copy(),
            "extensions": {"websocket.http.response": {}},
        }

    async def _run(self, scope: dict[str, Any]) -> None:
        try:
            await self._config.loaded_app(scope, self.receive, self.send)
        except ClientDisconnected:
            pass
        except BaseException:
            logger.exception("Exception in ASGI application")
        if not self._is_accepted and not self.transport.is_closing():
            self.transport.write(handshake.response(HTTPStatus.INTERNAL_SERVER_ERROR, ()))
        if self._end_timer is None:
            self.end()

    # --- From the peer to the application -----------------------------------------------------------------------------

    def take(self, frame: Message) -> None:
        """Hand a message to the application, and answer a control frame."""
        match frame.opcode:
            case Opcode.TEXT if not self._close_is_sent:
                self._add_event({"type": "websocket.receive", "text": frames.text_of(frame.payload)})
            case Opcode.BINARY if not self._close_is_sent:
                self._add_event({"type": "websocket.receive", "bytes": frame.payload})
            case Opcode.PING if not self._close_is_sent:
                self._answer_ping(frame.payload)
            case Opcode.CLOSE:
                self._take_close(*frames.read_close(frame.payload))

    def is_behind(self) -> bool:
        """Whether the application has enough unread messages, or the peer does not read its pongs.

        Peers that leave only messages unread are still read: their pongs show the application how slow they are.
        """
        if self._close_is_sent:
            return False
        return len(self._events) >= UNREAD_MESSAGES or self._unanswered_ping is not None

    def _answer_ping(self, payload: bytes) -> None:
        """Send a pong. While the transport is full, one ping waits and no more frames are read."""
        if self._writable is None:
            self.transport.write(frames.frame(Opcode.PONG, payload))
        else:
            self._unanswered_ping = payload

    def _take_close(self, code: int, reason: str) -> None:
        if not self._close_is_sent:
            self._add_event({"type": "websocket.disconnect", "code": code, "reason": reason})
            self._send_close(code)
        self.end()

    def fail(self, violation: Violation) -> None:
        """Close because of a violation (RFC 6455, 7.1.7)."""
        if self._close_is_sent:
            self.end()
            return
        self._add_event({"type": "websocket.disconnect", "code": violation.code, "reason": violation.reason})
        self._send_close(violation.code, violation.reason)
        self.drain()

    def _add_event(self, event: Event) -> None:
        self._events.append(event)
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    async def receive(self) -> Event:
        """The next ASGI event: a message of the peer, or its end."""
        while not self._events:
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                await self._waiting
            finally:
                self._waiting = None
        event = self._events.pop(0)
        if self._is_paused and not self._events:
            self.read()
        return event

    # --- From the application to the peer -----------------------------------------------------------------------------

    async def send(self, message: Event) -> None:
        """Accept, send or close. Waits while the transport is full.

        Raises:
            ClientDisconnected: the connection is lost.
            RuntimeError: the application may not send this message now.
        """
        while self._writable is not None:
            await self._writable
        if self._is_lost:
            raise ClientDisconnected
        match message["type"]:
            case "websocket.accept" if not self._is_accepted:
                self._accept(message)
            case "websocket.close" if not self._is_accepted:
                self._add_event({"type": "websocket.disconnect", "code": ABNORMAL})
                self.transport.write(handshake.response(HTTPStatus.FORBIDDEN, ()))
                self.end()
            case "websocket.http.response.start" if not self._is_accepted:
                self._denial = message
            case "websocket.http.response.body" if self._denial is not None:
                self._deny(self._denial, message.get("body", b""))
            case "websocket.send" if self._is_open:
                self.transport.write(frame_of(message))
            case "websocket.close" if self._is_open:
                self._close(message.get("code", 1000), message.get("reason") or "")
            case kind if self._is_accepted and self.transport.is_closing():
                raise ClientDisconnected(kind)
            case kind:
                raise RuntimeError(f"An application may not send {kind!r} now.")

    @property
    def _is_open(self) -> bool:
        """Whether messages may be sent."""
        return self._is_accepted and not self._close_is_sent and not self.transport.is_closing()

    def is_clear(self) -> bool:
        """Whether ``send`` would not wait. Then a ready frame may be written to the transport."""
        return self._is_open and self._writable is None

    def limit_messages(self, most_bytes: int) -> None:
        """Fail the connection for messages of more bytes from now on, instead of ``--ws-max-size``."""
        self._reader.max_bytes = most_bytes

    def _accept(self, message: Event) -> None:
        if self._request is None or self.transport.is_closing():
            raise ClientDisconnected
        self._is_accepted = True
        logger.debug("WebSocket %s accepted", self._request.path)
        subprotocol = message.get("subprotocol")
        chosen = [(b"sec-websocket-protocol", subprotocol.encode())] if subprotocol else []
        headers: Iterable[handshake.Header] = message.get("headers", ())
        self.transport.write(handshake.switch(self._request, [*chosen, *self._server_state.default_headers, *headers]))
        self._request = None

    def _deny(self, start: Event, body: bytes) -> None:
        headers = [*self._server_state.default_headers, *start.get("headers", ())]
        self._add_event({"type": "websocket.disconnect", "code": ABNORMAL})
        self.transport.write(handshake.response(HTTPStatus(start["status"]), headers, body))
        self._denial = None
        self.end()

    def _close(self, code: int, reason: str) -> None:
        self._add_event({"type": "websocket.disconnect", "code": code, "reason": reason})
        self._send_close(code, reason)
        self.end_soon()
        self.read()

    def _send_close(self, code: int, reason: str = "") -> None:
        self._close_is_sent = True
        self.transport.write(frames.close_frame(code, reason))


def frame_of(message: Event) -> bytes:
    """The frame of ASGI's ``websocket.send``."""
    data = message.get("bytes")
    if data is not None:
        return frames.frame(Opcode.BINARY, data)
    return frames.frame(Opcode.TEXT, message["text"].encode())
