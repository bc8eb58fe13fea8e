"""Questions that many ask at the same time and that are put once."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Question(Generic[T]):
    """Puts a question once for all who ask before it is put; never twice at the same time.

    An answer was always begun after it was asked for, so it knows of what had happened by then.
    """

    def __init__(self, put: Callable[[], Awaitable[T]]) -> None:
        self._put = put
        self._lock = asyncio.Lock()
        self._next: asyncio.Task[T] | None = None

    def ask(self) -> asyncio.Task[T]:
        """The task that has the answer, or what was raised. It is shared: await it by ``asyncio.shield``."""
        if self._next is None:
            self._next = asyncio.create_task(self._answer())
            self._next.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # All may have left.
        return self._next

    async def _answer(self) -> T:
        async with self._lock:
            self._next = None  # Who asks from here on needs a later answer.
            return await self._put()
