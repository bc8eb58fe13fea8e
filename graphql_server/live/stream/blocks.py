"""Blocks of the stream: each is read once for all subscribers that resume at about the same position."""

import asyncio
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from itertools import count
from operator import attrgetter
from typing import Any, Final

from graphql_server.caches import BoundedCache
from graphql_server.ports.event_source import LEAST_EVENTS, Event, Expired

BLOCK_EVENTS = 500
BLOCK_BYTES: Final = 8 * 1024 * 1024
"""About the most bytes of a block."""
KEPT_BLOCKS = 4
"""The most blocks that are kept for one tenant."""
KEPT_BYTES: Final = 4 * BLOCK_BYTES
"""The most bytes that the blocks of all tenants take."""

Read = Callable[[int, int], Awaitable[list[Event]]]
"""Reads events after a sequence, up to a number, in order and without a gap: fewer than ``LEAST_EVENTS`` only if there
are no more. Raises ``Expired``.
"""
Block = asyncio.Task[list[Event]]

_kept: BoundedCache[tuple[int, int], Block] = BoundedCache("log_blocks", KEPT_BYTES)
_ids = count()


class Blocks:
    """The stream in blocks of up to ``BLOCK_EVENTS`` events; the blocks that were read last are kept."""

    def __init__(self, read: Read, size_of: Callable[[Any], int]) -> None:
        self._read = read
        self._size_of = size_of
        self._id = next(_ids)
        self._begins: OrderedDict[int, None] = OrderedDict()
        self._size = BLOCK_EVENTS
        """The number of events that a block has; smaller while events are large."""

    async def after(self, last: int) -> list[Event]:
        """The next events after ``last``; an empty list if there are none yet.

        Raises:
            Expired: the events after ``last`` are gone.
        """
        while True:  # Every round but the first waits for the stream.
            size = self._size
            begin = last - last % size
            task = _kept.get((self._id, begin))
            is_new = task is None
            if task is None:
                task = self._keep(begin, asyncio.create_task(self._block(begin, last, size)))
            try:
                events = await asyncio.shield(task)
            except Expired as error:
                self._forget(begin, task)
                if last < error.oldest:
                    raise
                continue  # Another subscriber, whose position is older, has asked for the block.
            except BaseException:
                if task.done():
                    self._forget(begin, task)
                raise
            if events and (events[-1].sequence or 0) > last:
                later = events[bisect_right(events, last, key=attrgetter("sequence")) :]
                # Across a gap, the stream alone knows whether ``last`` is one of its positions.
                return later if later[0].sequence == last + 1 else await self._read(last, size)
            self._forget(begin, task)
            if is_new and self._size >= size:
                return []

    def clear(self) -> None:
        """Drop the blocks that are not being read."""
        for begin in tuple(self._begins):
            task = _kept.get((self._id, begin))
            if task is None or task.done():
                self._drop(begin)

    async def _block(self, begin: int, last: int, size: int) -> list[Event]:
        try:
            events = await self._read(begin, size)
        except Expired as error:
            if last < error.oldest:
                raise
            return await self._read(error.oldest, begin + size - error.oldest)
        taken = sum(map(self._size_of, events))
        if len(events) < size and taken >= BLOCK_BYTES:
            self._size = min(self._size, max(size // 2, LEAST_EVENTS))
        elif len(events) == size and taken < BLOCK_BYTES // 4:
            self._size = min(max(self._size, size * 2), BLOCK_EVENTS)
        return events

    def _keep(self, begin: int, task: Block) -> Block:
        _kept.put((self._id, begin), task, 0)
        self._begins[begin] = None
        task.add_done_callback(lambda ended: self._has_ended(begin, ended))
        if len(self._begins) > KEPT_BLOCKS:
            self._drop(next(iter(self._begins)))
        return task

    def _has_ended(self, begin: int, task: Block) -> None:
        """Count the size of a block. Those who wait for it get the error, if there is one."""
        if not task.cancelled() and task.exception() is None and self._is_kept(begin, task):
            _kept.put((self._id, begin), task, sum(map(self._size_of, task.result())))

    def _is_kept(self, begin: int, task: Block) -> bool:
        return _kept.get((self._id, begin)) is task

    def _forget(self, begin: int, task: Block) -> None:
        if self._is_kept(begin, task):
            self._drop(begin)

    def _drop(self, begin: int) -> None:
        self._begins.pop(begin, None)
        _kept.pop((self._id, begin))
