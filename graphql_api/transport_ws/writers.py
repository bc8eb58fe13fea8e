"""Hands text messages to the server at once, without a task: through ASGI's ``send``, or as ready frames.

A ready frame (RFC 6455, 5.2: a server's are not masked) goes straight to the transport of uvicorn's sans-IO protocol,
which saves it half of what a message costs. Wherever that is not what is running, or it compresses, or is closing or
held up, ``send`` is used, and nothing else is different.
"""

from collections.abc import Awaitable, Callable, Coroutine, Generator
from functools import partial
from typing import Any, Final

from graphql_api.transport_ws import asgi

Write = Callable[[bytes], Awaitable[None] | None]
"""Hands over one text message. None: it is done; else the server makes its callers wait, and this is what for."""

SMALL: Final = 126  # From here on two more bytes say how long a frame is, from LARGE on eight.
LARGE: Final = 65_536


def writer_of(send: asgi.Send, *, ready_frames: bool) -> Write:
    """The way to write to an accepted socket."""
    return (sansio_writer(send) if ready_frames else None) or partial(write_through, send)


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


def sansio_writer(send: asgi.Send) -> Write | None:
    """Ready frames for uvicorn's sans-IO protocol; None on any other server, or where messages are compressed."""
    protocol: Any = getattr(send, "__self__", None)
    if type(protocol).__name__ != "WebSocketsSansIOProtocol" or protocol.conn.extensions:
        return None
    connection, transport, writable = protocol.conn, protocol.transport, protocol.writable
    is_open, put = connection.state, transport.write

    def write(text: bytes) -> Awaitable[None] | None:
        if connection.state is not is_open or protocol.close_sent or not writable.is_set():
            return write_through(send, text)
        size = len(text)
        if size < SMALL:
            put(b"\x81" + size.to_bytes(1, "big") + text)
        elif size < LARGE:
            put(b"\x81\x7e" + size.to_bytes(2, "big") + text)
        else:
            put(b"\x81\x7f" + size.to_bytes(8, "big") + text)
        return None

    return write
