"""The bodies of streamed answers in blocks: each is read when the one before has been sent."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from typing import Final, cast

from asgiref.sync import sync_to_async

from events.models import Event
from graphql_server.connections import healthy_connections
from graphql_server.execution.slots import Busy, Slots
from graphql_server.live.registry import Registry
from graphql_server.live.stream.beginning import begin
from orders.rest.streaming import EventStream, Table
from tenants.context import Caller

Source = EventStream | Table
Block = tuple[bytes, int]
"""Bytes, and the points that they cost."""
POINTS_OF_ROW: Final = 1
EVENTS_AT_A_TIME: Final = 50
"""The most events that become bytes at a time: usually less than a millisecond of the event loop."""


async def of_events(
    live: Registry, caller: Caller, source: EventStream, *, heartbeat_seconds: float, heartbeat: bytes
) -> AsyncGenerator[Block, None]:
    """The events of the caller's tenant, from the feed that live subscriptions read, and ``heartbeat`` if none come.

    Raises:
        Expired, Ahead: the events after the position are gone, or the log was set back.
    """
    feed = live.feeds.of(caller.tenant_id)
    feed.hold()
    try:
        await begin(feed, source.after if source.until is None else source.until)
        position, left = source.after, source.limit
        if source.until is None:
            yield heartbeat, 0  # Servers hold a head back until there is a body.
        while left is None or left > 0:
            if source.until is not None and position >= source.until:
                return
            changed = feed.changed  # Before the read: an event that comes during it starts another round.
            async with live.catch_up_slots(reads_database=False):
                events = cast("list[Event]", await feed.next_events(position))[:EVENTS_AT_A_TIME]
            if not events:
                if not await is_set_within(changed, heartbeat_seconds):
                    yield heartbeat, 0
                continue
            position = events[-1].sequence or position
            wanted = source.wanted(events)[:left]
            left = None if left is None else left - len(wanted)
            yield source.lines(wanted), POINTS_OF_ROW * len(events)
    finally:
        feed.release()


async def is_set_within(changed: asyncio.Event, seconds: float) -> bool:
    """Whether the event is set in time."""
    try:
        async with asyncio.timeout(seconds):
            await changed.wait()
    except TimeoutError:
        return False
    return True


async def of_table(slots: Slots, caller: Caller, source: Table) -> AsyncGenerator[Block, None]:
    """The blocks of a table, each read on a thread, in a slot of the caller's, as the caller."""
    rows = source.blocks()
    while True:
        async with slot(slots, caller):
            block = await sync_to_async(next_block, thread_sensitive=False)(caller, rows)
        if block is None:
            return
        yield block[0], POINTS_OF_ROW * block[1]


def next_block(caller: Caller, rows: Iterator[Block]) -> Block | None:
    """The next block, read with a connection that goes back to its pool; None at the end."""
    with healthy_connections(), caller.acting():
        return next(rows, None)


@asynccontextmanager
async def slot(slots: Slots, caller: Caller) -> AsyncGenerator[None, None]:
    """Hold a slot of the caller's; others go first for as long as they have waited longer."""
    while True:
        try:
            await slots.take(caller.turn)
            break
        except Busy as busy:
            await asyncio.sleep(busy.retry_after)
    try:
        yield
    finally:
        slots.release(caller.turn)
