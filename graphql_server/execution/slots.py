"""Places to work in: only so many are taken at a time, and those who wait get theirs in turn.

A place belongs to a member of a group, such as a token of a tenant. A free place goes to the group that has waited
longest since it got one, and within the group to such a member: whoever asks for a thousand waits for themselves.
"""

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Final, Self

from graphql_server.limits import Shares

Who = tuple[Hashable, Hashable]
"""A group, and a member of it."""

MOST_WAITING: Final = 1_000
MOST_WAITING_BYTES: Final = 8 * 1024 * 1024


class Busy(Exception):
    """No place became free in time, or too many wait for one already; try again after ``retry_after`` seconds."""

    retry_after = 1


@dataclass(eq=False, slots=True)
class Waiting:
    """One who waits, and how many bytes are kept meanwhile."""

    loop: asyncio.AbstractEventLoop
    turn: "asyncio.Future[None]"
    size: int
    has_place: bool = False


@dataclass(slots=True)
class Queue:
    """What one member waits for, in order."""

    waiting: deque[Waiting] = field(default_factory=deque)
    size: int = 0


class Places:
    """Safe for threads and for several event loops.

    Args:
        total: how many places there are.
        per_member: how many of them one member may have at a time; with those who wait, at most :data:`MOST_WAITING`
            and :data:`MOST_WAITING_BYTES`.
        per_group: how many of them all members of one group may have together.
        wait_seconds: how long to wait for a place at the most.
    """

    def __init__(self, total: int, *, per_member: int, per_group: int, wait_seconds: float) -> None:
        self.total = total
        self.per_member = per_member
        self.per_group = per_group
        self.wait_seconds = wait_seconds
        self._taken = 0
        self._groups: Counter[Hashable] = Counter()
        self._members: Counter[Hashable] = Counter()
        self._queues: OrderedDict[Hashable, OrderedDict[Hashable, Queue]] = OrderedDict()
        self._lock = Lock()

    @classmethod
    def in_shares(cls, threads: int, shares: Shares) -> Self:
        """One for each thread, shared out between callers and tenants as ``shares`` says."""
        caller, tenant = shares.caller or threads // 2, shares.tenant or threads - threads // 4
        return cls(threads, per_member=max(1, caller), per_group=max(1, tenant), wait_seconds=shares.wait_seconds)

    def enter_now(self, who: Who) -> bool:
        """Take a place if there is one for ``who``: then nobody else waits for it. A microsecond."""
        with self._lock:
            return self._may_enter(who) and self._enter(who)

    async def enter(self, who: Who, size: int = 0) -> None:
        """Take a place, waiting for it; call :meth:`leave` afterwards. ``size`` is the bytes kept while waiting.

        Raises:
            Busy: there is none, and no room to wait, or none came free in time.
        """
        if self.enter_now(who):
            return
        loop = asyncio.get_running_loop()
        waiting = Waiting(loop, loop.create_future(), size)
        self._queue(who, waiting)
        try:
            async with asyncio.timeout(self.wait_seconds):
                await waiting.turn
        except BaseException as error:
            self._give_up(who, waiting)
            if isinstance(error, TimeoutError):
                raise Busy from None
            raise

    def leave(self, who: Who) -> None:
        """Give the place back; from any thread."""
        with self._lock:
            self._taken -= 1
            for counter, key in ((self._groups, who[0]), (self._members, who)):
                counter[key] -= 1
                if not counter[key]:
                    del counter[key]
            ready = self._next_ones() if self._queues else ()
        for one, waiting in ready:
            try:
                waiting.loop.call_soon_threadsafe(begin, waiting)
            except RuntimeError:  # its event loop is closed
                self.leave(one)

    def _may_enter(self, who: Who) -> bool:
        return (
            self._taken < self.total
            and self._groups[who[0]] < self.per_group
            and (self.per_member >= self.per_group or self._members[who] < self.per_member)
        )

    def _enter(self, who: Who) -> bool:
        self._taken += 1
        self._groups[who[0]] += 1
        self._members[who] += 1
        return True

    def _queue(self, who: Who, waiting: Waiting) -> None:
        group, member = who
        with self._lock:
            queue = self._queues.setdefault(group, OrderedDict()).setdefault(member, Queue())
            queue.waiting.append(waiting)
            queue.size += waiting.size
            if len(queue.waiting) > MOST_WAITING or queue.size > MOST_WAITING_BYTES:
                self._remove(who, waiting)
                raise Busy

    def _remove(self, who: Who, waiting: Waiting) -> None:
        group, member = who
        queue = self._queues[group][member]
        queue.waiting.remove(waiting)
        queue.size -= waiting.size
        if not queue.waiting:
            del self._queues[group][member]
            if not self._queues[group]:
                del self._queues[group]

    def _give_up(self, who: Who, waiting: Waiting) -> None:
        with self._lock:
            if not waiting.has_place:
                self._remove(who, waiting)
                return
        self.leave(who)

    def _next_ones(self) -> list[tuple[Who, Waiting]]:
        """Give the free places away."""
        given = []
        while self._taken < self.total and (who := self._next()):
            waiting = self._queues[who[0]][who[1]].waiting[0]
            self._remove(who, waiting)
            waiting.has_place = self._enter(who)
            if who[0] in self._queues:
                self._queues.move_to_end(who[0])
                if who[1] in self._queues[who[0]]:
                    self._queues[who[0]].move_to_end(who[1])
            given.append((who, waiting))
        return given

    def _next(self) -> Who | None:
        """Whose turn it is. Only those with a place are passed over, so this takes no longer than there are places."""
        for group, members in self._queues.items():
            if self._groups[group] < self.per_group:
                for member in members:
                    if self._may_enter((group, member)):
                        return group, member
        return None


def begin(waiting: Waiting) -> None:
    """Tell one who waits that it is their turn, unless they have gone in this moment."""
    if not waiting.turn.done():
        waiting.turn.set_result(None)
