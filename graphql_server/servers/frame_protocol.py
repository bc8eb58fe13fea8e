"""The bytes below a WebSocket: written while the transport takes them, read in turns, and ended within seconds."""

import asyncio
from typing import Final

from graphql_server.rfc6455 import frames
from graphql_server.rfc6455.frames import FRAGMENT, Message, Reader, Violation
from graphql_server.rfc6455.rate_limit import RateLimit
from graphql_server.servers.counted_transport import END_SECONDS, LINGER_SECONDS

FRAMES_A_TURN: Final = 64
"""How many frames are taken before the event loop gets on with other things."""
FRAMES_PER_SECOND: Final = 400
"""Over ten seconds. A frame that carries little counts as ``SMALL_COST``."""
SMALL_BYTES: Final = 1024
SMALL_COST: Final = 10


def too_many() -> Violation:
    """Of a peer that has sent more frames than it may."""
    return Violation(1008, f"Too many frames: at most {FRAMES_PER_SECOND} a second are allowed")


def cost_of(frame: Message, size: int) -> int:
    """What a frame counts. No client has a reason for many control frames, or for many small fragments."""
    is_small = frame is FRAGMENT and size < SMALL_BYTES
    return SMALL_COST if is_small or frame.opcode & frames.CONTROL else 1


class FrameProtocol(asyncio.Protocol):
    """One connection's transport, and what has been read from it.

    A subclass takes frames by ``take``, and says by ``is_behind`` when it wants no more of them for now.
    """

    __slots__ = ("_end_timer", "_is_draining", "_is_paused", "_rate", "_reader", "_turn", "_writable")

    transport: asyncio.Transport

    def __init__(self, max_bytes: int) -> None:
        loop = asyncio.get_running_loop()
        self._reader = Reader(max_bytes)
        self._rate = RateLimit(FRAMES_PER_SECOND, loop.time())
        self._turn: asyncio.Handle | None = None  # Takes the frames that the last turn has left.
        self._writable: asyncio.Future[None] | None = None  # While the transport holds too much.
        self._end_timer: asyncio.TimerHandle | None = None
        self._is_paused = self._is_draining = False

    # --- Reading ------------------------------------------------------------------------------------------------------

    def take(self, frame: Message) -> None:
        """A message or a control frame has come.

        Raises:
            Violation: the peer has not kept to the protocol.
        """
        raise NotImplementedError

    def fail(self, violation: Violation) -> None:
        """The peer has not kept to the protocol: nothing more is taken from it."""
        raise NotImplementedError

    def is_behind(self) -> bool:
        """Whether what was taken has to be dealt with before more is."""
        raise NotImplementedError

    def read(self, data: bytes = b"") -> None:
        """Take the frames that are whole by now, in turns, and read from the peer only while none waits."""
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
        """Read from the peer only while nothing waits that it has sent."""
        waits = not self._is_draining and (self._turn is not None or self.is_behind())
        if waits != self._is_paused and not self.transport.is_closing():
            self._is_paused = waits
            (self.transport.pause_reading if waits else self.transport.resume_reading)()

    # --- Writing ------------------------------------------------------------------------------------------------------

    def pause_writing(self) -> None:
        """The transport holds too much: whoever sends has to wait."""
        self._writable = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        """It takes more."""
        writable, self._writable = self._writable, None
        if writable is not None and not writable.done():
            writable.set_result(None)

    # --- Ending -------------------------------------------------------------------------------------------------------

    def end(self) -> None:
        """Close the connection once all is written, or cut it after ``END_SECONDS``."""
        self.transport.close()
        self.end_soon()

    def end_soon(self) -> None:
        """Cut the connection after ``END_SECONDS``, if it is still there."""
        if self._end_timer is None:
            self._end_timer = asyncio.get_running_loop().call_later(END_SECONDS, self.transport.abort)

    def drain(self) -> None:
        """Write no more, and end once the peer has closed, too, or after a moment. What it sends is thrown away."""
        self._is_draining = True
        self._reader = Reader(0)  # What it holds is of no use any more.
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
