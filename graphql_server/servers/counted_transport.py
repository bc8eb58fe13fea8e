"""TCP connections: counted by their address until they are lost, and cut if they don't end once they are closed."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

END_SECONDS: Final = 5.0
"""How long a peer may take to read what it was sent before the end."""
LINGER_SECONDS: Final = 1.0
"""How long a peer that still sends may go on, to be able to read why it was refused: closing at once resets it."""
_open: Counter[str] = Counter()


def _dropped(_: bytes) -> None:
    """Nothing is written behind the end."""


class CountedTransport:
    """Stands for an asyncio transport. What it does not know of is the transport's."""

    __slots__ = ("_address", "_is_closed", "_is_counted", "_timers", "is_in_request", "transport", "write")

    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.write: Callable[[bytes], None] = transport.write
        self.is_in_request = False
        """Whether the peer has not sent all of a request. What it still sends behind the end is to be thrown away."""
        peer = transport.get_extra_info("peername")
        self._address = str(peer[0]) if isinstance(peer, tuple) else "local"
        self._timers: list[asyncio.TimerHandle] = []
        self._is_closed = False
        self._is_counted = True
        _open[self._address] += 1

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)

    def are_too_many(self, most: int) -> bool:
        """Whether more than ``most`` connections are open from its address; 0 is no limit."""
        return 0 < most < _open[self._address]

    def is_closing(self) -> bool:
        """Whether it was closed, or is lost."""
        return self._is_closed or self.transport.is_closing()

    def close(self) -> None:
        """Close it once all is written, or cut it after ``END_SECONDS``. A repeat does nothing."""
        if self._is_closed or not self._is_counted:
            return
        self._is_closed = True
        self.write = _dropped
        loop = asyncio.get_running_loop()
        self._timers.append(loop.call_later(END_SECONDS, self.transport.abort))
        if not self.is_in_request or self.transport.is_closing():
            self.transport.close()
            return
        if self.transport.can_write_eof():
            self.transport.write_eof()
        if not self.transport.is_reading():
            self.transport.resume_reading()
        self._timers.append(loop.call_later(LINGER_SECONDS, self.transport.close))

    def lost(self) -> None:
        """It is gone. A repeat does nothing."""
        for timer in self._timers:
            timer.cancel()
        if self._is_counted:
            self._is_counted = False
            _open[self._address] -= 1
            if not _open[self._address]:
                del _open[self._address]
