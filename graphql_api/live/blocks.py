"""Stretches of the log, each read once for all who resume at about the same place."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from events.errors import CursorExpired
from events.models import Event

BLOCK_EVENTS = 500
KEPT_BLOCKS = 4

Read = Callable[[int, int], Awaitable[list[Event]]]
"""Reads at most so many events after a sequence, in order and without a gap. Raises ``CursorExpired``."""


class Blocks:
    """The log in blocks of ``BLOCK_EVENTS``, of which the last few asked for are kept."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._blocks: OrderedDict[int, asyncio.Task[list[Event]]] = OrderedDict()

    async def after(self, last: int) -> list[Event]:
        """Some events right after ``last``; none if there are none yet.

        Raises:
            CursorExpired: the log does not reach back so far.
        """
        begin = last - last % BLOCK_EVENTS
        while True:
            task = self._blocks.get(begin)
            is_new = task is None
            if task is None:
                task = self._keep(begin, asyncio.create_task(self._block(begin, last)))
            try:
                events = await asyncio.shield(task)
            except CursorExpired as error:
                self._forget(begin, task)
                if last < error.oldest:
                    raise
                continue  # It was asked for by somebody who had seen less.
            except BaseException:
                if task.done():
                    self._forget(begin, task)
                raise
            if begin in self._blocks:
                self._blocks.move_to_end(begin)
            if events and (events[-1].sequence or 0) > last:
                return events[max(0, last + 1 - (events[0].sequence or 0)) :]
            self._forget(begin, task)
            if is_new:
                return []

    def clear(self) -> None:
        """Let go of what nobody is waiting for."""
        for begin, task in tuple(self._blocks.items()):
            if task.done():
                del self._blocks[begin]

    async def _block(self, begin: int, last: int) -> list[Event]:
        try:
            return await self._read(begin, BLOCK_EVENTS)
        except CursorExpired as error:
            if last < error.oldest:
                raise
            return await self._read(error.oldest, begin + BLOCK_EVENTS - error.oldest)

    def _keep(self, begin: int, task: asyncio.Task[list[Event]]) -> asyncio.Task[list[Event]]:
        task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # Those who wait are told.
        self._blocks[begin] = task
        if len(self._blocks) > KEPT_BLOCKS:
            self._blocks.popitem(last=False)
        return task

    def _forget(self, begin: int, task: asyncio.Task[list[Event]]) -> None:
        if self._blocks.get(begin) is task:
            del self._blocks[begin]
