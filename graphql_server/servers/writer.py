"""The one interface by which bytes reach a socket, and its implementation for any ASGI server."""

from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any

from graphql_server.asgi_types import Send
from graphql_server.rfc6455.frames import Opcode, frame

Put = Callable[[bytes], object]


class Writer:
    """Writes to one accepted socket and ends it, by ASGI's ``send`` alone.

    Each subclass is for one server, and adds what ASGI has no message for.
    """

    __slots__ = ("put", "send")

    def __init__(self, send: Send) -> None:
        self.send = send
        self.put: Put | None = None
        """Sends a ready WebSocket frame at once, even if other bytes wait; None where that is not possible.

        Once the socket closes it drops the frame, or raises RuntimeError.
        """

    def write(self, text: bytes) -> Awaitable[None] | None:
        """Send one text message. None: it is sent; else await the rest."""
        return driven(self.send({"type": "websocket.send", "text": text.decode()}))

    def unsent(self) -> int:
        """Bytes that the server still holds for this peer; 0 where that is not known."""
        return 0

    def limit_messages(self, most_bytes: int) -> None:
        """Let the server fail the socket for messages of more than twice as many bytes, where it can.

        The application refuses messages between the two sizes, with a more exact reason.
        """

    async def close(self, code: int, reason: str) -> None:
        """Close the socket."""
        await self.send({"type": "websocket.close", "code": code, "reason": reason})

    def abort(self) -> None:
        """Abort the TCP connection and drop unsent bytes. Does nothing where that is not possible."""

    def release(self) -> None:
        """Break reference cycles of the server's objects, once the peer is gone: garbage is collected hours later."""


class FrameWriter(Writer):
    """Writes ready frames to the transport while the transport has room.

    A ready frame (RFC 6455, 5.2: a server does not mask frames) costs at most half as much as a message. Where ``send``
    would wait, ``send`` is used.
    """

    __slots__ = ()

    def write(self, text: bytes) -> Awaitable[None] | None:
        """Put a frame, unless the socket closes or the transport holds too much."""
        if self.put is None or not self.is_clear():
            return super().write(text)
        self.put(frame(Opcode.TEXT, text))
        return None

    def is_clear(self) -> bool:
        """Whether the socket is open and ``send`` would not wait."""
        raise NotImplementedError


def driven(work: Awaitable[None]) -> Awaitable[None] | None:
    """Run a coroutine until it first waits. None: it has ended; else await the rest of it."""
    if not isinstance(work, Coroutine):
        return work
    try:
        waited_for = work.send(None)
    except StopIteration:
        return None
    return Rest(work, waited_for)


class Rest:
    """The rest of a coroutine that was driven to where it waits."""

    __slots__ = ("_waited_for", "_work")

    def __init__(self, work: Coroutine[Any, Any, None], waited_for: object) -> None:
        self._work = work
        self._waited_for = waited_for

    def __await__(self) -> Generator[Any, Any, None]:
        yield self._waited_for
        return (yield from self._work.__await__())
