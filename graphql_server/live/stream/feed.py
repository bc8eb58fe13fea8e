"""The events of one tenant on one event loop, however many subscribers follow them.

A feed listens to the notifications of the source, which may carry the events. After a gap in the sequence, or a few
seconds without a notification, it reads the stream. So a lost notification costs time, and no event. Subscribers that
are live and subscribers that resume read from the feed in the same way.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Hashable
from contextlib import aclosing
from functools import partial
from math import inf
from time import monotonic
from typing import Protocol

import structlog

from graphql_server.live.stream import timing
from graphql_server.live.stream.blocks import BLOCK_BYTES, BLOCK_EVENTS, Blocks
from graphql_server.live.stream.recent import Recent
from graphql_server.live.stream.single_flight import SingleFlight
from graphql_server.live.stream.threads import in_thread
from graphql_server.live.stream.time_slice import TimeSlice
from graphql_server.metrics import Observer, count_feed
from graphql_server.ports.event_source import Ahead, Event, EventSource, Expired, Notification, Tenant

logger = structlog.get_logger(__name__)


class Dependent(Protocol):
    """Ends together with a feed."""

    def fail(self, error: Exception) -> None: ...


class Feed:
    """One tenant's events on one event loop.

    ``head`` is the sequence of the last event that the feed knows: subscribers can read all events up to it. It only
    grows. A position from another process, or from the database, may be ahead of it; see ``settled_head``.
    """

    def __init__(
        self, tenant_id: Tenant, source: EventSource, end_if_idle: "Callable[[Feed], None]", observer: Observer
    ) -> None:
        self.tenant_id = tenant_id
        self.source = source
        self.observer = observer
        self._end_if_idle = end_if_idle
        self.recent = Recent(source.size)
        self.head = 0
        self.has_head = False
        """Whether ``head`` is known: whether the stream has been asked for its head."""
        self.set_back: Ahead | None = None
        """Set when the stream was set back behind ``head``: the feed has ended, and its subscribers get this error."""
        self.followers = 0
        self.dependents: dict[Hashable, Dependent] = {}
        """Those that end together with the feed, such as broadcasters."""
        self.blocks = Blocks(self.read_block, source.size)
        self.changed = asyncio.Event()
        self.reading = SingleFlight(self._read_on)
        self.settling = SingleFlight(self._settle)
        self.current_at = -inf
        self.running = asyncio.create_task(self.run(), name=f"feed {tenant_id}")

    async def run(self) -> None:
        """Listen until cancelled. While the notifications are lost, read the stream every ``SILENCE_SECONDS``."""
        while True:
            try:
                await self.listen()
            except Exception as error:
                logger.warning("feed_without_notifications", tenant_id=str(self.tenant_id), error=type(error).__name__)
                await asyncio.sleep(timing.SILENCE_SECONDS)
                await self.read_on_if_possible()

    async def listen(self) -> None:
        """Take the source's notifications; read the stream when none comes for long. Raises what the source raises."""
        async with aclosing(self.source.notifications(self.tenant_id)) as notifications:
            next_one = asyncio.ensure_future(anext(notifications))
            try:
                while True:
                    # Not wait_for: cancelling the wait for a notification would end the source's generator.
                    await asyncio.wait({next_one}, timeout=timing.SILENCE_SECONDS)
                    if next_one.done():
                        await self.on_notification(next_one.result())
                        next_one = asyncio.ensure_future(anext(notifications))
                    else:
                        self.blocks.clear()
                        await self.read_on_if_possible()
            finally:
                # The exception of a task that nothing awaits any more would be logged.
                next_one.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
                next_one.cancel()
                await asyncio.wait({next_one})

    async def on_notification(self, notification: Notification | None) -> None:
        """Take the events of a notification if they follow ``head``; if not, or if it has none, read the stream.

        None: the source listens from now on. What was notified before has to be read.
        """
        if notification is None:
            await self.read_on_if_possible()
            return
        if self.has_head:
            fresh = [event for event in notification.events if (event.sequence or 0) > self.head]
            if fresh and fresh[0].sequence == self.head + 1:
                self.add(fresh)
                self.current_at = monotonic()
            elif not fresh and any(map(self.contradicts, notification.events)):
                self.end_set_back(notification.head)
        if notification.head > self.head or not self.has_head:
            await self.read_on_if_possible()

    def contradicts(self, event: Event) -> bool:
        """Whether the feed has another event with this sequence: the stream was set back, and has grown again."""
        known = self.recent.at(event.sequence or 0)
        return known is not None and known.id != event.id

    def add(self, events: list[Event]) -> None:
        """Add events that follow ``head`` without a gap, and let the subscribers look. Known events are left out."""
        fresh = [event for event in events if (event.sequence or 0) > self.head]
        if fresh:
            self.recent.add(fresh)
            self.head = fresh[-1].sequence or 0
            self.signal_change()
            count_feed(self.observer, fresh[-1])

    def start_at(self, head: int) -> None:
        """Begin at the head of the stream."""
        self.head, self.has_head = head, True
        self.signal_change()

    def signal_change(self) -> None:
        """Let all who wait for ``changed`` look again."""
        self.changed.set()
        self.changed = asyncio.Event()

    def end_set_back(self, head: int) -> None:
        """End, because the stream was set back to ``head``. All subscribers get an error."""
        if self.set_back is None:
            logger.warning("log_was_set_back", tenant_id=str(self.tenant_id), known=self.head, head=head)
            self.set_back = Ahead(head)
            self.end()
            self.signal_change()
            for dependent in tuple(self.dependents.values()):
                dependent.fail(self.set_back)
            self.dependents.clear()

    def end(self) -> None:
        """Stop listening, and drop all events."""
        self.running.cancel()
        self.recent.clear()
        self.blocks.clear()

    async def read_on_if_possible(self) -> None:
        """Read new events; if that fails, log it: the next round tries again."""
        try:
            await self.read_on()
        except Exception as error:
            logger.warning("feed_without_stream", tenant_id=str(self.tenant_id), error=type(error).__name__)

    async def read_on(self) -> int:
        """Read the events after ``head``, and return the new ``head``. The first time, read only the head.

        Those who call at the same time share one read.

        Raises:
            Ahead: the stream was set back.
        """
        return await asyncio.shield(self.reading.result())

    async def _read_on(self) -> int:
        if not self.has_head:
            self.start_at(await in_thread(self.source.head, self.tenant_id))
            self.current_at = monotonic()
            return self.head
        try:
            while events := await self.read_block(self.head, BLOCK_EVENTS):
                self.add(events)
        except Ahead as error:
            self.end_set_back(error.oldest)
            raise
        except Expired:  # Nothing was read for longer than the retention. Subscribers get the error when they read.
            self.recent.clear()
            self.start_at(await in_thread(self.source.head, self.tenant_id))
        self.current_at = monotonic()
        return self.head

    async def settled_head(self) -> int:
        """The sequence of the last event that was committed before the call; afterwards ``head`` is not behind it.

        The source numbers committed events first. Those who call at the same time share one question to the source.

        Raises:
            Ahead: the stream was set back.
        """
        return await asyncio.shield(self.settling.result())

    async def _settle(self) -> int:
        known = self.head if self.has_head else 0
        head = await in_thread(self.source.settle, self.tenant_id)
        if head < known:
            self.end_set_back(head)
        if self.set_back is not None:
            raise self.set_back
        if not self.has_head:
            self.start_at(head)
        if self.head < head:
            await self.read_on()
        return head

    def reaches(self, position: int) -> bool:
        """Whether the feed knows all events up to this position."""
        return self.has_head and position <= self.head

    @property
    def fresh_head(self) -> int | None:
        """``head`` while the feed is up to date; None if the source has to be asked (``when_begun``).

        A subscriber that begins there gets all events that are committed from now on, and perhaps a few that were
        committed just before.
        """
        return self.head if monotonic() - self.current_at < 2 * timing.SILENCE_SECONDS else None

    def hold(self) -> None:
        """Count one subscriber more."""
        self.followers += 1

    def release(self) -> None:
        """Count one subscriber less; without any, the feed ends after ``LINGER_SECONDS``."""
        self.followers -= 1
        if self.followers == 0:
            asyncio.get_running_loop().call_later(timing.LINGER_SECONDS, self._end_if_idle, self)

    @property
    def has_ended(self) -> bool:
        """Whether it does not listen any more."""
        return self.set_back is not None or self.running.done() or self.running.cancelling() > 0

    async def follow(self, after: int) -> AsyncGenerator[Event, None]:
        """Yield every event after ``after`` once, in sequence; lost and repeated notifications change nothing.

        ``head`` must not be behind ``after``; see :mod:`beginning`.

        Raises:
            Expired, Ahead: the events after it are gone, or the stream was set back.
        """
        last, time_slice = after, TimeSlice()
        while True:
            for event in await self.after(last):
                last = event.sequence or last
                yield event
                if time_slice.is_over:  # There may be many events, none of which the caller wants.
                    await time_slice.give_way()

    async def after(self, last: int) -> list[Event]:
        """The next events after ``last``; waits until there are any.

        Raises:
            Expired, Ahead: the events after it are gone, or the stream was set back.
        """
        while True:
            changed = self.changed  # Before the read: an event that comes during it must start another round.
            if events := await self.next_events(last):
                return events
            await changed.wait()

    async def next_events(self, last: int) -> list[Event]:
        """The next events after ``last``: from memory where they are kept, else from the stream.

        The list is empty only if ``last`` is not behind ``head``: wait for ``changed`` then, as ``after`` does.

        Raises:
            Expired, Ahead: the events after it are gone, or the stream was set back.
        """
        if self.set_back is not None:
            raise self.set_back
        if last >= self.head:
            return []
        events = self.recent.after(last, BLOCK_EVENTS) or await self.blocks.after(last)
        if not events:  # The stream had more events: it was set back.
            self.end_set_back(last)
            raise Ahead(last)
        return events

    async def read_block(self, after: int, count: int) -> list[Event]:
        """At most ``count`` events after a sequence from the stream; fewer where they are large."""
        return await in_thread(partial(self.source.read, self.tenant_id, after, limit=count, most_bytes=BLOCK_BYTES))
