"""Values that events keep up to date: read once, then sent to all subscribers of an event loop, the newest alone.

A subscriber gets the newest value at once, then each newer one, at most one in ``UPDATE_SECONDS``.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Hashable, Iterator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from itertools import count
from math import inf
from typing import Any, Protocol

import structlog

from graphql_server.live.stream import timing
from graphql_server.live.stream.beginning import begin
from graphql_server.live.stream.feeds import Feeds
from graphql_server.live.stream.threads import in_thread
from graphql_server.ports.event_source import Tenant

logger = structlog.get_logger(__name__)

UPDATE_SECONDS = 1.0
"""The least seconds between two updates of a subscriber."""

_numbers = count(1)


class State(Protocol):
    """The data of a value: read once, as of ``position``, then changed by each later event, in sequence."""

    @property
    def position(self) -> int: ...

    def apply(self, event: Any) -> None:
        """Change the data by the next event."""

    def value(self) -> Any:
        """The value now."""

    def seconds_valid(self) -> float | None:
        """Seconds for which the last value stays right if no event comes; None: forever."""

    @property
    def is_stale(self) -> bool:
        """Whether the data must be read again."""


@dataclass(frozen=True, slots=True)
class Latest:
    """The resolver of a subscription returns this to have the newest value sent.

    Args:
        key: equal keys of one tenant mean the same value.
        read: reads the state. May block; called on a thread.
    """

    key: Hashable
    read: Callable[[], State]

    def __aiter__(self) -> AsyncIterator[Any]:
        """graphql-core checks that this method exists, and does not call it."""
        raise TypeError("The live part of the server runs it.")


class Pace:
    """Keeps the updates of one subscriber apart."""

    __slots__ = ("_due",)

    def __init__(self) -> None:
        self._due = -inf

    def begin(self) -> None:
        """Note that an update is sent now."""
        self._due = asyncio.get_running_loop().time() + UPDATE_SECONDS

    async def wait(self) -> None:
        """Wait until the next update is due."""
        await asyncio.sleep(max(0.0, self._due - asyncio.get_running_loop().time()))


class Values:
    """The values of one key of one tenant, as long as they have subscribers."""

    def __init__(
        self, tenant_id: Tenant, latest: Latest, feeds: Feeds, end_if_idle: "Callable[[Values], None]"
    ) -> None:
        self.tenant_id = tenant_id
        self.key = latest.key
        self.newest: tuple[int, Any] | None = None
        """The newest value, and a number that no other value of this process has."""
        self.changed = asyncio.Event()
        self.followers = 0
        self._read = latest.read
        self._feeds = feeds
        self._feed = feeds.of(tenant_id)
        self._feed.hold()
        self._applied = asyncio.Event()
        self._end_if_idle = end_if_idle
        self._running = asyncio.create_task(self._run(), name=f"latest {tenant_id}")

    def hold(self) -> None:
        """Count one subscriber more."""
        self.followers += 1

    def release(self) -> None:
        """Count one subscriber less; without any, end after ``LINGER_SECONDS``."""
        self.followers -= 1
        if self.followers == 0:
            asyncio.get_running_loop().call_later(timing.LINGER_SECONDS, self._end_if_idle, self)

    def end(self) -> None:
        """Read and follow nothing more."""
        self._running.cancel()
        self._feed.release()

    @property
    def has_ended(self) -> bool:
        """Whether there will be no newer value."""
        return self._running.done() or self._running.cancelling() > 0

    async def after(self, number: int) -> tuple[int, Any]:
        """The newest value with its number; waits while this number is the newest."""
        while True:
            changed = self.changed
            if self.newest is not None and self.newest[0] != number:
                return self.newest
            await changed.wait()

    async def _run(self) -> None:
        """Read the state and keep it up; read it again when it is stale, and after a failure."""
        while True:
            try:
                self._hold_running_feed()
                state = await in_thread(self._read)
                async with asyncio.TaskGroup() as both:
                    keeping_up = both.create_task(self._keep_up(state))
                    await self._publish_until_stale(state)
                    keeping_up.cancel()
            except Exception as error:  # There is no database, or the stream has lost the events after the position.
                logger.warning("latest_failed", tenant_id=str(self.tenant_id), error=type(error).__name__)
                await asyncio.sleep(timing.SILENCE_SECONDS)

    def _hold_running_feed(self) -> None:
        """If the tenant's feed has ended, follow its next feed."""
        if self._feed.has_ended:
            self._feed.release()
            self._feed = self._feeds.of(self.tenant_id)
            self._feed.hold()

    async def _keep_up(self, state: State) -> None:
        async with aclosing(self._feed.follow(await begin(self._feed, state.position))) as events:
            async for event in events:
                state.apply(event)
                self._applied.set()

    async def _publish_until_stale(self, state: State) -> None:
        """Publish the value at once, then after events and when time changes it, at most once in ``UPDATE_SECONDS``.

        Return once the state has to be read again.
        """
        value = state.value()
        while True:
            self._publish(value)
            await asyncio.sleep(UPDATE_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(state.seconds_valid()):
                    await self._applied.wait()
            self._applied.clear()
            value = state.value()
            if state.is_stale:
                return

    def _publish(self, value: Any) -> None:
        self.newest = next(_numbers), value
        self.changed.set()
        self.changed = asyncio.Event()


class ValueRegistry:
    """The values that one event loop keeps up."""

    def __init__(self, feeds: Feeds) -> None:
        self._feeds = feeds
        self._values: dict[tuple[Tenant, Hashable], Values] = {}

    def __iter__(self) -> Iterator[Values]:
        return iter(tuple(self._values.values()))

    def of(self, tenant_id: Tenant, latest: Latest) -> Values:
        """The values of a key; begins them if there are none."""
        values = self._values.get((tenant_id, latest.key))
        if values is None or values.has_ended:
            values = self._values[tenant_id, latest.key] = Values(tenant_id, latest, self._feeds, self._end_if_idle)
        return values

    async def updates(self, tenant_id: Tenant, latest: Latest) -> AsyncGenerator[Any, None]:
        """The newest value, then each newer one; a slow subscriber misses those in between."""
        values, pace, number = self.of(tenant_id, latest), Pace(), 0
        values.hold()
        try:
            while True:
                await pace.wait()
                number, value = await values.after(number)
                pace.begin()
                yield value
        finally:
            values.release()

    def _end_if_idle(self, values: Values) -> None:
        """End values without subscribers."""
        key = values.tenant_id, values.key
        if values.followers == 0 and self._values.get(key) is values:
            del self._values[key]
            values.end()
