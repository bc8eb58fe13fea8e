"""Calls that many tasks request at the same time, and that run once for all of them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Runs a call once for all who ask before it begins; never two at the same time.

    Every result is of a call that began after the request for it, so it includes all that happened before the request.
    The name is that of Go's ``golang.org/x/sync/singleflight``.
    """

    def __init__(self, call: Callable[[], Awaitable[T]]) -> None:
        self._call = call
        self._lock = asyncio.Lock()
        self._next: asyncio.Task[T] | None = None

    def result(self) -> asyncio.Task[T]:
        """The task of the next call. Several callers share it: await it by ``asyncio.shield``."""
        if self._next is None:
            self._next = asyncio.create_task(self._run())
            self._next.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # All may have left.
        return self._next

    async def _run(self) -> T:
        async with self._lock:
            self._next = None  # Callers from here on need a later result.
            return await self._call()
