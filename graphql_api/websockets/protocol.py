"""A WebSocket protocol that costs little: ``uvicorn --ws graphql_api.websockets.protocol:WebSocketProtocol``.

It speaks ASGI's WebSocket messages (https://asgi.readthedocs.io/en/latest/specs/www.html#websocket) like uvicorn's own,
for any application. It has no extensions, so no compression; no pings of its own, which the protocol above it has; and
no ``websocket.http.response``. For that, a socket costs a third of the memory and half of the CPU to open.
"""

import asyncio
import logging
import os
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote

from uvicorn.config import Config
from uvicorn.protocols.utils import ClientDisconnected, get_local_addr, get_remote_addr, is_ssl
from uvicorn.server import ServerState

from graphql_api.websockets import frames, handshake
from graphql_api.websockets.frames import Message, Opcode, Violation

logger = logging.getLogger("uvicorn.error")

CLOSE_SECONDS: Final = 10.0
"""How long a peer may take to answer a close frame."""
UNREAD_MESSAGES: Final = 16
"""How many messages may wait for the application before no more is read from the peer."""
NO_DESCRIPTOR: Final = -1
ABNORMAL, GOING_AWAY, SERVICE_RESTART, INVALID = 1006, 1001, 1012, 1007

Event = dict[str, Any]


class WebSocketProtocol(asyncio.Protocol):
    """One connection, from the request that opens it to its end."""

    __slots__ = (
        *("_app_state", "_close_is_sent", "_close_timer", "_config", "_descriptor", "_events", "_is_accepted"),
        *("_is_lost", "_is_opening", "_is_paused", "_reader", "_request", "_server_state", "_waiting", "_writable"),
        "transport",
    )

    transport: asyncio.Transport

    def __init__(
        self, config: Config, server_state: ServerState, app_state: dict[str, Any], _loop: object = None
    ) -> None:
        if not config.loaded:
            config.load()
        self._config = config
        self._server_state = server_state
        self._app_state = app_state
        self._request: handshake.Request | None = None  # Until it is answered.
        self._is_opening = True
        self._reader = frames.Reader(config.ws_max_size)
        self._events: list[Event] = []
        self._waiting: asyncio.Future[None] | None = None
        self._writable: asyncio.Future[None] | None = None  # While the transport holds too much.
        self._close_timer: asyncio.TimerHandle | None = None
        self._is_accepted = self._is_paused = False
        self._close_is_sent = self._is_lost = False
        self._descriptor = NO_DESCRIPTOR  # Of the open socket, where bytes go to the kernel as they are.

    # --- What the server and the transport call ---------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is handed over by the HTTP protocol."""
        self.transport = transport  # type: ignore[assignment]  # asyncio types it as the base class
        self._server_state.connections.add(self)  # type: ignore[arg-type]  # uvicorn knows its own by name

    def data_received(self, data: bytes) -> None:
        """Take the request, once, and then frames."""
        if self._is_opening:
            self._is_opening = False
            self._open(data)
        elif not self.transport.is_closing():
            try:
                for message in self._reader.feed(data):
                    self._take(message)
            except Violation as violation:
                self._fail(violation)

    def eof_received(self) -> None:
        """The peer has hung up."""

    def connection_lost(self, exc: Exception | None) -> None:
        """There is no peer any more, and soon its descriptor will be another's."""
        self._is_lost = True
        self._descriptor = NO_DESCRIPTOR
        self._server_state.connections.discard(self)
        self._tell({"type": "websocket.disconnect", "code": 1005 if self._is_accepted else ABNORMAL})
        self.resume_writing()
        if self._close_timer is not None:
            self._close_timer.cancel()

    def pause_writing(self) -> None:
        """The transport holds too much: whoever sends has to wait."""
        self._writable = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        """It takes more."""
        writable, self._writable = self._writable, None
        if writable is not None and not writable.done():
            writable.set_result(None)

    def shutdown(self) -> None:
        """The server ends."""
        if self._is_accepted and not self._close_is_sent:
            self._tell({"type": "websocket.disconnect", "code": SERVICE_RESTART})
            self._send_close(SERVICE_RESTART)
        elif not self._is_accepted:
            self.transport.write(handshake.response(HTTPStatus.INTERNAL_SERVER_ERROR, ()))
        self.transport.close()

    # --- Opening ----------------------------------------------------------------------------------------------------

    def _open(self, data: bytes) -> None:
        try:
            self._request = handshake.read_request(data)
        except handshake.Refused as refused:
            self.transport.write(refused.answer)
            self.transport.close()
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
            "extensions": {},
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
        if self._close_timer is None:
            self._descriptor = NO_DESCRIPTOR
            self.transport.close()

    # --- From the peer to the application -----------------------------------------------------------------------------

    def _take(self, message: Message) -> None:
        match message.opcode:
            case Opcode.TEXT if not self._close_is_sent:
                self._tell({"type": "websocket.receive", "text": text_of(message.payload)})
            case Opcode.BINARY if not self._close_is_sent:
                self._tell({"type": "websocket.receive", "bytes": message.payload})
            case Opcode.PING if not self._close_is_sent:
                self.transport.write(frames.frame(Opcode.PONG, message.payload))
            case Opcode.CLOSE:
                self._take_close(*frames.read_close(message.payload))

    def _take_close(self, code: int, reason: str) -> None:
        if not self._close_is_sent:
            self._tell({"type": "websocket.disconnect", "code": code, "reason": reason})
            self._send_close(code)
        self.transport.close()

    def _fail(self, violation: Violation) -> None:
        """Close for what the peer has done (7.1.7)."""
        if not self._close_is_sent:
            self._tell({"type": "websocket.disconnect", "code": violation.code, "reason": violation.reason})
            self._send_close(violation.code, violation.reason)
        self.transport.close()

    def _tell(self, event: Event) -> None:
        self._events.append(event)
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
        if len(self._events) >= UNREAD_MESSAGES and not self._is_paused and not self.transport.is_closing():
            self._is_paused = True
            self.transport.pause_reading()

    async def receive(self) -> Event:
        """The next thing that the peer has said or done."""
        while not self._events:
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                await self._waiting
            finally:
                self._waiting = None
        event = self._events.pop(0)
        if self._is_paused and not self._events and not self.transport.is_closing():
            self._is_paused = False
            self.transport.resume_reading()
        return event

    # --- From the application to the peer -----------------------------------------------------------------------------

    async def send(self, message: Event) -> None:
        """Accept, send or close; waits while the transport holds too much.

        Raises:
            ClientDisconnected: there is no peer any more.
            RuntimeError: the message is not one that may come now.
        """
        while self._writable is not None:
            await self._writable
        if self._is_lost:
            raise ClientDisconnected
        match message["type"]:
            case "websocket.accept" if not self._is_accepted:
                self._accept(message)
            case "websocket.close" if not self._is_accepted:
                self._tell({"type": "websocket.disconnect", "code": ABNORMAL})
                self.transport.write(handshake.response(HTTPStatus.FORBIDDEN, ()))
                self.transport.close()
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
        """Whether ``send`` would not wait: then a ready frame may be written to the transport instead."""
        return self._is_open and self._writable is None

    def put(self, data: bytes) -> None:
        """Write ready frames, in order with all else: what the kernel takes now, and by the transport the rest.

        uvloop's transport gathers what is written until the loop's turn ends: to thousands of sockets, that is a second
        walk past all of them.
        """
        written = 0
        if self._descriptor != NO_DESCRIPTOR and not self.transport.get_write_buffer_size():
            try:
                written = os.write(self._descriptor, data)
            except OSError:  # It takes nothing now, or never again, which the transport finds out where it can say so.
                written = 0
        if written < len(data):
            self.transport.write(data[written:])

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
        if not is_ssl(self.transport):
            self._descriptor = self.transport.get_extra_info("socket").fileno()

    def _close(self, code: int, reason: str) -> None:
        self._tell({"type": "websocket.disconnect", "code": code, "reason": reason})
        self._send_close(code, reason)
        self._close_timer = asyncio.get_running_loop().call_later(CLOSE_SECONDS, self.transport.close)
        if self._is_paused:
            self._is_paused = False
            self.transport.resume_reading()

    def _send_close(self, code: int, reason: str = "") -> None:
        self._close_is_sent = True
        self._descriptor = NO_DESCRIPTOR
        self.transport.write(frames.close_frame(code, reason))


def text_of(payload: bytes) -> str:
    """The text of a text message.

    Raises:
        Violation: it is none.
    """
    try:
        return payload.decode()
    except UnicodeDecodeError:
        raise Violation(INVALID, "invalid UTF-8") from None


def frame_of(message: Event) -> bytes:
    """The frame of ASGI's ``websocket.send``."""
    data = message.get("bytes")
    if data is not None:
        return frames.frame(Opcode.BINARY, data)
    return frames.frame(Opcode.TEXT, message["text"].encode())
