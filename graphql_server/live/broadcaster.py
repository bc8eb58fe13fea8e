"""Sends a tenant's events to all live subscribers of one event loop, one event after the other.

A tenant has two broadcasters: one for payloads that are made of the event alone, one for payloads that need the
database. Neither waits for the other.
"""

import asyncio
from collections.abc import Callable, Collection
from functools import cache, partial
from time import monotonic
from typing import Protocol

import structlog

from graphql_server.live.payloads import Payloads, has_errors, made_together
from graphql_server.live.stream import timing
from graphql_server.live.stream.feed import Feed
from graphql_server.live.stream.time_slice import TimeSlice
from graphql_server.live.topic_index import TopicIndex
from graphql_server.metrics import count_live
from graphql_server.plans.event_json import Shown
from graphql_server.ports.event_source import Ahead, Event, Expired, Topic
from graphql_server.websocket.outbox import Cursor, MessageFormat, Outbox, send_to_many

logger = structlog.get_logger(__name__)

BURST = 256
"""Members that get a payload before other work of the event loop may run."""
FEW = 8
"""The most members of a small group."""


class LiveMember(Protocol):
    """A live subscriber as a broadcaster sees it."""

    messages: MessageFormat
    outbox: Outbox
    is_live: bool
    delivered: int

    def deliver(self, event: Event, sequence: int, payload: bytes | None) -> None:
        """Take one event. ``payload`` is None where fields have failed: the places depend on the member's document."""


class LiveGroup(Protocol):
    """A group of equal subscribers as a broadcaster sees it."""

    @property
    def topic(self) -> Topic: ...
    @property
    def payloads(self) -> Payloads: ...
    @property
    def has_layouts(self) -> bool: ...
    @property
    def members(self) -> Collection[LiveMember]: ...

    def detach(self) -> None:
        """Forget the broadcaster, which has ended."""

    def fail(self, error: Exception) -> None:
        """End the subscriptions of all live members with an error."""


class Broadcaster:
    """Sends each event of a feed once, in sequence, to the groups that match it.

    ``position`` is the sequence of the event that is being sent: a member that has it, or a later event, may join.
    ``done`` is the sequence of the last event that all members have got.
    """

    def __init__(
        self, feed: Feed, position: int, *, reads_database: bool, clock: Callable[[], float] = monotonic
    ) -> None:
        """``clock`` counts the seconds of time slices."""
        self.feed = feed
        self._clock = clock
        self.reads_database = reads_database
        self.position = self.done = position
        self.groups = TopicIndex[LiveGroup](feed.source.facets)
        self._running = asyncio.create_task(self.run(), name=f"broadcaster {feed.tenant_id}")

    def stop(self) -> None:
        """End, because no group is left."""
        self._running.cancel()
        self.feed.dependents.pop(self.reads_database, None)

    def fail(self, error: Exception) -> None:
        """End, and end all groups with this error."""
        self.stop()
        groups = tuple(self.groups)
        self.groups.clear()
        for group in groups:
            group.detach()
            group.fail(error)

    async def run(self) -> None:
        """Broadcast until stopped."""
        while True:
            try:
                async for event in self.feed.follow(self.position):
                    self.position = event.sequence or 0
                    await self.broadcast(event)
                    self.done = self.position
            except Ahead:
                return  # The feed has failed this broadcaster and its groups.
            except Expired as error:  # The stream could not be read for longer than the retention.
                for group in tuple(self.groups):
                    group.fail(error)
                self.position = self.done = error.oldest
            except Exception as error:
                logger.warning(
                    "broadcaster_without_stream", tenant_id=str(self.feed.tenant_id), error=type(error).__name__
                )
                await asyncio.sleep(timing.SILENCE_SECONDS)

    async def broadcast(self, event: Event) -> None:
        """Send an event to the members of each group that matches it."""
        observer = self.feed.observer
        with observer.live_event(event):
            count_live(observer, event, await self._send_to_groups(event))

    async def _send_to_groups(self, event: Event) -> int:
        """Return how many members got it; one that has fallen behind counts when it catches up."""
        sent = 0
        time_slice = TimeSlice(self._clock)
        matching = await self.groups.matching(event, time_slice)
        reading = [group for group in matching if group.payloads.reads_database]
        made = await self.payloads_from_database(reading, event) if reading else {}
        shown: dict[frozenset[str], Shown] = {}
        cursor = cache(partial(self.feed.source.encode, self.feed.tenant_id, self.position))
        shared: dict[Payloads, bytes] = {}
        for group in matching:
            payloads = group.payloads
            try:
                payload = (
                    shared.get(payloads)
                    or made.get(group)
                    or payloads.live(event.id, event, shown)
                    or await payloads.of(event.id, event)
                )
            except Exception as error:  # The group ends, as each of its members would if it were alone.
                payload = error
            if isinstance(payload, bytes):
                if payloads.subscriptions > 1:
                    shared[payloads] = payload
                if sent_at_once(group, self.position, payload, cursor):
                    sent += len(group.members)
                else:
                    sent += await self.send_to_group(group, event, payload, cursor, time_slice)
            else:
                group.fail(payload)
            if time_slice.is_over:
                await time_slice.give_way()
        return sent

    async def payloads_from_database(self, groups: list[LiveGroup], event: Event) -> dict[LiveGroup, bytes | Exception]:
        """The payloads of groups that read the database, by group; an exception where a payload can't be made."""
        several = list({group.payloads: None for group in groups})
        try:
            made = await made_together(several, event.id, event, self.feed.source.isolated)
        except Exception as error:  # There is no thread, or no database.
            return dict.fromkeys(groups, error)
        by_payloads = dict(zip(several, made, strict=True))
        return {group: by_payloads[group.payloads] for group in groups}

    async def send_to_group(
        self, group: LiveGroup, event: Event, payload: bytes, cursor: Cursor, time_slice: TimeSlice
    ) -> int:
        """Send a payload to each member; return how many took it.

        A member that can't take it falls behind; the others do not wait.
        """
        sequence, sent = event.sequence or 0, 0
        members = tuple(group.members)
        shared = payload if not has_errors(payload) or not group.has_layouts else None
        for begin in range(0, len(members), BURST):
            burst: Collection[LiveMember] = members[begin : begin + BURST]
            if begin:  # While other work ran, a member may have gone to a group with other rights.
                burst = [member for member in burst if member in group.members]
            missed = burst if shared is None else send_to_many(burst, sequence, shared, cursor)
            sent += len(burst) - len(missed)
            for member in missed:
                if member in group.members and member.is_live and member.delivered < sequence:
                    member.deliver(event, sequence, shared)
                    if member.delivered == sequence:
                        sent += 1
                if time_slice.is_over:
                    await time_slice.give_way()
            if time_slice.is_over:
                await time_slice.give_way()
        return sent


def sent_at_once(group: LiveGroup, sequence: int, payload: bytes, cursor: Cursor) -> bool:
    """Whether a small group's members could all take the payload. Most of many groups have one member."""
    members = group.members
    if len(members) > FEW or has_errors(payload):
        return False
    return not send_to_many(tuple(members), sequence, payload, cursor)


def broadcaster_of(feed: Feed, *, reads_database: bool) -> Broadcaster:
    """The broadcaster of a feed for one kind of groups; a new one begins at the feed's newest event."""
    found = feed.dependents.get(reads_database)
    if not isinstance(found, Broadcaster):
        found = feed.dependents[reads_database] = Broadcaster(feed, feed.head, reads_database=reads_database)
    return found
