"""A subscriber to the events of a topic: live, or catching up with the live ones."""

import asyncio
from collections import deque
from functools import partial

from graphql_server.execution.executor import Operation as Request
from graphql_server.live.group import TopicGroup
from graphql_server.live.member import Groups, Member
from graphql_server.live.stream.beginning import when_begun
from graphql_server.live.stream.feed import Feed
from graphql_server.live.stream.time_slice import TimeSlice
from graphql_server.metrics import DELIVERIES, LAGGED
from graphql_server.ports.callers import Caller
from graphql_server.ports.event_source import Event
from graphql_server.websocket.outbox import Cursor, Lagged, MessageFormat, Outbox
from graphql_server.websocket.running_operation import RunningOperation

UNKNOWN = -1


class TopicMember(Member[TopicGroup]):
    """Gets each event of its topic once, in sequence. A live member has no task.

    ``delivered`` is the sequence of the last event that it got, or that its topic did not match.
    """

    __slots__ = ("delivered", "feed", "is_live", "messages", "outbox")

    messages: MessageFormat
    outbox: Outbox
    """The outbox of its socket. The broadcaster uses ``messages`` and ``outbox`` alone where it can send at once."""
    feed: Feed
    """The feed that it follows. Once ``delivered`` is known, ``feed.head`` is not behind it."""

    def __init__(
        self, groups: Groups, group: TopicGroup, request: Request, caller: Caller, position: int | None
    ) -> None:
        super().__init__(groups, group, request, caller)
        self.delivered = UNKNOWN if position is None else position
        self.is_live = False

    @property
    def position(self) -> int:
        """The sequence up to which it has all events of its topic."""
        broadcaster = self.group.broadcaster
        return max(self.delivered, broadcaster.done) if self.is_live and broadcaster is not None else self.delivered

    @property
    def cursor(self) -> str | None:
        """The position as a cursor; None before it is known."""
        return None if self.delivered == UNKNOWN else self.groups.sources.cursor(self.group.tenant_id, self.position)

    def cursor_after(self, sequence: int) -> Cursor:
        """The cursor after an event."""
        return partial(self.groups.sources.cursor, self.group.tenant_id, sequence)

    def begin(self, operation: RunningOperation) -> None:
        """Send events into this operation from now on."""
        self.messages, self.outbox = operation.messages, operation.outbox
        super().begin(operation)

    def deliver(self, event: Event, sequence: int, payload: bytes | None) -> None:
        """Take one event while live. ``payload`` is None where fields have failed: make it for this document then."""
        shown = self.own_payloads().kept(event.id, event) if payload is None else payload
        if shown is not None and self.operation.offer(shown, self.cursor_after(sequence)):
            self.delivered = sequence
        else:
            self._fall_behind(sequence - 1)

    def enter(self) -> None:
        """Begin at the requested position, once the feed has all events up to it."""
        self.feed = self.group.enter(self.request)
        if self.delivered == UNKNOWN and (head := self.feed.fresh_head) is not None:
            self._begin_after(head)
        if self.delivered != UNKNOWN and self.feed.reaches(self.delivered):
            self._join_or_catch_up()
        else:
            when_begun(self.feed, None if self.delivered == UNKNOWN else self.delivered, self._start_at)

    def leave(self) -> None:
        """Leave the group, and remember how far it has come."""
        self.delivered = self.position
        self.is_live = False
        self.group.leave(self)

    def _start_at(self, position: int | Exception) -> None:
        if self._is_over or self.is_live or self._task is not None:  # Its rights have changed meanwhile.
            return
        if isinstance(position, Exception):
            self.fail(position)
        elif self.feed.set_back is not None:
            self.fail(self.feed.set_back)
        else:
            if self.delivered == UNKNOWN:
                self._begin_after(position)
            self._join_or_catch_up()

    def _begin_after(self, sequence: int) -> None:
        self.delivered = sequence
        self.operation.positioned()

    def _join_or_catch_up(self) -> None:
        """Be live if it has all events that the others have, else catch up."""
        self.is_live = self.group.join(self)
        if not self.is_live:
            self.run(self._catch_up)

    def _fall_behind(self, delivered: int) -> None:
        LAGGED.inc()
        self.delivered = max(self.delivered, delivered)
        self.is_live = False
        self.group.members.pop(self, None)
        self.run(self._catch_up)

    async def _catch_up(self) -> None:
        """Send the events that the others have, as fast as the client takes them; then be live."""
        least = None
        while not self.group.join(self):
            least = self._check_lag(least)
            await self._send_next()
        self.is_live = True

    def _check_lag(self, least: int | None) -> int:
        """The fewest events that it has been behind so far.

        Raises:
            Lagged: it falls further behind, so that it will never catch up.
        """
        behind = max(0, self.feed.head - self.delivered)
        if least is not None and behind > least + self.groups.lag_events:
            raise Lagged("Too far behind: events come faster than they are read")
        return behind if least is None else min(least, behind)

    async def _send_next(self) -> None:
        """Send the next events. There are some, because the live members are ahead."""
        events = deque(await self.feed.after(self.delivered))
        while events:
            async with self.groups.catch_up_slots(self.group.payloads.reads_database):
                payload = await self._send_burst(events)
                await asyncio.sleep(0)
            if payload is not None:
                events.clear()  # They may be large, and the wait may be long.
                await self.operation.room(payload)

    async def _send_burst(self, events: deque[Event]) -> bytes | None:
        """Send events and take them from the queue. Return the payload of the next event if there is no room for it."""
        time_slice = TimeSlice()
        while events and not time_slice.is_over:
            event = events[0]
            sequence = event.sequence or 0
            if self.group.topic.matches(event):
                payload = await self.shown(event.id, event)
                if not self.operation.offer(payload, self.cursor_after(sequence)):
                    return payload
                DELIVERIES.inc()
            events.popleft()
            self.delivered = sequence
        return None
