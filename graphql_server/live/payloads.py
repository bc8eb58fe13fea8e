"""Payloads: a document executed for a value of its source, and encoded once for all equal subscriptions."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import count
from threading import RLock
from time import monotonic
from typing import Any
from weakref import finalize

import orjson
from graphql import ExecutionResult, execute_subscription_event
from graphql.execution import Executor as CoreExecutor

from graphql_server.caches import BoundedCache
from graphql_server.context import Context
from graphql_server.execution.responses import response
from graphql_server.live.key import Key
from graphql_server.live.stream.threads import in_thread
from graphql_server.plans.event_json import Shown, Write, event_writer
from graphql_server.ports.callers import Caller

KEPT_BYTES = 4 * 1024 * 1024
FRESH_SECONDS = 2.0
"""Seconds for which a payload that was read from the database is sent to further subscribers."""


class Payloads:
    """Makes the payloads of one document for the callers of one tenant with the same scopes.

    The context of an execution holds the tenant and the scopes, no user, and nothing that outlives one value. Under
    equal keys the payloads are equal, whether subscribers or the application itself ask for them, and are made once:
    a thread that asks for a payload which another is making waits for that.
    """

    def __init__(
        self,
        key: Key,
        executor: CoreExecutor[Any],
        caller: Caller,
        isolated: Callable[[Any], Any],
        text: str,
        reads_database: bool,
    ) -> None:
        self.held = cache.hold(key)
        self.executor = executor
        self.caller = caller
        self.isolated = isolated
        self.text = text
        self.reads_database = reads_database
        self.subscriptions = 0
        """The number of subscriptions that get these payloads."""
        self.awaits = False
        """Whether a field has returned an awaitable so far."""
        self._write: Write | None = None
        self._is_compiled = False
        finalize(self, cache.release, key).atexit = False

    def live(self, name: Hashable, value: Any, shown: dict[frozenset[str], Shown]) -> bytes | None:
        """The payload of a value for live subscribers, if it can be made at once. The name identifies the value.

        ``shown`` is for what payloads write alike of this value, by the scopes of the callers. What only a single
        subscriber asks for is not kept.
        """
        scopes = self.caller.scopes
        alike = shown.get(scopes) or shown.setdefault(scopes, Shown(value))
        if self.subscriptions > 1 or self.held.holders > 1 or self.reads_database or self.awaits:
            return self.kept(name, value, alike)
        return self._made_at_once(value, alike)

    def made(self, value: Any, shown: Shown | None = None) -> bytes | Awaitable[bytes]:
        """Execute the document for a value of the source; returns JSON. Not for event loops if it reads the database.

        Raises:
            TypeError: JSON can't hold it.
        """
        if (written := self._written(shown or Shown(value))) is not None:
            return written
        context = Context(caller=self.caller, request_id=self.caller.request_id, transport="ws")
        once = self.executor.build_per_event_executor(value)
        once.context_value = context
        with self.caller.acting():
            result = execute_subscription_event(once)
        if isinstance(result, ExecutionResult):
            return orjson.dumps(response(result, context))
        return self._finished(result, context)

    def _written(self, shown: Shown) -> bytes | None:
        """The payload in a few microseconds; None if graphql-core has to execute the document."""
        if not self._is_compiled:
            self._is_compiled = True
            plans = None if self.reads_database else getattr(self.executor, "plans", None)
            self._write = plans and event_writer(self.executor, plans.fields_left)
        if self._write is None or self.awaits:
            return None
        try:
            with self.caller.acting():
                return self._write(shown)
        except Exception:  # graphql-core executes the document again, and puts the error into the response.
            return None

    def _made_at_once(self, value: Any, shown: Shown | None) -> bytes | None:
        """The payload; None if a field has to be awaited."""
        made = self.made(value, shown)
        if isinstance(made, bytes):
            return made
        self.awaits = True
        asyncio.ensure_future(made).add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        return None

    async def _finished(self, result: Awaitable[ExecutionResult], context: Context) -> bytes:
        with self.caller.acting():
            return orjson.dumps(response(await result, context))

    def kept(self, name: Hashable, value: Any, shown: Shown | None = None) -> bytes | None:
        """The payload of a value, if it is kept or can be made at once. The name identifies the value."""
        kept = cache.get(self, name)
        if kept is not None or self.reads_database or self.awaits or cache.begin(self, name) is not None:
            return kept
        try:
            made = self._made_at_once(value, shown)
            if made is not None:
                cache.put(self, name, made)
            return made
        finally:
            cache.end(self, name)

    async def of(self, name: Hashable, value: Any) -> bytes:
        """The payload of a value; made in a thread if it reads the database."""
        if (kept := self.kept(name, value)) is not None:
            return kept
        if self.awaits:
            return await self._awaited(name, value)
        [outcome] = await made_together([self], name, value, self.isolated)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def _awaited(self, name: Hashable, value: Any) -> bytes:
        """The payload of a value, if a field has to be awaited."""
        while (kept := cache.get(self, name)) is None:
            if (ended := cache.begin(self, name)) is not None:
                await asyncio.wrap_future(ended)
                continue
            try:
                made = self.made(value)
                payload = made if isinstance(made, bytes) else await made
                cache.put(self, name, payload)
                return payload
            finally:
                cache.end(self, name)
        return kept


async def made_together(
    several: list[Payloads], name: Hashable, value: Any, isolated: Callable[[Any], Any]
) -> list[bytes | Exception]:
    """Make several payloads of one value in a thread. What two of them read from the database is read once."""

    def work() -> list[bytes | Exception]:
        alone = isolated(value)
        return [made_once(payloads, name, alone) for payloads in several]

    return await in_thread(work)


def made_once(payloads: Payloads, name: Hashable, value: Any) -> bytes | Exception:
    """The payload of a value, kept or made, or the exception that prevents it. Not for a thread with an event loop."""
    while (kept := cache.get(payloads, name)) is None:
        if (ended := cache.begin(payloads, name)) is not None:
            ended.result()
            continue
        try:
            made = attempt(payloads, value)
            if isinstance(made, bytes):
                cache.put(payloads, name, made)
            return made
        finally:
            cache.end(payloads, name)
    return kept


def attempt(payloads: Payloads, value: Any) -> bytes | Exception:
    """The payload of a value, or the exception that prevents it."""
    try:
        made = payloads.made(value)
        return made if isinstance(made, bytes) else asyncio.run(as_coroutine(made))
    except Exception as error:  # The subscribers get it.
        return error


async def as_coroutine(made: Awaitable[bytes]) -> bytes:
    """Wait for a payload."""
    return await made


def has_errors(payload: bytes) -> bool:
    """Whether fields have failed: ``response`` puts errors first."""
    return payload.startswith(b'{"errors"')


@dataclass(slots=True)
class Held:
    """Stands for a key as long as any ``Payloads`` has it."""

    id: int
    holders: int = 0
    """The number of ``Payloads`` with the key."""


class Cache:
    """The newest payloads, for subscribers that resume and for ``Selection``. Safe for threads."""

    def __init__(self, most_bytes: int) -> None:
        self._kept = BoundedCache[tuple[int, Hashable], tuple[bytes, float, str]]("payloads", most_bytes, self._gone)
        self._names: dict[int, set[Hashable]] = {}
        """By the id of a key, the names of the values whose payloads are kept."""
        self._making: dict[tuple[int, Hashable], list[Future[None]]] = {}
        """By the id of a key and the name of a value whose payload is being made, what others wait for."""
        self._ids = count()
        self._held: dict[Key, Held] = {}
        self._lock = RLock()

    def hold(self, key: Key) -> Held:
        """What stands for this key: the same for equal keys, as long as any ``Payloads`` has one."""
        with self._lock:
            held = self._held.get(key) or self._held.setdefault(key, Held(next(self._ids)))
            held.holders += 1
        return held

    def release(self, key: Key) -> None:
        """Drop all payloads of a key after the last ``Payloads`` that has it."""
        with self._lock:
            held = self._held[key]
            held.holders -= 1
            if held.holders:
                return
            del self._held[key]
        for name in tuple(self._names.pop(held.id, ())):
            self._kept.pop((held.id, name))

    def begin(self, payloads: Payloads, name: Hashable) -> Future[None] | None:
        """None: make the payload of a value now, and call ``end``. Else wait for this, and ``get`` it then."""
        with self._lock:
            waiting = self._making.get((payloads.held.id, name))
            if waiting is None:
                self._making[payloads.held.id, name] = []
                return None
            ended: Future[None] = Future()
            waiting.append(ended)
        return ended

    def end(self, payloads: Payloads, name: Hashable) -> None:
        """The payload of a value is made, or can't be: let those go on that wait for it."""
        with self._lock:
            waiting = self._making.pop((payloads.held.id, name))
        for ended in waiting:
            if ended.set_running_or_notify_cancel():
                ended.set_result(None)

    def get(self, payloads: Payloads, name: Hashable) -> bytes | None:
        """The payload of a value; one that was read from the database only for ``FRESH_SECONDS``."""
        found = self._kept.get((payloads.held.id, name))
        if found is None or (payloads.reads_database and monotonic() - found[1] > FRESH_SECONDS):
            return None
        payload, _, text = found
        return None if has_errors(payload) and text != payloads.text else payload  # Errors have places in the text.

    def put(self, payloads: Payloads, name: Hashable, payload: bytes) -> None:
        """Keep a payload, and drop the oldest ones if there is no room."""
        entry = payloads.held.id, name
        self._kept.put(entry, (payload, monotonic(), payloads.text), len(payload))
        if entry in self._kept:
            self._names.setdefault(entry[0], set()).add(name)

    def _gone(self, entry: tuple[int, Hashable]) -> None:
        if names := self._names.get(entry[0]):
            names.discard(entry[1])
            if not names:
                self._names.pop(entry[0], None)


cache = Cache(KEPT_BYTES)
