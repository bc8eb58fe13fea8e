"""Additions to Daphne's sockets: limits for what a peer sends, and a cheaper way for ready frames.

Daphne's ``send`` goes through autobahn, which builds a new frame for each peer.
"""

import asyncio
from collections.abc import Hashable
from contextlib import suppress
from functools import lru_cache
from socket import socket
from time import monotonic
from typing import Any, Final, cast

from graphql_server.asgi_types import Send
from graphql_server.rfc6455.rate_limit import RateLimit
from graphql_server.servers.frame_protocol import FRAMES_PER_SECOND, SMALL_BYTES, SMALL_COST, too_many
from graphql_server.servers.writer import FrameWriter, Writer

OPEN: Final = 3
"""autobahn's state of a socket that is neither opening nor closing."""
MODULE: Final = "daphne.ws_protocol"


SLICE_BYTES: Final = 4096
"""Bytes that autobahn gets at a time. It handles all frames in them, even after a frame that breaks the protocol."""
UNREAD_MESSAGES: Final = 16
POLL_SECONDS: Final = 0.05
CLOSE_SECONDS: Final = 10
"""Seconds in which a peer must read what precedes the close, and answer it; autobahn's own limit is one second."""
UNSENT_BYTES: Final = 65_536
"""While more bytes than this wait for a peer, its pings are not answered."""


def bound(protocol: Any) -> None:
    """Limit what the peer of a Daphne socket may send. Call this once the socket is accepted.

    Frames count as in our own protocol. A violation closes with its code; Daphne alone would drop the connection.
    """
    if type(protocol).__module__ == MODULE and not isinstance(protocol, Bounds):
        protocol.__class__ = bounded(cast("Hashable", type(protocol)))
        protocol.failByDrop = False
        protocol.rate = RateLimit(FRAMES_PER_SECOND, monotonic())
        protocol.has_failed = False


@lru_cache
def bounded(daphnes: Any) -> Any:
    """Daphne's protocol class, with :class:`Bounds`."""
    return type(daphnes.__name__, (Bounds, daphnes), {"__module__": MODULE})


class Bounds:
    """A mixin for Daphne's WebSocketProtocol. The methods that it overrides are public in autobahn."""

    rate: RateLimit
    has_failed: bool
    """Whether the peer has sent too many frames. Its further bytes are ignored."""

    def dataReceived(self: Any, data: bytes) -> None:  # noqa: N802  # Twisted's
        """Read bytes until the socket fails; autobahn drops it a second later."""
        for start in range(0, len(data), SLICE_BYTES):
            if self.has_failed or self.state == self.STATE_CLOSED:
                return
            super().dataReceived(data[start : start + SLICE_BYTES])  # type: ignore[misc]  # a mixin's

    def onFrameBegin(self: Any) -> None:  # noqa: N802  # autobahn's
        """Count a frame."""
        frame = self.current_frame
        is_small = frame.opcode > 7 or (not frame.fin and frame.length < SMALL_BYTES)  # control frames
        if not self.has_failed and not self.rate.allows(monotonic(), SMALL_COST if is_small else 1):
            self.has_failed = True
            violation = too_many()
            self._fail_connection(violation.code, violation.reason)
        super().onFrameBegin()  # type: ignore[misc]  # as above

    def onPing(self: Any, payload: bytes) -> None:  # noqa: N802  # autobahn's
        """Answer a ping, unless the peer does not read the answers."""
        if unsent(self.transport) <= UNSENT_BYTES:
            super().onPing(payload)  # type: ignore[misc]  # as above

    def onMessage(self: Any, payload: bytes, isBinary: bool) -> None:  # noqa: N802, N803  # autobahn's
        """Hand a message to the application. Reading stops while ``UNREAD_MESSAGES`` wait for the application."""
        super().onMessage(payload, isBinary)  # type: ignore[misc]  # as above
        if self.application_queue.qsize() == UNREAD_MESSAGES:
            self.transport.pauseProducing()
            self.resume_when_read()

    def resume_when_read(self: Any) -> None:
        """Read on once the application has taken its messages."""
        if self.state != self.STATE_CLOSED and self.application_queue.qsize() >= UNREAD_MESSAGES:
            asyncio.get_running_loop().call_later(POLL_SECONDS, self.resume_when_read)
        else:
            self.transport.resumeProducing()

    def limit_messages(self: Any, most_bytes: int) -> None:
        """Fail the connection for larger messages from now on."""
        self.maxMessagePayloadSize = self.maxFramePayloadSize = most_bytes


def close(protocol: Any, code: int, reason: str) -> None:
    """Send a close frame; Daphne's own close drops the reason and refuses codes like 1001."""
    protocol.closeHandshakeTimeout = CLOSE_SECONDS
    protocol.sendCloseFrame(code=code, reasonUtf8=reason.encode())


def unsent(transport: Any) -> int:
    """The bytes in the buffers of a Twisted transport."""
    buffered: int = len(getattr(transport, "dataBuffer", b"")) - getattr(transport, "offset", 0)
    return buffered + int(getattr(transport, "_tempDataLen", 0))


def socket_of(transport: Any) -> socket | None:
    """The socket of a Twisted transport; None under TLS."""
    handle = transport.getHandle()
    return handle if isinstance(handle, socket) else None


def put_bytes(transport: Any, handle: socket | None, data: bytes) -> None:
    """Write at once if nothing waits; else let Twisted write it behind what waits."""
    sent = 0
    if handle is not None and not unsent(transport):
        with suppress(OSError):  # The kernel has no room, or the peer is gone, which Twisted finds out too.
            sent = handle.send(data)
    if sent < len(data):
        transport.write(data[sent:])


class PublicDaphneWriter(Writer):
    """Writes to one of Daphne's sockets by public parts of autobahn and Twisted alone.

    Unsent bytes are not seen, so the window of unanswered bytes is all that bounds them, and frames are not bounded.
    """

    __slots__ = ("protocol", "transport")

    def __init__(self, send: Send, protocol: Any) -> None:
        super().__init__(send)
        self.protocol = protocol
        self.transport = protocol.transport

    async def close(self, code: int, reason: str) -> None:
        """Send a close frame."""
        close(self.protocol, code, reason)

    def abort(self) -> None:
        """Cut the connection."""
        self.transport.abortConnection()


class DaphneWriter(FrameWriter, PublicDaphneWriter):
    """Writes ready frames to the kernel or to Twisted's transport, and bounds what the peer may send.

    That saves autobahn's work, and where nothing waits, Twisted's wait for the event loop: two system calls and a
    callback for each frame. Where frames are compressed or cut, ``send`` is used.
    """

    __slots__ = ("handle",)

    def __init__(self, send: Send, protocol: Any, *, ready_frames: bool) -> None:
        PublicDaphneWriter.__init__(self, send, protocol)
        bound(protocol)
        self.handle = socket_of(self.transport)
        if ready_frames and not protocol.websocket_extensions_in_use and not protocol.autoFragmentSize:
            self.put = self.put_frame

    def is_clear(self) -> bool:
        """Whether the socket is open."""
        state: int = self.protocol.state
        return state == OPEN

    def put_frame(self, data: bytes) -> None:
        """Write the frame as :func:`put_bytes` does.

        Raises:
            RuntimeError: the socket is closing.
        """
        if not self.is_clear():
            raise RuntimeError("The socket is closing.")
        put_bytes(self.transport, self.handle, data)

    def unsent(self) -> int:
        """The bytes in Twisted's buffers. Daphne's ``send`` never waits, and buffers without bound."""
        return unsent(self.transport)

    def limit_messages(self, most_bytes: int) -> None:
        """Fail the socket for messages of more than twice as many bytes."""
        self.protocol.limit_messages(2 * most_bytes)
