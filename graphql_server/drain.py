"""Ends a server in good order: it refuses new work, finishes running work, and closes sockets a few at a time."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

import structlog

logger = structlog.get_logger(__name__)

SOCKETS_PER_SECOND: Final = 200
"""Sockets that are closed per second; more if the given time would not suffice for all of them."""
CUT_SECONDS: Final = 1.0
"""Seconds that sockets have to send a close frame after the drain's time is over."""
RETRY_AFTER_SECONDS: Final = 1
REFUSED: Final = "This process is ending, and the operation has not begun. Send it again."


class OpenSocket(Protocol):
    """A socket as a drain sees it. Its methods are called on its event loop."""

    def drain(self) -> None:
        """Begin nothing new; once no query or mutation runs, complete the subscriptions and close."""

    def cut(self) -> None:
        """Close now, whatever runs."""


class Drain:
    """The running work of a server, and whether the server is ending. All transports share it, on one event loop."""

    def __init__(self) -> None:
        self.has_begun = False
        """Whether new operations and new sockets are refused."""
        self.requests = 0
        """The operations over HTTP that are running."""
        self.sockets: set[OpenSocket] = set()
        self._idle = asyncio.Event()  # Set when the last of them ends.

    @contextmanager
    def request(self) -> Iterator[None]:
        """Count an operation over HTTP until its end."""
        self.requests += 1
        try:
            yield
        finally:
            self.requests -= 1
            self._ended()

    def opened(self, socket: OpenSocket) -> None:
        """Include a socket until :meth:`closed`."""
        self.sockets.add(socket)
        if self.has_begun:
            socket.drain()

    def closed(self, socket: OpenSocket) -> None:
        """A socket has ended."""
        self.sockets.discard(socket)
        self._ended()

    async def run(self, *, seconds: float, spread_seconds: float) -> None:
        """Drain: return once nothing runs and no socket is open, at the latest about a second after ``seconds``.

        The moments at which sockets close are random, so that clients do not all connect again at the same time. They
        are spread over as long as ``SOCKETS_PER_SECOND`` takes, but not longer than ``spread_seconds``. Another call
        waits for the same end.
        """
        if not self.has_begun:
            self.has_begun = True
            logger.info("drain_begun", requests=self.requests, sockets=len(self.sockets))
            self._close_sockets(min(spread_seconds, len(self.sockets) / SOCKETS_PER_SECOND))
        if await self._is_idle_within(seconds):
            return
        logger.warning("drain_cut", requests=self.requests, sockets=len(self.sockets))
        for socket in list(self.sockets):
            socket.cut()
        await self._is_idle_within(CUT_SECONDS)

    def _close_sockets(self, spread_seconds: float) -> None:
        loop = asyncio.get_running_loop()
        for socket in self.sockets:
            loop.call_later(random.uniform(0, spread_seconds), socket.drain)  # noqa: S311  # no secret

    async def _is_idle_within(self, seconds: float) -> bool:
        """Whether all work ended in time."""
        try:
            async with asyncio.timeout(seconds):
                while self.requests or self.sockets:
                    self._idle.clear()
                    await self._idle.wait()
        except TimeoutError:
            return False
        return True

    def _ended(self) -> None:
        if not self.requests and not self.sockets:
            self._idle.set()
