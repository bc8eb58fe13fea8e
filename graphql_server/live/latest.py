"""A value of which only the newest counts: kept up by events on one event loop, shown to all who ask alike.

Who follows it is told the newest at once, then whenever there is another, at most once in ``UPDATE_SECONDS``.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Hashable, Iterator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol
from weakref import WeakValueDictionary

import orjson
import structlog
from graphql import ExecutionResult, execute_subscription_event

from graphql_server.context import Context
from graphql_server.errors import ApiError, Code, failure
from graphql_server.executor import Begun, Operation
from graphql_server.live import feed as hubs
from graphql_server.live.feed import Hubs, in_thread
from graphql_server.ports import Tenant
from graphql_server.responses import Response, response
from tenants.context import Caller

logger = structlog.get_logger(__name__)

UPDATE_SECONDS = 1.0
"""How far apart updates are at least, for each subscriber."""

Key = tuple[str, str | None, bytes, Tenant, frozenset[str]]


class State(Protocol):
    """What a value is made of: read once, then kept up by every event after ``position``, in sequence."""

    @property
    def position(self) -> int: ...

    def apply(self, event: Any) -> None:
        """Take in the next event."""

    def value(self) -> Any:
        """The value now."""

    def seconds_valid(self) -> float | None:
        """For how long the value last returned stays right without an event; None: for good."""

    @property
    def is_stale(self) -> bool:
        """Whether it has to be read anew."""


@dataclass(frozen=True, slots=True)
class Latest:
    """What the resolver of a subscription returns to have the newest value told.

    Args:
        key: within a tenant, equal keys mean the same value.
        read: reads the state. May block; called on a thread.
    """

    key: Hashable
    read: Callable[[], State]

    def __aiter__(self) -> AsyncIterator[Any]:
        """graphql-core asks for it before the subscription is run, and does not call it."""
        raise TypeError("The live part of the server runs it.")


class Values:
    """The values of one key of one tenant, as long as somebody follows them."""

    def __init__(self, tenant_id: Tenant, latest: Latest, hubs: Hubs, end_if_idle: "Callable[[Values], None]") -> None:
        self.tenant_id = tenant_id
        self.key = latest.key
        self.newest: Any = None
        self.changed = asyncio.Event()
        self.followers = 0
        self._read = latest.read
        self._hubs = hubs
        self._hub = hubs.of(tenant_id)
        self._hub.hold()
        self._stirred = asyncio.Event()
        self._end_if_idle = end_if_idle
        self._running = asyncio.create_task(self._run(), name=f"latest {tenant_id}")

    def hold(self) -> None:
        """Count one who follows."""
        self.followers += 1

    def release(self) -> None:
        """Count one less; without any, they end after a moment."""
        self.followers -= 1
        if self.followers == 0:
            asyncio.get_running_loop().call_later(hubs.LINGER_SECONDS, self._end_if_idle, self)

    def end(self) -> None:
        """Nobody follows them any more."""
        self._running.cancel()
        self._hub.release()

    @property
    def has_ended(self) -> bool:
        """Whether there will be no other."""
        return self._running.done() or self._running.cancelling() > 0

    async def updates(self) -> AsyncGenerator[Any, None]:
        """The value now, then the newest whenever there is another; who is slow misses those in between."""
        time = asyncio.get_running_loop().time
        self.hold()
        told = None
        try:
            while True:
                changed = self.changed
                if self.newest is None or self.newest is told:
                    await changed.wait()
                    continue
                told, due = self.newest, time() + UPDATE_SECONDS
                yield told
                await asyncio.sleep(max(0.0, due - time()))
        finally:
            self.release()

    async def _run(self) -> None:
        """Read, then keep up; what can't go on from where it is is read anew."""
        while True:
            try:
                self._follow_anew()
                state = await in_thread(self._read)
                async with asyncio.TaskGroup() as both:
                    keeping_up = both.create_task(self._keep_up(state))
                    await self._tell(state)
                    keeping_up.cancel()
            except Exception as error:  # no database, or a log that was pruned past us
                logger.warning("latest_read_anew", tenant_id=str(self.tenant_id), error=type(error).__name__)
                await asyncio.sleep(hubs.SILENCE_SECONDS)

    def _follow_anew(self) -> None:
        """Where the hub has ended, follow the next one."""
        if self._hub.has_ended:
            self._hub.release()
            self._hub = self._hubs.of(self.tenant_id)
            self._hub.hold()

    async def _keep_up(self, state: State) -> None:
        async with aclosing(self._hub.follow(await self._hub.begin(state.position))) as events:
            async for event in events:
                state.apply(event)
                self._stirred.set()

    async def _tell(self, state: State) -> None:
        """Tell at once, then after events and when time has changed it, not sooner than the last update allows.

        Return once it has to be read anew.
        """
        value = state.value()
        while True:
            self._publish(value)
            await asyncio.sleep(UPDATE_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(state.seconds_valid()):
                    await self._stirred.wait()
            self._stirred.clear()
            value = state.value()
            if state.is_stale:
                return

    def _publish(self, value: Any) -> None:
        self.newest = value
        self.changed.set()
        self.changed = asyncio.Event()


class Shown:
    """What one operation shows of an update, to callers with the same rights."""

    def __init__(self, begun: Begun, anybody: Caller) -> None:
        self._core = begun.core
        self._caller = anybody
        self._of: Any = None
        self._text = b""

    async def of(self, update: Any) -> bytes:
        """The response to it; made by the first who asks."""
        if self._of is not update:
            self._text = await self._made(update)
            self._of = update
        return self._text

    async def _made(self, update: Any) -> bytes:
        context = Context(self._caller, self._caller.request_id, "ws")
        once = self._core.build_per_event_executor(update)
        once.context_value = context
        with self._caller.acting():
            result = execute_subscription_event(once)
            return orjson.dumps(response(result if isinstance(result, ExecutionResult) else await result, context))


class Updates:
    """The updates of one subscriber."""

    def __init__(self, begun: Begun, values: Callable[[], Values], shown: Shown) -> None:
        self._begun = begun
        self._values = values
        self._shown = shown
        self._payloads = self._each()

    def __aiter__(self) -> AsyncIterator[Response | bytes]:
        return self._payloads

    async def aclose(self) -> None:
        """End it."""
        await self._payloads.aclose()

    async def _each(self) -> AsyncGenerator[Response | bytes, None]:
        try:
            async with aclosing(self._values().updates()) as updates:
                async for update in updates:
                    yield await self._shown.of(update)
        except Exception as error:  # whatever it is, the client is told
            yield failure(error, self._begun.context.request_id)

    async def renew(self, caller: Caller) -> list[dict[str, Any]]:
        """Go on under other rights; the errors that tell why not, if it can't."""
        if caller.tenant_id != self._begun.context.caller.tenant_id:
            error = ApiError(Code.FORBIDDEN, "Your rights have changed. Subscribe again.")
            refused: list[dict[str, Any]] = failure(error, caller.request_id)["errors"]
            return refused
        return await self._begun.may_go_on(caller)


class Sharing:
    """The values that one event loop keeps up, and what operations show of them, as long as somebody follows."""

    def __init__(self, hubs: Hubs) -> None:
        self._hubs = hubs
        self._values: dict[tuple[Tenant, Hashable], Values] = {}
        self._shown: WeakValueDictionary[Key, Shown] = WeakValueDictionary()

    def __iter__(self) -> Iterator[Values]:
        return iter(tuple(self._values.values()))

    def values_of(self, tenant_id: Tenant, latest: Latest) -> Values:
        """The values of a key, begun if there are none."""
        values = self._values.get((tenant_id, latest.key))
        if values is None or values.has_ended:
            values = self._values[tenant_id, latest.key] = Values(tenant_id, latest, self._hubs, self._end_if_idle)
        return values

    def join(self, begun: Begun, latest: Latest, anybody: Caller) -> Updates:
        """The updates of one who has begun; ``anybody`` stands for all with the same rights."""
        values = partial(self.values_of, anybody.tenant_id, latest)
        try:
            key = key_of(begun.operation, anybody)
        except TypeError:  # Variables nested too deeply to be compared: it is shown to this one alone.
            return Updates(begun, values, Shown(begun, anybody))
        shown = self._shown.get(key)
        if shown is None:
            shown = self._shown[key] = Shown(begun, anybody)
        return Updates(begun, values, shown)

    def _end_if_idle(self, values: Values) -> None:
        """End values that nobody follows: what nobody looks at costs nothing."""
        key = values.tenant_id, values.key
        if values.followers == 0 and self._values.get(key) is values:
            del self._values[key]
            values.end()


def key_of(operation: Operation, caller: Caller) -> Key:
    """What those have in common who are shown the same."""
    variables = orjson.dumps(operation.variables or {}, option=orjson.OPT_SORT_KEYS)
    return operation.query, operation.operation_name, variables, caller.tenant_id, caller.scopes
