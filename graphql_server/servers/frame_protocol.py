"""The connection below a WebSocket: reads frames within limits, waits while the transport is full, ends in seconds."""

import asyncio
from typing import Final

from graphql_server.rfc6455 import frames
from graphql_server.rfc6455.frames import FRAGMENT, Message, Reader, Violation
from graphql_server.rfc6455.rate_limit import RateLimit
from graphql_server.servers.counted_transport import END_SECONDS, LINGER_SECONDS

FRAMES_A_TURN: Final = 64
"""Frames that are read before the event loop runs other work."""
FRAMES_PER_SECOND: Final = 400
"""The mean over ten seconds. A small frame counts as ``SMALL_COST`` frames."""
SMALL_BYTES: Final = 1024
SMALL_COST: Final = 10


def too_many() -> Violation:
    """The violation of a peer that has sent too many frames."""
    return Violation(1008, f"Too many frames: at most {FRAMES_PER_SECOND} a second are allowed")


def cost_of(frame: Message, size: int) -> int:
    """The number of frames as which this frame counts. Clients need neither many control frames nor small fragments."""
    is_small = frame is FRAGMENT and size < SMALL_BYTES
    return SMALL_COST if is_small or frame.opcode & frames.CONTROL else 1


class FrameProtocol(asyncio.Protocol):
    """A connection: its transport, and the reader of its frames.

    A subclass handles frames in ``take``. While its ``is_behind`` returns True, no more frames are read.
    """

    __slots__ = ("_end_timer", "_is_draining", "_is_paused", "_rate", "_reader", "_turn", "_writable")

    transport: asyncio.Transport

    def __init__(self, max_bytes: int) -> None:
        loop = asyncio.get_running_loop()
        self._reader = Reader(max_bytes)
        self._rate = RateLimit(FRAMES_PER_SECOND, loop.time())
        self._turn: asyncio.Handle | None = None  # Reads the frames that the last turn left.
        self._writable: asyncio.Future[None] | None = None  # Set while the transport is full.
        self._end_timer: asyncio.TimerHandle | None = None
        self._is_paused = self._is_draining = False

    # --- Reading ------------------------------------------------------------------------------------------------------

    def take(self, frame: Message) -> None:
        """Handle a message or a control frame.

        Raises:
            Violation: the peer has broken the protocol.
        """
        raise NotImplementedError

    def fail(self, violation: Violation) -> None:
        """End the connection of a peer that has broken the protocol."""
        raise NotImplementedError

    def is_behind(self) -> bool:
        """Whether the frames read so far must be handled before more are read."""
        raise NotImplementedError

    def read(self, data: bytes = b"") -> None:
        """Handle the frames that are complete, in turns. Reading from the peer stops while frames wait."""
        if self._is_draining or self.transport.is_closing():
            return
        if data:
            self._reader.feed(data)
        if self._turn is None:
            self._take_turn()

    def _take_turn(self) -> None:
        self._turn = None
        if self._is_draining or self.transport.is_closing():
            return
        try:
            self._take_frames()
        except Violation as violation:
            self.fail(violation)
        else:
            self.update_reading()

    def _take_frames(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for _ in range(FRAMES_A_TURN):
            if self.is_behind() or (frame := self._reader.next_frame()) is None:
                return
            if not self._rate.allows(now, cost_of(frame, self._reader.size)):
                raise too_many()
            if frame is not FRAGMENT:
                self.take(frame)
            if self._is_draining or self.transport.is_closing():
                return
        self._turn = loop.call_soon(self._take_turn)

    def update_reading(self) -> None:
        """Read from the peer only while none of its frames wait."""
        waits = not self._is_draining and (self._turn is not None or self.is_behind())
        if waits != self._is_paused and not self.transport.is_closing():
            self._is_paused = waits
            (self.transport.pause_reading if waits else self.transport.resume_reading)()

    # --- Writing ------------------------------------------------------------------------------------------------------

    def pause_writing(self) -> None:
        """The transport is full: senders have to wait."""
        self._writable = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        """The transport has room again: senders go on."""
        writable, self._writable = self._writable, None
        if writable is not None and not writable.done():
            writable.set_result(None)

    # --- Ending -------------------------------------------------------------------------------------------------------

    def end(self) -> None:
        """Close the connection once all bytes are written. Abort it after ``END_SECONDS``."""
        self.transport.close()
        self.end_soon()

    def end_soon(self) -> None:
        """Abort the connection after ``END_SECONDS``, if it is still open."""
        if self._end_timer is None:
            self._end_timer = asyncio.get_running_loop().call_later(END_SECONDS, self.transport.abort)

    def drain(self) -> None:
        """Write no more, ignore all input, and end once the peer closes or after ``LINGER_SECONDS``."""
        self._is_draining = True
        self._reader = Reader(0)  # Frees the bytes that were read.
        self.update_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.end_soon()
        asyncio.get_running_loop().call_later(LINGER_SECONDS, self.transport.close)

    def lost(self) -> None:
        """The connection is lost: stop all timers."""
        for timer in (self._end_timer, self._turn):
            if timer is not None:
                timer.cancel()
        self._turn = None
