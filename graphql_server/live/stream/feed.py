"""Live events for the subscribers of this process: the source is heard once per tenant, however many subscribe.

A notification may carry the events. A hole in the sequence, or a silence of a few seconds, reads the log; so a
notification that is lost costs time, never an event. Being live and resuming are one loop.
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
from graphql_server.live.time_slice import TimeSlice
from graphql_server.ports import Ahead, Event, EventSource, Expired, Notification, Tenant

logger = structlog.get_logger(__name__)


class Dependent(Protocol):
    """Somebody who ends with a feed."""

    def fail(self, error: Exception) -> None: ...


class Feed:
    """One tenant's live events on one event loop.

    ``head`` is the sequence of the last event that is known here: its followers can read all up to it. It only grows,
    and a position given out by another process, or by the database, may be ahead of it; see ``settled_head``.
    """

    def __init__(self, tenant_id: Tenant, source: EventSource, end_if_idle: "Callable[[Feed], None]") -> None:
        self.tenant_id = tenant_id
        self.source = source
        self._end_if_idle = end_if_idle
        self.recent = Recent(source.size)
        self.head = 0
        self.has_head = False
        """Whether the log has been asked where it ends; until then ``head`` means nothing."""
        self.set_back: Ahead | None = None
        """Set once the log turns out to have been set back behind ``head``: the feed ends, its followers are told."""
        self.followers = 0
        self.dependents: dict[Hashable, Dependent] = {}
        """Those who end with it."""
        self.blocks = Blocks(self.read_block, source.size)
        self.changed = asyncio.Event()
        self.reading = SingleFlight(self._read_on)
        self.settling = SingleFlight(self._settle)
        self.current_at = -inf
        self.running = asyncio.create_task(self.run(), name=f"feed {tenant_id}")

    async def run(self) -> None:
        """Hear the source's notifications until cancelled. While there is no way to hear them, poll the log."""
        while True:
            try:
                await self.listen()
            except Exception as error:
                logger.warning("feed_without_notifications", tenant_id=str(self.tenant_id), error=type(error).__name__)
                await asyncio.sleep(timing.SILENCE_SECONDS)
                await self.read_on_if_possible()

    async def listen(self) -> None:
        """Take the source's notifications, and look into the log when there are none for long; raises when it fails."""
        async with aclosing(self.source.notifications(self.tenant_id)) as notifications:
            next_one = asyncio.ensure_future(anext(notifications))
            try:
                while True:
                    # Not wait_for: to cancel what waits for a notification would end the source's membership.
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
        """Take the events of a notification that continues what is known; read the log if it does not, or has none.

        None: the source hears from now on, so what was said before has to be read.
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
        """Whether another event is known here in this one's place: the log was set back and has come here again."""
        known = self.recent.at(event.sequence or 0)
        return known is not None and known.id != event.id

    def add(self, events: list[Event]) -> None:
        """Add events, in sequence and without a gap after ``head``, and wake the followers; known ones are left out."""
        fresh = [event for event in events if (event.sequence or 0) > self.head]
        if fresh:
            self.recent.add(fresh)
            self.head = fresh[-1].sequence or 0
            self.signal_change()

    def start_at(self, head: int) -> None:
        """Begin where the log ends."""
        self.head, self.has_head = head, True
        self.signal_change()

    def signal_change(self) -> None:
        """Have the followers look again."""
        self.changed.set()
        self.changed = asyncio.Event()

    def end_set_back(self, head: int) -> None:
        """End: the log was set back, to ``head``, behind what was told here. All followers are told that."""
        if self.set_back is None:
            logger.warning("log_was_set_back", tenant_id=str(self.tenant_id), known=self.head, head=head)
            self.set_back = Ahead(head)
            self.end()
            self.signal_change()
            for dependent in tuple(self.dependents.values()):
                dependent.fail(self.set_back)
            self.dependents.clear()

    def end(self) -> None:
        """Hear and keep nothing any more."""
        self.running.cancel()
        self.recent.clear()
        self.blocks.clear()

    async def read_on_if_possible(self) -> None:
        """Read from the log what is new; a database that is away is asked again later."""
        try:
            await self.read_on()
        except Exception as error:
            logger.warning("feed_without_log", tenant_id=str(self.tenant_id), error=type(error).__name__)

    async def read_on(self) -> int:
        """Read what came after ``head``; the first time, only where the log ends. Returns the new ``head``.

        Those who ask at the same time share one read.

        Raises:
            Ahead: the log was set back.
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
        except Expired:  # Deaf for longer than the retention: the followers are told when they read.
            self.recent.clear()
            self.start_at(await in_thread(self.source.head, self.tenant_id))
        self.current_at = monotonic()
        return self.head

    async def settled_head(self) -> int:
        """The sequence of the last event that had committed when this was called; ``head`` is there, or further.

        What is committed and not yet numbered is numbered first. Those who ask at the same time share one question.

        Raises:
            Ahead: the log was set back.
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

    async def begin(self, after: int | None) -> int:
        """The position after which to follow: ``after``, or if that is None the end of the log. It is known here then.

        Raises:
            Ahead: the log does not reach as far.
        """
        if after is None:
            return await self.settled_head()
        if not self.reaches(after):
            self.check(after, await self.read_on())
        return after

    def reaches(self, position: int) -> bool:
        """Whether all up to this position is known here."""
        return self.has_head and position <= self.head

    def check(self, position: int, head: int) -> None:
        """Refuse a position ahead of the log, which has just been read and ends at ``head``.

        Raises:
            Ahead: the log does not reach as far. Each position that was ever given out had been numbered by then.
        """
        if position > head and not self.reaches(position):
            raise Ahead(head)

    @property
    def fresh_head(self) -> int | None:
        """The last event that is known here, while the feed hears; None if it has to be asked for (``when_begun``).

        Whoever begins there is told all that is committed from now on, and what was committed just before and has not
        been heard of yet.
        """
        return self.head if monotonic() - self.current_at < 2 * timing.SILENCE_SECONDS else None

    def when_begun(self, after: int | None, tell: Callable[[int | Exception], None]) -> None:
        """Call ``tell`` with what ``begin`` returns, or raises: for those who have no task of their own."""

        def answer(asked: asyncio.Task[int]) -> None:
            if not asked.cancelled():
                tell(self._outcome_of(after, asked))

        (self.settling if after is None else self.reading).result().add_done_callback(answer)

    def _outcome_of(self, after: int | None, asked: asyncio.Task[int]) -> int | Exception:
        try:
            head = asked.result()
            if after is not None:
                self.check(after, head)
        except Exception as error:  # no database, or a log that does not reach as far
            return error
        return head if after is None else after

    def hold(self) -> None:
        """Count one who follows."""
        self.followers += 1

    def release(self) -> None:
        """Count one less; without any, the feed ends after a moment."""
        self.followers -= 1
        if self.followers == 0:
            asyncio.get_running_loop().call_later(timing.LINGER_SECONDS, self._end_if_idle, self)

    @property
    def has_ended(self) -> bool:
        """Whether it hears nothing any more."""
        return self.set_back is not None or self.running.done() or self.running.cancelling() > 0

    async def follow(self, after: int) -> AsyncGenerator[Event, None]:
        """Yield every event after ``after`` once, in sequence; a lost or repeated doorbell is harmless.

        ``after`` is known here; see ``begin``.

        Raises:
            Expired: the log does not reach back so far, or was set back.
        """
        last, time_slice = after, TimeSlice()
        while True:
            for event in await self.after(last):
                last = event.sequence or last
                yield event
                if time_slice.is_over:  # Many may be there at once, and none of them wanted.
                    await time_slice.give_way()

    async def after(self, last: int) -> list[Event]:
        """Some events right after ``last``, waiting until there are any.

        Raises:
            Expired: the log does not reach back so far, or was set back.
        """
        while True:
            changed = self.changed  # Before the look: what comes during it must start another round.
            if events := await self.next_events(last):
                return events
            await changed.wait()

    async def next_events(self, last: int) -> list[Event]:
        """Some events right after ``last``: recent ones where they are kept, else from the log.

        There are none only where ``last`` is not behind ``head``: so who takes turns with this has to wait for
        ``changed`` then, as ``after`` does.

        Raises:
            Expired: the log does not reach back so far, or was set back.
        """
        if self.set_back is not None:
            raise self.set_back
        if last >= self.head:
            return []
        events = self.recent.after(last, BLOCK_EVENTS) or await self.blocks.after(last)
        if not events:  # The log had more: only one that was set back has not.
            self.end_set_back(last)
            raise Ahead(last)
        return events

    async def read_block(self, after: int, count: int) -> list[Event]:
        """At most ``count`` events after a sequence, from the log; fewer where they are large."""
        return await in_thread(partial(self.source.read, self.tenant_id, after, limit=count, most_bytes=BLOCK_BYTES))
