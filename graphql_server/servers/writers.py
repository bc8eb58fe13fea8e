"""Hands text messages to the server at once, without a task: through ASGI's ``send``, or as ready frames.

A ready frame (RFC 6455, 5.2: a server's are not masked) goes straight to the transport of uvicorn or Daphne, which
saves half of what a message costs, or more. Wherever that is not what is running, or it compresses, or is closing or
held up, ``send`` is used, and nothing else is different.
"""

from collections.abc import Awaitable, Callable, Coroutine, Generator
from functools import partial
from typing import Any, Protocol

from graphql_server.rfc6455.frames import Opcode, frame
from graphql_server.servers import asgi
from graphql_server.servers.daphne import DaphneSocket

Put = Callable[[bytes], object]


class Writer(Protocol):
    """The ways to write to an accepted socket."""

    @property
    def put(self) -> Put | None:
        """Hands over a ready frame, whatever the peer has taken so far; None where there is no such way."""

    def write(self, text: bytes) -> Awaitable[None] | None:
        """Hand over one text message. None: it is done; else what the server makes its callers wait for."""


def writer_of(send: asgi.Send, *, ready_frames: bool) -> Writer:
    """The ways that there are here."""
    return (ready_frames_to(send) if ready_frames else None) or ThroughSend(send)


def write_through(send: asgi.Send, text: bytes) -> Awaitable[None] | None:
    """Call ``send``, which seldom waits, up to where it does."""
    return drive(send({"type": "websocket.send", "text": text.decode()}))


def drive(work: Awaitable[None]) -> Awaitable[None] | None:
    """Run to where it has to wait for the first time; None if it has ended before, else what is left of it."""
    if not isinstance(work, Coroutine):
        return work
    try:
        waited_for = work.send(None)
    except StopIteration:
        return None
    return Rest(work, waited_for)


class Rest:
    """What is left of a coroutine that was driven to where it waits."""

    __slots__ = ("_waited_for", "_work")

    def __init__(self, work: Coroutine[Any, Any, None], waited_for: object) -> None:
        self._work = work
        self._waited_for = waited_for

    def __await__(self) -> Generator[Any, Any, None]:
        yield self._waited_for
        return (yield from self._work.__await__())


class ThroughSend:
    """ASGI's way, on any server."""

    __slots__ = ("_send", "put")

    def __init__(self, send: asgi.Send) -> None:
        self._send = send
        self.put: Put | None = None

    def write(self, text: bytes) -> Awaitable[None] | None:
        """Call ``send`` up to where it waits."""
        return write_through(self._send, text)


class ReadyFrames:
    """Ready frames to the transport, as long as it does not hold too much already.

    Once a socket closes, the transport drops what is put, or raises RuntimeError.
    """

    __slots__ = ("_is_clear", "_send", "put")

    def __init__(self, send: asgi.Send, put: Put, is_clear: Callable[[], bool]) -> None:
        self._send = send
        self._is_clear = is_clear
        self.put: Put | None = put

    def write(self, text: bytes) -> Awaitable[None] | None:
        """Put it, unless the socket closes or the transport holds too much."""
        if self.put is None or not self._is_clear():
            return write_through(self._send, text)
        self.put(frame(Opcode.TEXT, text))
        return None


def ready_frames_to(send: asgi.Send) -> Writer | None:
    """Ready frames, on uvicorn with our protocol, and with its own or Daphne's where that does not compress."""
    protocol: Any = asgi.protocol_of(send)
    if socket := DaphneSocket.of(protocol):
        return ReadyFrames(send, socket.put, socket.is_clear)
    match type(protocol).__name__:
        case "WebSocketProtocol" if is_clear := getattr(protocol, "is_clear", None):
            return ReadyFrames(send, protocol.put, is_clear)
        case "WebSocketsSansIOProtocol" if not protocol.conn.extensions:
            return ReadyFrames(send, protocol.transport.write, partial(sansio_is_clear, protocol, protocol.conn.state))
    return None


def sansio_is_clear(protocol: Any, is_open: object) -> bool:
    """Whether uvicorn's sans-IO protocol would take a message at once."""
    return protocol.conn.state is is_open and not protocol.close_sent and bool(protocol.writable.is_set())
