"""A tenant's orders in numbers, live: counted once on this event loop, then kept up event by event.

All who follow a window share one count. Those who ask the same of it share one execution for each update.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from uuid import UUID
from weakref import WeakKeyDictionary

import structlog

from events import clock, cursors
from graphql_api.types.stats import OrderStats
from graphql_server.live import feed as hubs
from orders import stats
from tenants.context import tenant_context

logger = structlog.get_logger(__name__)

UPDATE_SECONDS = 1.0
"""How far apart updates are at least, for each who follows them."""

RECOUNT_SECONDS = 600.0
"""How long a count is kept up by events: what changes orders past the services may come without one."""


class Count:
    """One tenant's numbers of one window, as long as somebody follows them."""

    def __init__(self, tenant_id: UUID, window: stats.Window) -> None:
        self.tenant_id = tenant_id
        self.window = window
        self.newest: OrderStats | None = None
        self.changed = asyncio.Event()
        self.followers = 0
        self._stirred = asyncio.Event()
        self._hub = hubs.hub_of(tenant_id)
        self._hub.hold()
        self._running = asyncio.create_task(self._run(), name=f"count {tenant_id} {window.name}")

    def end(self) -> None:
        """Nobody follows it any more."""
        self._running.cancel()
        self._hub.release()

    @property
    def has_ended(self) -> bool:
        """Whether it tells nothing any more."""
        return self._running.done() or self._running.cancelling() > 0

    async def _run(self) -> None:
        """Count, then keep up; what can't go on from where it is counts anew."""
        while True:
            try:
                self._follow_anew()
                tally = await hubs.in_thread(self._read)
                async with asyncio.TaskGroup() as both:
                    keeping_up = both.create_task(self._keep_up(tally))
                    await self._tell(tally)
                    keeping_up.cancel()
            except Exception as error:  # no database, or a log that was pruned past us
                logger.warning("live_stats_count_anew", tenant_id=str(self.tenant_id), error=type(error).__name__)
                await asyncio.sleep(hubs.SILENCE_SECONDS)

    def _follow_anew(self) -> None:
        """Where the hub has ended, follow the next one."""
        if self._hub.has_ended:
            self._hub.release()
            self._hub = hubs.hub_of(self.tenant_id)
            self._hub.hold()

    def _read(self) -> stats.Tally:
        with tenant_context(self.tenant_id):
            return stats.read(self.window)

    async def _keep_up(self, tally: stats.Tally) -> None:
        async with aclosing(self._hub.follow(await self._hub.begin(tally.position))) as events:
            async for event in events:
                tally.apply(event)
                self._stirred.set()

    async def _tell(self, tally: stats.Tally) -> None:
        """Tell at once, then after events and when an interval begins, never sooner than the last update allows.

        Return when it is time to count anew: after a while, or once the events do not fit the count.
        """
        time = asyncio.get_running_loop().time
        end = time() + RECOUNT_SECONDS
        told = tally.at(clock.now())
        while True:
            self._publish(told)
            interval_ends = self.window.begin_of(self.window.interval_of(told.now) + 1)
            await asyncio.sleep(UPDATE_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout((interval_ends - clock.now()).total_seconds()):
                    await self._stirred.wait()
            self._stirred.clear()
            told = tally.at(clock.now())
            if tally.is_off or time() > end:
                return

    def _publish(self, told: stats.Stats) -> None:
        self.newest = OrderStats(stats=told, cursor=cursors.encode(self.tenant_id, told.position))
        self.changed.set()
        self.changed = asyncio.Event()


class Counted:
    """A window's numbers as they change: what the resolver of a subscription returns.

    Iterated over, it is the updates for one subscriber; see :mod:`graphql_server.live.latest` for those who ask alike.
    """

    def __init__(self, tenant_id: UUID, window: stats.Window) -> None:
        self.tenant_id = tenant_id
        self.window = window

    def __aiter__(self) -> AsyncIterator[OrderStats]:
        return self.updates()

    async def updates(self) -> AsyncGenerator[OrderStats, None]:
        """The numbers now, then the newest whenever there are others; who is slow misses those in between."""
        time = asyncio.get_running_loop().time
        count = enter(self.tenant_id, self.window)
        told = None
        try:
            while True:
                changed = count.changed
                if count.newest is None or count.newest is told:
                    await changed.wait()
                    continue
                told, due = count.newest, time() + UPDATE_SECONDS
                yield told
                await asyncio.sleep(max(0.0, due - time()))
        finally:
            leave(count)


_counts: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[UUID, stats.Window], Count]] = WeakKeyDictionary()


def enter(tenant_id: UUID, window: stats.Window) -> Count:
    """The count of this event loop, begun if there is none, with one follower more."""
    counts = _counts.setdefault(asyncio.get_running_loop(), {})
    count = counts.get((tenant_id, window))
    if count is None or count.has_ended:
        count = counts[tenant_id, window] = Count(tenant_id, window)
    count.followers += 1
    return count


def leave(count: Count) -> None:
    """One follower less; without any, it ends after a moment."""
    count.followers -= 1
    if count.followers == 0:
        asyncio.get_running_loop().call_later(hubs.LINGER_SECONDS, end_if_idle, count)


def end_if_idle(count: Count) -> None:
    """End a count that nobody follows: what nobody looks at costs nothing."""
    counts = _counts.get(asyncio.get_running_loop(), {})
    if count.followers == 0 and counts.get((count.tenant_id, count.window)) is count:
        del counts[count.tenant_id, count.window]
        count.end()
