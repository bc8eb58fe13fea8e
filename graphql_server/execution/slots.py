"""Slots for work: a fixed number of operations run at a time, and the others wait their turn.

A slot is taken by a member of a group, such as a token of a tenant. A free slot goes to the group that has waited
longest since its last slot, and within the group to the member that has waited longest. A member that asks for a
thousand slots delays only itself.
"""

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Final, Self

from graphql_server.limits import Shares

Who = tuple[Hashable, Hashable]
"""A group and one of its members."""

MOST_WAITING: Final = 1_000
MOST_WAITING_BYTES: Final = 8 * 1024 * 1024


class Busy(Exception):
    """No slot became free in time, or too many operations wait already; try again after ``retry_after`` seconds."""

    retry_after = 1


@dataclass(eq=False, slots=True)
class SlotRequest:
    """A request for a slot, and the bytes that are kept while it waits."""

    loop: asyncio.AbstractEventLoop
    turn: "asyncio.Future[None]"
    size: int
    has_slot: bool = False


@dataclass(slots=True)
class Queue:
    """The waiting requests of one member, in order."""

    waiting: deque[SlotRequest] = field(default_factory=deque)
    size: int = 0


class Slots:
    """Slots, safe for threads and for several event loops.

    Args:
        total: how many slots there are.
        per_member: how many of them one member may have at a time; waiting requests are limited by :data:`MOST_WAITING`
            and :data:`MOST_WAITING_BYTES`.
        per_group: how many of them all members of one group may have together.
        wait_seconds: the longest wait for a slot.
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
        """One slot for each thread, shared out between callers and tenants as ``shares`` says."""
        caller, tenant = shares.caller or threads // 2, shares.tenant or threads - threads // 4
        return cls(threads, per_member=max(1, caller), per_group=max(1, tenant), wait_seconds=shares.wait_seconds)

    def take_now(self, who: Who) -> bool:
        """Take a slot if ``who`` may have a free one, so that no other member waits for it. Takes a microsecond."""
        with self._lock:
            return self._may_take(who) and self._take(who)

    async def take(self, who: Who, size: int = 0) -> None:
        """Take a slot, waiting for it; call :meth:`release` afterwards. ``size`` is the bytes kept while waiting.

        Raises:
            Busy: there is no slot and no room to wait, or no slot became free in time.
        """
        if self.take_now(who):
            return
        loop = asyncio.get_running_loop()
        waiting = SlotRequest(loop, loop.create_future(), size)
        self._queue(who, waiting)
        try:
            async with asyncio.timeout(self.wait_seconds):
                await waiting.turn
        except BaseException as error:
            self._give_up(who, waiting)
            if isinstance(error, TimeoutError):
                raise Busy from None
            raise

    def release(self, who: Who) -> None:
        """Give the slot back; may be called from any thread."""
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
                self.release(one)

    def _may_take(self, who: Who) -> bool:
        return (
            self._taken < self.total
            and self._groups[who[0]] < self.per_group
            and (self.per_member >= self.per_group or self._members[who] < self.per_member)
        )

    def _take(self, who: Who) -> bool:
        self._taken += 1
        self._groups[who[0]] += 1
        self._members[who] += 1
        return True

    def _queue(self, who: Who, waiting: SlotRequest) -> None:
        group, member = who
        with self._lock:
            queue = self._queues.setdefault(group, OrderedDict()).setdefault(member, Queue())
            queue.waiting.append(waiting)
            queue.size += waiting.size
            if len(queue.waiting) > MOST_WAITING or queue.size > MOST_WAITING_BYTES:
                self._remove(who, waiting)
                raise Busy

    def _remove(self, who: Who, waiting: SlotRequest) -> None:
        group, member = who
        queue = self._queues[group][member]
        queue.waiting.remove(waiting)
        queue.size -= waiting.size
        if not queue.waiting:
            del self._queues[group][member]
            if not self._queues[group]:
                del self._queues[group]

    def _give_up(self, who: Who, waiting: SlotRequest) -> None:
        with self._lock:
            if not waiting.has_slot:
                self._remove(who, waiting)
                return
        self.release(who)

    def _next_ones(self) -> list[tuple[Who, SlotRequest]]:
        """Hand out the free slots."""
        given = []
        while self._taken < self.total and (who := self._next()):
            waiting = self._queues[who[0]][who[1]].waiting[0]
            self._remove(who, waiting)
            waiting.has_slot = self._take(who)
            if who[0] in self._queues:
                self._queues.move_to_end(who[0])
                if who[1] in self._queues[who[0]]:
                    self._queues[who[0]].move_to_end(who[1])
            given.append((who, waiting))
        return given

    def _next(self) -> Who | None:
        """The next waiting request.

        Only members with a slot are passed over, so this takes no longer than there are slots.
        """
        for group, members in self._queues.items():
            if self._groups[group] < self.per_group:
                for member in members:
                    if self._may_take((group, member)):
                        return group, member
        return None


def begin(waiting: SlotRequest) -> None:
    """Wake a waiting request, unless it was given up in the meantime."""
    if not waiting.turn.done():
        waiting.turn.set_result(None)
