"""Counts TCP connections by address, and aborts connections that do not end after they were closed."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

END_SECONDS: Final = 5.0
"""Seconds in which a peer must read the last bytes after a close."""
LINGER_SECONDS: Final = 1.0
"""Seconds for which a refused peer may go on sending. Closing at once would reset the connection unread."""
_open: Counter[str] = Counter()


def _dropped(_: bytes) -> None:
    """Ignore bytes that are written after the close."""


class CountedTransport:
    """Wraps an asyncio transport. Attributes that it does not define are the transport's."""

    __slots__ = ("_address", "_is_closed", "_is_counted", "_timers", "is_in_request", "transport", "write")

    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.write: Callable[[bytes], None] = transport.write
        self.is_in_request = False
        """Whether the peer is still sending a request. After a close the rest of the request is read and ignored."""
        peer = transport.get_extra_info("peername")
        self._address = str(peer[0]) if isinstance(peer, tuple) else "local"
        self._timers: list[asyncio.TimerHandle] = []
        self._is_closed = False
        self._is_counted = True
        _open[self._address] += 1

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)

    def are_too_many(self, most: int) -> bool:
        """Whether more than ``most`` connections are open from this address; 0 is no limit."""
        return 0 < most < _open[self._address]

    def is_closing(self) -> bool:
        """Whether the connection was closed or lost."""
        return self._is_closed or self.transport.is_closing()

    def close(self) -> None:
        """Close the connection once all bytes are written; abort it after ``END_SECONDS``. A repeat does nothing."""
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
        """The connection is lost: stop counting it. A repeat does nothing."""
        for timer in self._timers:
            timer.cancel()
        if self._is_counted:
            self._is_counted = False
            _open[self._address] -= 1
            if not _open[self._address]:
                del _open[self._address]
