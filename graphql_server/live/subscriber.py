"""One subscriber of a shared stream: live, or catching up with those who are."""

import asyncio
from collections import deque
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from graphql_server.errors import ApiError, Code, failure
from graphql_server.executor import Operation
from graphql_server.live.feed import Hub
from graphql_server.live.group import Shared
from graphql_server.live.payloads import Payloads, has_errors
from graphql_server.live.time_slice import Turn
from graphql_server.ports import Event, Expired
from graphql_server.websocket.closing import Closing
from graphql_server.websocket.operation import Operation as Seat
from graphql_server.websocket.outbox import Disconnected, Lagged
from graphql_server.websocket.window import Window
from tenants.context import Caller

if TYPE_CHECKING:
    from graphql_server.live.registry import Registry

AT_ONCE = 4
"""How many catch up in the same round of the event loop; the others wait, so that live events don't."""
UNKNOWN = -1

_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[bool, asyncio.Semaphore]] = WeakKeyDictionary()


def turns(reads_database: bool) -> asyncio.Semaphore:
    """The turns of those on this event loop who catch up: one queue for those who need the database, one for others."""
    queues = _turns.setdefault(asyncio.get_running_loop(), {})
    if reads_database not in queues:
        queues[reads_database] = asyncio.Semaphore(AT_ONCE)
    return queues[reads_database]


class Subscriber:
    """Gets each event of its stream once, in sequence. A live one has no task.

    ``told`` is the sequence of the last event that it was told, or that it did not want.
    """

    __slots__ = (
        *("_is_over", "_task", "caller", "head", "hub", "is_live", "operation", "registry", "seat", "shared", "told"),
        "window",
        "__weakref__",
    )

    seat: Seat
    head: bytes
    """What its messages begin with, and …"""
    window: Window
    """… the socket's window: the pump, which sends them at once where it can, looks at no more than these."""
    hub: Hub
    """Whose events it follows; from when it has its place on, ``hub.head`` is not behind ``told``."""

    def __init__(
        self, registry: "Registry", shared: Shared, operation: Operation, caller: Caller, position: int | None
    ) -> None:
        self.registry = registry
        self.shared = shared
        self.operation = operation
        self.caller = caller
        self.told = UNKNOWN if position is None else position
        self.is_live = False
        self._is_over = False
        self._task: asyncio.Task[None] | None = None

    @property
    def position(self) -> int:
        """The sequence up to which it knows all that it wants to."""
        pump = self.shared.pump
        return max(self.told, pump.done) if self.is_live and pump is not None else self.told

    @property
    def cursor(self) -> str | None:
        """The same for the client."""
        return None if self.told == UNKNOWN else self.registry.cursor(self.shared.tenant_id, self.position)

    def begin(self, operation: Seat) -> None:
        """Tell what there is from now on into this operation of a socket."""
        self.seat, self.head, self.window = operation, operation.head, operation.window
        self._enter()

    def stop(self) -> None:
        """Tell nothing any more."""
        if not self._is_over:
            self._is_over = True
            self._leave()

    def fail(self, error: Exception) -> None:
        """End it with an error that the client may see, or that is masked and logged."""
        if not self._is_over:
            self.stop()
            if isinstance(error, Expired):
                error = self.registry.expired(self.shared.tenant_id, error)
            self.seat.fail(failure(error, self.caller.for_operation().request_id)["errors"])

    def take(self, event: Event, sequence: int, payload: bytes | None) -> None:
        """Be told an event while live; None: fields have failed, and where depends on the layout of the document."""
        shown = self._own_payloads().kept(event) if payload is None else payload
        if shown is not None and self.seat.offer(shown):
            self.told = sequence
        else:
            self._fall_behind(sequence - 1)

    async def renew(self, caller: Caller) -> None:
        """Go on under other rights, from where it is; without them, end."""
        if (caller.tenant_id, caller.scopes) == (self.caller.tenant_id, self.caller.scopes) or self._is_over:
            return
        if caller.tenant_id != self.caller.tenant_id:
            self.fail(ApiError(Code.FORBIDDEN, "Your rights have changed. Subscribe again."))
            return
        self.told = self.position
        self._leave()
        self._is_over = True
        self.caller = caller
        found = await self.registry.shared_for(self.operation, self.caller)
        if self.seat.is_over:
            return
        if isinstance(found, Shared):
            self._is_over = False
            self.shared = found
            self._enter()
        else:
            self.seat.fail(found["errors"])

    def _enter(self) -> None:
        self.hub = self.shared.enter(self)
        if self.told == UNKNOWN and (head := self.hub.fresh_head) is not None:
            self.told = head
        if self.told != UNKNOWN and self.hub.reaches(self.told):
            self._go_on()
        else:
            self.hub.when_begun(None if self.told == UNKNOWN else self.told, self._begin_at)

    def _leave(self) -> None:
        self.is_live = False
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self.shared.leave(self)

    def _begin_at(self, position: int | Exception) -> None:
        if self._is_over or self.is_live or self._task is not None:  # Its rights have changed while it asked.
            return
        if isinstance(position, Exception):
            self.fail(position)
        elif self.hub.lost is not None:
            self.fail(self.hub.lost)
        else:
            self.told = position if self.told == UNKNOWN else self.told
            self._go_on()

    def _go_on(self) -> None:
        """Be live if all before is told, else catch up."""
        self.is_live = self.shared.join(self)
        if not self.is_live and self._task is None:
            self._task = self.seat.start(self._catch_up)

    def _fall_behind(self, told: int) -> None:
        self.told = max(self.told, told)
        self.is_live = False
        self.shared.members.pop(self, None)
        self._task = self.seat.start(self._catch_up)

    async def _catch_up(self) -> None:
        """Be told from the ring or the log what the others know, as fast as the client takes it; then be live."""
        least = None
        try:
            while not self.shared.join(self):
                least = self._check_lag(least)
                await self._read_on()
        except (Closing, Disconnected):
            raise
        except Exception as error:  # whatever it is, the client is told
            self._end(error)
        else:
            self.is_live, self._task = True, None

    def _end(self, error: Exception) -> None:
        self._task = None  # It is this one, which has the error yet to tell.
        self.fail(error)

    def _check_lag(self, least: int | None) -> int:
        """How few events it was behind at best.

        Raises:
            Lagged: it takes them so much more slowly than they come that it will never catch up.
        """
        behind = max(0, self.hub.head - self.told)
        if least is not None and behind > least + self.registry.lag_events:
            raise Lagged("Too far behind: events come faster than they are read")
        return behind if least is None else min(least, behind)

    async def _read_on(self) -> None:
        """Be told the next events; there are some, since those who are live are further."""
        events = deque(await self.hub.after(self.told))
        while events:
            async with turns(self.shared.payloads.reads_database):
                payload = await self._burst(events)
                await asyncio.sleep(0)
            if payload is not None:
                events.clear()  # They may be large, and the wait may be long.
                await self.seat.room(payload)

    async def _burst(self, events: deque[Event]) -> bytes | None:
        """Be told some events and take them from the queue; the payload of the next, if there is no room for it."""
        turn = Turn()
        while events and not turn.is_over:
            event = events[0]
            if self.shared.topic.matches(event):
                payload = await self.shared.payloads.of(event)
                if self.shared.has_layouts and has_errors(payload):
                    payload = await self._own_payloads().of(event)
                if not self.seat.offer(payload):
                    return payload
            events.popleft()
            self.told = event.sequence or 0
        return None

    def _own_payloads(self) -> Payloads:
        """What is shown of events where the places of errors are those in its own document."""
        return self.registry.payloads_in_layout(self.operation, self.caller, like=self.shared.payloads)
