"""Live events for the subscribers of this process: one Channels membership per tenant, however many subscribe.

A group message is a doorbell that may carry the events. A hole in the sequence, or a silence of a few seconds, reads
the log; so what the channel layer loses costs time, never an event. Being live and resuming are one loop.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

import structlog
from channels.layers import get_channel_layer

from events import cursors, log
from events.broadcast import group_name
from events.dispatch import dispatcher
from events.errors import CursorAhead, CursorExpired
from events.models import Event
from graphql_server.executor import healthy_connections
from graphql_server.live.blocks import BLOCK_BYTES, BLOCK_EVENTS, Blocks
from graphql_server.live.recent import Recent
from graphql_server.live.single_flight import Question
from graphql_server.live.time_slice import Turn

if TYPE_CHECKING:
    from graphql_server.live.broadcaster import Pump

logger = structlog.get_logger(__name__)

SILENCE_SECONDS = 2.0
"""How long nothing may be heard before the log is asked: the most that a lost doorbell costs."""
JOIN_SECONDS = 2.0
LINGER_SECONDS = 5.0
"""How long a hub without followers waits for one to come back."""

T = TypeVar("T")
_threads = ThreadPoolExecutor(4, thread_name_prefix="hub")


async def in_thread(read: Callable[..., T], *arguments: Any) -> T:
    """Ask the database on a thread of the hubs' own, so that no operation waits for one."""

    def healthy() -> T:
        with healthy_connections():
            return read(*arguments)

    return await asyncio.get_running_loop().run_in_executor(_threads, healthy)


class Hub:
    """One tenant's live events on one event loop.

    ``head`` is the sequence of the last event that is known here: its followers can read all up to it. It only grows,
    and a position given out by another process, or by the database, may be ahead of it; see ``now``.
    """

    def __init__(self, tenant_id: UUID) -> None:
        self.tenant_id = tenant_id
        self.recent = Recent()
        self.head = 0
        self.is_known = False
        """Whether the log has been asked where it ends; until then ``head`` means nothing."""
        self.lost: CursorAhead | None = None
        """Set once the log turns out to have been set back behind ``head``: the hub ends, its followers are told."""
        self.followers = 0
        self.pumps: dict[bool, Pump] = {}
        """Those who tell all live subscribers; see :mod:`graphql_server.live.broadcaster`."""
        self.blocks = Blocks(self.read_block)
        self.changed = asyncio.Event()
        self.reading = Question(self._read_on)
        self.asking = Question(self._ask)
        self.heard_at = -inf
        self.running = asyncio.create_task(self.run(), name=f"hub {tenant_id}")

    async def run(self) -> None:
        """Hear the tenant's group until cancelled. While the channel layer is away, poll the log."""
        while True:
            try:
                await self.hear()
            except Exception as error:
                logger.warning("hub_without_channel_layer", tenant_id=str(self.tenant_id), error=type(error).__name__)
                await asyncio.sleep(SILENCE_SECONDS)
                await self.read_on_if_possible()

    async def hear(self) -> None:
        """Join the group and take its messages; raises when the layer fails."""
        layer, group = get_channel_layer(), group_name(self.tenant_id)
        channel = await layer.new_channel()
        try:
            async with asyncio.timeout(JOIN_SECONDS):
                await layer.group_add(group, channel)
            await self.read_on_if_possible()  # What was said before we listened.
            await self.receive(layer, channel)
        finally:
            await self.leave(layer, group, channel)

    async def receive(self, layer: Any, channel: str) -> None:
        """Take the channel's messages, and look into the log when there are none for long."""
        message = asyncio.ensure_future(layer.receive(channel))
        try:
            while True:
                # Not wait_for: cancelling the layer's receive() would end the membership.
                await asyncio.wait({message}, timeout=SILENCE_SECONDS)
                if message.done():
                    await self.take(message.result())
                    message = asyncio.ensure_future(layer.receive(channel))
                else:
                    self.blocks.clear()
                    await self.read_on_if_possible()
        finally:
            message.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # Nobody asks any more.
            message.cancel()

    async def leave(self, layer: Any, group: str, channel: str) -> None:
        """Leave the group, as far as the layer can be reached."""
        try:
            async with asyncio.timeout(JOIN_SECONDS):
                await layer.group_discard(group, channel)
        except Exception as error:
            logger.info("hub_left_without_word", tenant_id=str(self.tenant_id), error=type(error).__name__)

    async def take(self, message: dict[str, Any]) -> None:
        """Take the events of a message that continues what is known; read the log if it does not, or carries none."""
        if self.is_known:
            fresh = [one for one in message["events"] if one["sequence"] > self.head]
            if fresh and fresh[0]["sequence"] == self.head + 1:
                self.add([Event.from_wire(self.tenant_id, one) for one in fresh])
                self.heard_at = monotonic()
            elif not fresh and any(map(self.contradicts, message["events"])):
                self.lose(message["head"])
        if message["head"] > self.head or not self.is_known:
            await self.read_on_if_possible()

    def contradicts(self, wire: dict[str, Any]) -> bool:
        """Whether another event is known here in this one's place: the log was set back and has come here again."""
        known = self.recent.at(wire["sequence"])
        return known is not None and str(known.id) != wire["id"]

    def add(self, events: list[Event]) -> None:
        """Add events, in sequence and without a gap after ``head``, and wake the followers; known ones are left out."""
        fresh = [event for event in events if (event.sequence or 0) > self.head]
        if fresh:
            self.recent.add(fresh)
            self.head = fresh[-1].sequence or 0
            self.wake()

    def know(self, head: int) -> None:
        """Begin where the log ends."""
        self.head, self.is_known = head, True
        self.wake()

    def wake(self) -> None:
        """Have the followers look again."""
        self.changed.set()
        self.changed = asyncio.Event()

    def lose(self, head: int) -> None:
        """End: the log was set back, to ``head``, behind what was told here. All followers are told that."""
        if self.lost is None:
            logger.warning("log_was_set_back", tenant_id=str(self.tenant_id), known=self.head, head=head)
            self.lost = CursorAhead(head)
            self.end()
            self.wake()
            for pump in tuple(self.pumps.values()):
                pump.fail(self.lost)
            self.pumps.clear()

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
            logger.warning("hub_without_log", tenant_id=str(self.tenant_id), error=type(error).__name__)

    async def read_on(self) -> int:
        """Read what came after ``head``; the first time, only where the log ends. Returns the new ``head``.

        Those who ask at the same time share one read.

        Raises:
            CursorAhead: the log was set back.
        """
        return await asyncio.shield(self.reading.ask())

    async def _read_on(self) -> int:
        if not self.is_known:
            self.know(await in_thread(log.head, self.tenant_id))
            self.heard_at = monotonic()
            return self.head
        try:
            while events := await self.read_block(self.head, BLOCK_EVENTS):
                self.add(events)
        except CursorAhead as error:
            self.lose(error.oldest)
            raise
        except CursorExpired:  # Deaf for longer than the retention: the followers are told when they read.
            self.recent.clear()
            self.know(await in_thread(log.head, self.tenant_id))
        self.heard_at = monotonic()
        return self.head

    async def now(self) -> int:
        """The sequence of the last event that had committed when this was called; ``head`` is there, or further.

        What is committed and not yet numbered is numbered first. Those who ask at the same time share one question.

        Raises:
            CursorAhead: the log was set back.
        """
        return await asyncio.shield(self.asking.ask())

    async def _ask(self) -> int:
        known = self.head if self.is_known else 0
        head = await in_thread(dispatcher.advance, self.tenant_id)
        if head < known:
            self.lose(head)
        if self.lost is not None:
            raise self.lost
        if not self.is_known:
            self.know(head)
        if self.head < head:
            await self.read_on()
        return head

    async def begin(self, after: int | None) -> int:
        """The position after which to follow: ``after``, or if that is None the end of the log. It is known here then.

        Raises:
            CursorAhead: the log does not reach as far.
        """
        if after is None:
            return await self.now()
        if not self.reaches(after):
            self.check(after, await self.read_on())
        return after

    def reaches(self, position: int) -> bool:
        """Whether all up to this position is known here."""
        return self.is_known and position <= self.head

    def check(self, position: int, head: int) -> None:
        """Refuse a position ahead of the log, which has just been read and ends at ``head``.

        Raises:
            CursorAhead: the log does not reach as far. Each position that was ever given out had been numbered by then.
        """
        if position > head and not self.reaches(position):
            raise CursorAhead(head)

    @property
    def fresh_head(self) -> int | None:
        """The last event that is known here, while the hub hears; None if it has to be asked for (``when_begun``).

        Whoever begins there is told all that is committed from now on, and what was committed just before and has not
        been heard of yet.
        """
        return self.head if monotonic() - self.heard_at < 2 * SILENCE_SECONDS else None

    def when_begun(self, after: int | None, tell: Callable[[int | Exception], None]) -> None:
        """Call ``tell`` with what ``begin`` returns, or raises: for those who have no task of their own."""

        def answer(asked: asyncio.Task[int]) -> None:
            if not asked.cancelled():
                tell(self._outcome_of(after, asked))

        (self.asking if after is None else self.reading).ask().add_done_callback(answer)

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
        """Count one less; without any, the hub ends after a moment."""
        self.followers -= 1
        if self.followers == 0:
            asyncio.get_running_loop().call_later(LINGER_SECONDS, end_if_idle, self)

    @property
    def has_ended(self) -> bool:
        """Whether it hears nothing any more."""
        return self.lost is not None or self.running.done() or self.running.cancelling() > 0

    async def follow(self, after: int) -> AsyncGenerator[Event, None]:
        """Yield every event after ``after`` once, in sequence; a lost or repeated doorbell is harmless.

        ``after`` is known here; see ``begin``.

        Raises:
            CursorExpired: the log does not reach back so far, or was set back.
        """
        last, turn = after, Turn()
        while True:
            for event in await self.after(last):
                last = event.sequence or last
                yield event
                if turn.is_over:  # Many may be there at once, and none of them wanted.
                    await turn.pass_on()

    async def after(self, last: int) -> list[Event]:
        """Some events right after ``last``, waiting until there are any.

        Raises:
            CursorExpired: the log does not reach back so far, or was set back.
        """
        while True:
            changed = self.changed  # Before the look: what comes during it must start another round.
            if events := await self.stretch(last):
                return events
            await changed.wait()

    async def stretch(self, last: int) -> list[Event]:
        """Some events right after ``last``: recent ones where they are kept, else from the log.

        There are none only where ``last`` is not behind ``head``: so who takes turns with this has to wait for
        ``changed`` then, as ``after`` does.

        Raises:
            CursorExpired: the log does not reach back so far, or was set back.
        """
        if self.lost is not None:
            raise self.lost
        if last >= self.head:
            return []
        events = self.recent.after(last, BLOCK_EVENTS) or await self.blocks.after(last)
        if not events:  # The log had more: only one that was set back has not.
            self.lose(last)
            raise CursorAhead(last)
        return events

    async def read_block(self, after: int, count: int) -> list[Event]:
        """At most ``count`` events after a sequence, from the log; fewer where they are large."""
        return await in_thread(partial(log.read_after, self.tenant_id, after, limit=count, most_bytes=BLOCK_BYTES))


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[UUID, Hub]] = WeakKeyDictionary()


def hub_of(tenant_id: UUID) -> Hub:
    """The tenant's hub on this event loop, begun if there is none."""
    hubs = _hubs.setdefault(asyncio.get_running_loop(), {})
    if tenant_id not in hubs or hubs[tenant_id].has_ended:
        hubs[tenant_id] = Hub(tenant_id)
    return hubs[tenant_id]


def end_if_idle(hub: Hub) -> None:
    """End a hub that nobody follows: an idle tenant costs nothing."""
    hubs = _hubs.get(hub.running.get_loop(), {})
    if hub.followers == 0 and hubs.get(hub.tenant_id) is hub:
        del hubs[hub.tenant_id]
        hub.end()


async def follow(tenant_id: UUID, *, after: str | None = None) -> AsyncGenerator[Event, None]:
    """Yield the tenant's events after the cursor once each, in sequence; without one, those committed from now on.

    Raises:
        InvalidCursor: the cursor was not made for this tenant.
        CursorExpired: the events after it have been pruned, or the log does not reach as far.
    """
    position = None if after is None else cursors.decode(tenant_id, after)
    hub = hub_of(tenant_id)
    hub.hold()
    try:
        async for event in hub.follow(await hub.begin(position)):
            yield event
    finally:
        hub.release()
