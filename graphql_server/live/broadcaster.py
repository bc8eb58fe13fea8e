"""Sends a tenant's events to all live subscribers of one event loop, one event after the other.

A tenant has two broadcasters: one for payloads that are made of the event alone, one for payloads that need the
database. Neither waits for the other.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Protocol

import structlog

from graphql_server.live.payloads import Payloads, has_errors, made_together
from graphql_server.live.stream import timing
from graphql_server.live.stream.feed import Feed
from graphql_server.live.time_slice import TimeSlice
from graphql_server.live.topic_index import TopicIndex
from graphql_server.ports import Ahead, Event, Expired, Topic
from graphql_server.websocket.outbox import Outbox, send_to_many

logger = structlog.get_logger(__name__)

BURST = 256
"""How many members get a payload before other work may run."""


class LiveMember(Protocol):
    """What a broadcaster needs of a live subscriber."""

    head: bytes
    outbox: Outbox
    is_live: bool
    delivered: int

    def deliver(self, event: Event, sequence: int, payload: bytes | None) -> None:
        """Take one event. ``payload`` is None where fields have failed: the places depend on the member's document."""


class LiveGroup(Protocol):
    """What a broadcaster needs of a group of equal subscribers."""

    @property
    def topic(self) -> Topic: ...
    @property
    def payloads(self) -> Payloads: ...
    @property
    def has_layouts(self) -> bool: ...
    @property
    def members(self) -> Iterable[LiveMember]: ...

    def detach(self) -> None:
        """Forget the broadcaster, which has ended."""

    def fail(self, error: Exception) -> None:
        """End the subscriptions of all live members with an error."""


class Broadcaster:
    """Sends each event of a feed once, in sequence, to the groups that match it.

    ``position`` is the sequence of the event that is being sent: a member that has it, or a later event, may join.
    ``done`` is the sequence of the last event that all members have got.
    """

    def __init__(self, feed: Feed, position: int, *, reads_database: bool) -> None:
        self.feed = feed
        self.reads_database = reads_database
        self.position = self.done = position
        self.groups = TopicIndex[LiveGroup]()
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
        time_slice = TimeSlice()
        matching = await self.groups.matching(event, time_slice)
        reading = [group for group in matching if group.payloads.reads_database]
        made = await self.payloads_from_database(reading, event) if reading else {}
        for group in matching:
            try:
                payload = (
                    made.get(group)
                    or group.payloads.kept(self.position, event)
                    or await group.payloads.of(self.position, event)
                )
            except Exception as error:  # The group ends, as each of its members would if it were alone.
                payload = error
            if isinstance(payload, bytes):
                await self.send_to_group(group, event, payload, time_slice)
            else:
                group.fail(payload)
            if time_slice.is_over:
                await time_slice.give_way()

    async def payloads_from_database(self, groups: list[LiveGroup], event: Event) -> dict[LiveGroup, bytes | Exception]:
        """The payloads of groups that read the database, by group; an exception where a payload can't be made."""
        several = list({group.payloads: None for group in groups})
        try:
            made = await made_together(several, self.position, event, self.feed.source.isolated)
        except Exception as error:  # There is no thread, or no database.
            return dict.fromkeys(groups, error)
        by_payloads = dict(zip(several, made, strict=True))
        return {group: by_payloads[group.payloads] for group in groups}

    async def send_to_group(self, group: LiveGroup, event: Event, payload: bytes, time_slice: TimeSlice) -> None:
        """Send a payload to each member. A member that can't take it falls behind; the others do not wait."""
        sequence = event.sequence or 0
        members = tuple(group.members)
        shared = payload if not has_errors(payload) or not group.has_layouts else None
        for begin in range(0, len(members), BURST):
            for member in send_at_once(members[begin : begin + BURST], sequence, shared):
                member.deliver(event, sequence, shared)
            if time_slice.is_over:
                await time_slice.give_way()


def broadcaster_of(feed: Feed, *, reads_database: bool) -> Broadcaster:
    """The broadcaster of a feed for one kind of groups; a new one begins at the feed's newest event."""
    found = feed.dependents.get(reads_database)
    if not isinstance(found, Broadcaster):
        found = feed.dependents[reads_database] = Broadcaster(feed, feed.head, reads_database=reads_database)
    return found


def send_at_once(members: Sequence[LiveMember], sequence: int, payload: bytes | None) -> list[LiveMember]:
    """Send the payload to all members whose way is clear; return the others, which have to take it one by one."""
    due = [member for member in members if member.is_live and member.delivered < sequence]
    missed = due if payload is None else send_to_many(due, payload)
    waiting = set(missed)
    for member in [member for member in due if member not in waiting] if waiting else due:
        member.delivered = sequence
    return missed
