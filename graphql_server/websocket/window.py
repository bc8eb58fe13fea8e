"""Counts the bytes that may be sent before the peer answers a ping. This module sends nothing itself."""

import asyncio

MAX_PINGS_REMEMBERED = 64


class Window:
    """Counts the bytes sent since the last ping that the peer has answered.

    A peer answers in order, so the n-th pong says that all that was sent before the n-th ping has arrived. Pongs need
    not repeat a ping's payload (gql's do not), so they are matched by their number.
    """

    __slots__ = (
        *("_answered_at", "_holds", "_opened", "_pinged_at", "_pings", "_quarter"),
        *("_is_direct", "free", "sent", "size"),
    )

    def __init__(self, size: int, *, is_direct: bool = False) -> None:
        self.size = size
        self._is_direct = is_direct
        self.sent = 0
        """Bytes that were sent since the start."""
        self.free = -1
        """The value of ``sent`` at which a ping is due; -1 if ready frames may not be sent directly."""
        self._quarter = size // 4
        self._answered_at = self._pinged_at = self._holds = 0
        self._pings: list[int] = []
        self._opened: asyncio.Event | None = None
        self._measure()

    @property
    def unanswered(self) -> int:
        """Bytes that the peer has not confirmed yet."""
        return self.sent - self._answered_at

    @property
    def ping_is_due(self) -> bool:
        """Whether a quarter of the window was sent since the last ping."""
        return self.sent - self._pinged_at >= self._quarter

    @property
    def ping_would_help(self) -> bool:
        """Whether anything was sent since the last ping."""
        return self.sent > self._pinged_at

    def fits(self, size: int) -> bool:
        """Whether ``size`` bytes may be sent now. More than half a window counts as half, or could wait forever."""
        unanswered = self.sent - self._answered_at
        return unanswered + size <= self.size or unanswered + self.size // 2 <= self.size < 2 * size

    def count(self, size: int) -> None:
        """Count ``size`` bytes that were sent."""
        self.sent += size

    def pinged(self) -> None:
        """Remember that a ping was sent. Call this after counting the ping's bytes."""
        self._pinged_at = self.sent
        self._pings.append(self.sent)
        if len(self._pings) > MAX_PINGS_REMEMBERED:
            del self._pings[0]
        self._measure()

    def answered(self) -> None:
        """Count a pong. A pong without a ping has no effect."""
        if not self._pings:
            return
        self._answered_at = self._pings.pop(0)
        self._measure()
        self._wake()

    def end(self) -> None:
        """Let nothing be sent directly any more."""
        self._is_direct = False
        self._measure()

    @property
    def is_held(self) -> bool:
        """Whether a message waits for the server."""
        return self._holds > 0

    def hold(self) -> None:
        """A message waits for the server: send nothing until ``release``."""
        self._holds += 1
        self._measure()

    def release(self) -> None:
        """The message waits no longer."""
        self._holds -= 1
        self._measure()
        self._wake()

    def _wake(self) -> None:
        """Wake every task that waits in ``answer``, to check again."""
        if self._opened is not None:
            self._opened.set()
            self._opened = None

    def _measure(self) -> None:
        within = min(self._answered_at + self.size, self._pinged_at + self._quarter - 1)
        self.free = -1 if self._holds or not self._is_direct else within

    async def answer(self) -> None:
        """Wait for the next pong that answers a ping."""
        if self._opened is None:
            self._opened = asyncio.Event()
        await self._opened.wait()
