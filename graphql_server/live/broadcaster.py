"""Tells a tenant's events to all live subscribers of this event loop, one event after the other.

One loop for what an event's snapshot shows, one for what is read from the database: neither waits for the other.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Protocol

import structlog

from graphql_server.live.payloads import Payloads, has_errors, made_together
from graphql_server.live.stream import timing
from graphql_server.live.stream.feed import Feed
from graphql_server.live.time_slice import Turn
from graphql_server.live.topic_index import Audience
from graphql_server.ports import Ahead, Event, Expired, Topic
from graphql_server.websocket.outbox import Outbox, send_to_many

logger = structlog.get_logger(__name__)

BURST = 256
"""How many are told before others get their turn."""


class Listener(Protocol):
    """A live subscriber, as a pump sees it."""

    head: bytes
    outbox: Outbox
    is_live: bool
    told: int

    def take(self, event: Event, sequence: int, payload: bytes | None) -> None:
        """Be told an event while live; None: fields have failed, and where depends on the layout of the document."""


class Listeners(Protocol):
    """Equal live subscribers, as a pump sees them."""

    @property
    def topic(self) -> Topic: ...
    @property
    def payloads(self) -> Payloads: ...
    @property
    def has_layouts(self) -> bool: ...
    @property
    def members(self) -> Iterable[Listener]: ...

    def detach(self) -> None:
        """The pump has ended."""

    def fail(self, error: Exception) -> None:
        """End it for all live members."""


class Pump:
    """The live end of a tenant's streams.

    ``position`` is the sequence of the event in hand: whoever has been told that one, or a later one, may join.
    ``done`` is the last one that all members have been told.
    """

    def __init__(self, feed: Feed, position: int, *, reads_database: bool) -> None:
        self.feed = feed
        self.reads_database = reads_database
        self.position = self.done = position
        self.streams = Audience[Listeners]()
        self._running = asyncio.create_task(self.run(), name=f"pump {feed.tenant_id}")

    def stop(self) -> None:
        """End it; nobody listens any more."""
        self._running.cancel()
        self.feed.dependents.pop(self.reads_database, None)

    def fail(self, error: Exception) -> None:
        """End it, and with this error all that it tells."""
        self.stop()
        streams = tuple(self.streams)
        self.streams.clear()
        for stream in streams:
            stream.detach()
            stream.fail(error)

    async def run(self) -> None:
        """Tell each event once, in sequence, until stopped."""
        while True:
            try:
                async for event in self.feed.follow(self.position):
                    self.position = event.sequence or 0
                    await self.tell(event)
                    self.done = self.position
            except Ahead:
                return  # The feed has ended it, and them.
            except Expired as error:  # Without the log for longer than the retention.
                for stream in tuple(self.streams):
                    stream.fail(error)
                self.position = self.done = error.oldest
            except Exception as error:
                logger.warning("pump_without_log", tenant_id=str(self.feed.tenant_id), error=type(error).__name__)
                await asyncio.sleep(timing.SILENCE_SECONDS)

    async def tell(self, event: Event) -> None:
        """Tell it to the members of each stream that wants it."""
        turn = Turn()
        wanting = await self.streams.wanting(event, turn)
        slow = [stream for stream in wanting if stream.payloads.reads_database]
        made = await self.read(slow, event) if slow else {}
        for stream in wanting:
            try:
                payload = (
                    made.get(stream)
                    or stream.payloads.kept(self.position, event)
                    or await stream.payloads.of(self.position, event)
                )
            except Exception as error:  # It ends those who asked for it, as if each had been alone.
                payload = error
            if isinstance(payload, bytes):
                await self.send(stream, event, payload, turn)
            else:
                stream.fail(payload)
            if turn.is_over:
                await turn.pass_on()

    async def read(self, streams: list[Listeners], event: Event) -> dict[Listeners, bytes | Exception]:
        """What these show of an event, from the database."""
        several = list({stream.payloads: None for stream in streams})
        try:
            made = await made_together(several, self.position, event, self.feed.source.isolated)
        except Exception as error:  # no thread, no database
            return dict.fromkeys(streams, error)
        by_payloads = dict(zip(several, made, strict=True))
        return {stream: by_payloads[stream.payloads] for stream in streams}

    async def send(self, stream: Listeners, event: Event, payload: bytes, turn: Turn) -> None:
        """Hand the payload to each member; one that can't take it falls behind, and nobody waits for it."""
        sequence = event.sequence or 0
        members = tuple(stream.members)
        alike = payload if not has_errors(payload) or not stream.has_layouts else None
        for begin in range(0, len(members), BURST):
            for member in told_at_once(members[begin : begin + BURST], sequence, alike):
                member.take(event, sequence, alike)
            if turn.is_over:
                await turn.pass_on()


def pump_of(feed: Feed, *, reads_database: bool) -> Pump:
    """The pump that tells a feed's events to those of a kind, begun at the newest event if there is none."""
    found = feed.dependents.get(reads_database)
    if not isinstance(found, Pump):
        found = feed.dependents[reads_database] = Pump(feed, feed.head, reads_database=reads_database)
    return found


def told_at_once(members: Sequence[Listener], sequence: int, payload: bytes | None) -> list[Listener]:
    """Send the payload to all members whose way is clear; returns the others, who are to be told one by one."""
    due = [member for member in members if member.is_live and member.told < sequence]
    missed = due if payload is None else send_to_many(due, payload)
    waiting = set(missed)
    for member in due:
        if member not in waiting:
            member.told = sequence
    return missed
