"""Hands text messages to the server at once, without a task: through ASGI's ``send``, or as ready frames.

A ready frame (RFC 6455, 5.2: a server's are not masked) goes straight to the transport of uvicorn's sans-IO protocol,
which saves it half of what a message costs. Wherever that is not what is running, or it compresses, or is closing or
held up, ``send`` is used, and nothing else is different.
"""

from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, Final, Protocol

from graphql_api.transport_ws import asgi

SMALL: Final = 126  # From here on two more bytes say how long a frame is, from LARGE on eight.
LARGE: Final = 65_536


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
    found = sansio_writer(send) if ready_frames else None
    return found or ThroughSend(send)


def framed(text: bytes) -> bytes:
    """A text message as one frame of a server's."""
    size = len(text)
    if size < SMALL:
        return b"\x81" + size.to_bytes(1, "big") + text
    if size < LARGE:
        return b"\x81\x7e" + size.to_bytes(2, "big") + text
    return b"\x81\x7f" + size.to_bytes(8, "big") + text


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


class SansioWriter:
    """Ready frames to the transport of uvicorn's sans-IO protocol.

    Once a socket closes, the transport drops what is put, or raises RuntimeError.
    """

    __slots__ = ("_is_open", "_protocol", "_send", "put")

    def __init__(self, send: asgi.Send, protocol: Any) -> None:
        self._send = send
        self._protocol = protocol
        self._is_open = protocol.conn.state
        self.put: Put | None = protocol.transport.write

    def write(self, text: bytes) -> Awaitable[None] | None:
        """Put it, unless the socket closes or the transport holds too much already."""
        protocol = self._protocol
        if protocol.conn.state is not self._is_open or protocol.close_sent or not protocol.writable.is_set():
            return write_through(self._send, text)
        protocol.transport.write(framed(text))
        return None


def sansio_writer(send: asgi.Send) -> Writer | None:
    """Ready frames for uvicorn's sans-IO protocol; None on any other server, or where messages are compressed."""
    protocol: Any = getattr(send, "__self__", None)
    if type(protocol).__name__ != "WebSocketsSansIOProtocol" or protocol.conn.extensions:
        return None
    return SansioWriter(send, protocol)
