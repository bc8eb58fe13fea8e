"""The tasks of one connection: they end with it, and may end it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from graphql_server.websocket.closing import CloseCode, Closing
from graphql_server.websocket.outbox import Disconnected

logger = structlog.get_logger(__name__)

END_SECONDS: Final = 5.0  # Daphne kills what takes more than ten.


def _ignore(_: Closing | None) -> None:
    """Replaces the callback after the end."""


class OwnTasks:
    """Runs work that waits. Used on the connection's event loop only.

    Args:
        end: ends the connection, for a reason, or without one because the peer is gone. A repeat does nothing.
    """

    __slots__ = ("_end", "_tasks")

    def __init__(self, end: Callable[[Closing | None], None]) -> None:
        self._end = end
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        """Run work as a task that ends with the connection. If it fails, the connection ends."""
        task = asyncio.get_running_loop().create_task(self._guard(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def cancel(self) -> None:
        """Cancel all of them."""
        for task in self._tasks:
            task.cancel()

    async def ended(self) -> None:
        """Wait for the end of those that were cancelled, at most ``END_SECONDS``. Breaks reference cycles."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=END_SECONDS)
        self._end = _ignore

    async def _guard(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Closing as closing:
            self._end(closing)
        except Disconnected:
            self._end(None)
        except Exception:
            logger.exception("connection_task_failed")
            self._end(Closing(CloseCode.INTERNAL_SERVER_ERROR, "Internal server error"))
