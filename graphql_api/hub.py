"""Live events for the subscribers of this process: one Channels membership per tenant, however many subscribe.

A group message is a doorbell that may carry the events. A hole in the sequence, or a silence of a few seconds, reads
the log; so what the channel layer loses costs time, never an event. Being live and resuming are one loop.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

import structlog
from channels.layers import get_channel_layer

from events import cursors, dispatch, log
from events.broadcast import group_name
from events.errors import CursorExpired
from events.models import Event
from graphql_api.execution import healthy_connections
from graphql_api.live.blocks import BLOCK_EVENTS, Blocks

if TYPE_CHECKING:
    from graphql_api.live.pump import Pump

logger = structlog.get_logger(__name__)

RING_EVENTS = 1000
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
    """One tenant's live events on one event loop."""

    def __init__(self, tenant_id: UUID) -> None:
        self.tenant_id = tenant_id
        self.ring: deque[Event] = deque(maxlen=RING_EVENTS)
        self.head = 0
        self.followers = 0
        self.pumps: dict[bool, Pump] = {}
        """Those who tell all live subscribers; see :mod:`graphql_api.live.pump`."""
        self.blocks = Blocks(self.read_block)
        self.changed = asyncio.Event()
        self.asking: asyncio.Task[int] | None = None
        self.asked = asyncio.Lock()
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
        fresh = [one for one in message["events"] if one["sequence"] > self.head]
        if fresh and fresh[0]["sequence"] == self.head + 1:
            self.add([Event.from_wire(self.tenant_id, one) for one in fresh])
            self.heard_at = monotonic()
        if message["head"] > self.head:
            await self.read_on_if_possible()

    def add(self, events: list[Event]) -> None:
        """Add events that follow ``head`` and wake the followers."""
        self.ring.extend(events)
        self.head = events[-1].sequence or 0
        self.changed.set()
        self.changed = asyncio.Event()

    async def read_on_if_possible(self) -> None:
        """Read from the log what is new; a database that is away is asked again later."""
        try:
            await self.read_on()
        except Exception as error:
            logger.warning("hub_without_log", tenant_id=str(self.tenant_id), error=type(error).__name__)

    async def read_on(self) -> None:
        """Read what came after ``head``; the first time, only where the log ends."""
        await self._read_on()
        self.heard_at = monotonic()

    async def _read_on(self) -> None:
        if not self.head:
            self.head = await in_thread(log.head, self.tenant_id)
            if self.head:
                self.changed.set()
                self.changed = asyncio.Event()
            return
        try:
            while events := await in_thread(self.read_log, self.head):
                self.add(events)
                if len(events) < BLOCK_EVENTS:
                    return
        except CursorExpired:  # Deaf for longer than the retention: the followers are told when they read.
            self.ring.clear()
            self.head = await in_thread(log.head, self.tenant_id)

    def read_log(self, after: int) -> list[Event]:
        """A stretch of the log, on the calling thread.

        Raises:
            CursorExpired: the log does not reach back so far.
        """
        return log.read_after(self.tenant_id, after, limit=BLOCK_EVENTS)

    async def now(self) -> int:
        """The sequence of the last event that had committed when this was called.

        What is committed and not yet numbered is numbered first. Those who ask at the same time share one question.
        """
        if self.asking is None:
            self.asking = asyncio.create_task(self._ask())
        return await asyncio.shield(self.asking)

    async def _ask(self) -> int:
        async with self.asked:
            self.asking = None  # Who comes from here on needs a later answer.
            return await in_thread(dispatch.advance, self.tenant_id)

    @property
    def fresh_head(self) -> int | None:
        """The last event that is known here, while the hub hears; None if it has to be asked for (``when_known``).

        Whoever begins there is told all that is committed from now on, and what was committed just before and has not
        been heard of yet.
        """
        return self.head if monotonic() - self.heard_at < 2 * SILENCE_SECONDS else None

    def when_known(self, tell: Callable[[int | Exception], None]) -> None:
        """Call ``tell`` with what ``now`` says, or with what was raised."""
        if self.asking is None:
            self.asking = asyncio.create_task(self._ask())
        self.asking.add_done_callback(lambda asked: None if asked.cancelled() else tell(outcome_of(asked)))

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
        return self.running.done() or self.running.cancelling() > 0

    async def follow(self, after: int) -> AsyncGenerator[Event, None]:
        """Yield every event after ``after`` once, in sequence; a lost or repeated doorbell is harmless.

        Raises:
            CursorExpired: the log does not reach back so far.
        """
        last = after
        while True:
            changed = self.changed  # Before the look: what comes during it must start another round.
            for event in await self.stretch(last):
                last = event.sequence or last
                yield event
            if last >= self.head:
                await changed.wait()

    async def stretch(self, last: int) -> list[Event]:
        """Some events right after ``last``: from the ring where it reaches back so far, else from the log."""
        if last >= self.head and self.head:
            return []
        if self.ring and (self.ring[0].sequence or 0) <= last + 1:
            begin = last + 1 - (self.ring[0].sequence or 0)
            return list(islice(self.ring, begin, begin + BLOCK_EVENTS))
        return await self.blocks.after(last)

    async def read_block(self, after: int, count: int) -> list[Event]:
        """At most ``count`` events after a sequence, from the log."""
        return await in_thread(partial(log.read_after, self.tenant_id, after, limit=count))


def outcome_of(asked: asyncio.Task[int]) -> int | Exception:
    """What a task that has ended returned, or raised."""
    error = asked.exception()
    return error if isinstance(error, Exception) else asked.result()


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
        hub.running.cancel()


async def follow(tenant_id: UUID, *, after: str | None = None) -> AsyncGenerator[Event, None]:
    """Yield the tenant's events after the cursor once each, in sequence; without one, those committed from now on.

    Raises:
        InvalidCursor: the cursor was not made for this tenant.
        CursorExpired: the events after it have been pruned.
    """
    position = None if after is None else cursors.decode(tenant_id, after)
    hub = hub_of(tenant_id)
    hub.hold()
    try:
        events = hub.follow(await hub.now() if position is None else position)
        async for event in events:
            yield event
    finally:
        hub.release()
