"""Payloads: a document executed for a value of its source, and encoded once for all equal subscriptions."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from itertools import count
from threading import Lock, RLock
from time import monotonic
from typing import Any
from weakref import finalize

import orjson
from graphql import ExecutionResult, execute_subscription_event
from graphql.execution import Executor as CoreExecutor

from graphql_server.caches import BoundedCache
from graphql_server.context import Context
from graphql_server.errors import ApiError
from graphql_server.execution.executor import Executor, Operation
from graphql_server.execution.responses import response
from graphql_server.live.follow import Follow
from graphql_server.live.key import Key, shown_key, template_of
from graphql_server.live.stream.threads import in_thread
from graphql_server.plans.event_json import Shown, Write, event_writer
from graphql_server.ports.callers import Caller
from graphql_server.ports.event_source import Topic

KEPT_BYTES = 4 * 1024 * 1024
FRESH_SECONDS = 2.0
"""How long a payload that was read from the database is sent to further subscribers."""


class Payloads:
    """Makes the payloads of one document for the callers of one tenant with the same scopes.

    The context of an execution holds the tenant and the scopes, no user, and nothing that outlives one value. Under
    equal keys the payloads are equal, whether subscribers or the application itself ask for them.
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
        self.id = cache.hold(key)
        self.executor = executor
        self.caller = caller
        self.isolated = isolated
        self.text = text
        self.reads_database = reads_database
        self.subscriptions = 0
        """How many subscriptions show these payloads."""
        self.awaits = False
        """Whether a field has returned an awaitable so far."""
        self._write: Write | None = None
        self._is_compiled = False
        finalize(self, cache.release, key).atexit = False

    def live(self, name: Hashable, value: Any, shown: dict[frozenset[str], Shown]) -> bytes | None:
        """The payload of a value for live subscribers, if it can be made at once. The name identifies the value.

        ``shown`` is for what payloads write alike of this value, by the scopes of the callers. What a single
        subscriber gets is not kept.
        """
        scopes = self.caller.scopes
        alike = shown.get(scopes) or shown.setdefault(scopes, Shown(value))
        if self.subscriptions > 1 or self.reads_database or self.awaits:
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
        if kept is not None or self.reads_database or self.awaits:
            return kept
        made = self._made_at_once(value, shown)
        if made is not None:
            cache.put(self, name, made)
        return made

    async def of(self, name: Hashable, value: Any) -> bytes:
        """The payload of a value; made in a thread if it reads the database."""
        if (kept := self.kept(name, value)) is not None:
            return kept
        if self.awaits:
            made = self.made(value)
            payload = made if isinstance(made, bytes) else await made
            cache.put(self, name, payload)
            return payload
        [outcome] = await made_together([self], name, value, self.isolated)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


async def made_together(
    several: list[Payloads], name: Hashable, value: Any, isolated: Callable[[Any], Any]
) -> list[bytes | Exception]:
    """Make several payloads of one value in a thread. What two of them read from the database is read once."""

    def work() -> list[bytes | Exception]:
        alone = isolated(value)
        return [attempt(payloads, alone) for payloads in several]

    made = await in_thread(work)
    for payloads, payload in zip(several, made, strict=True):
        if isinstance(payload, bytes):
            cache.put(payloads, name, payload)
    return made


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


class SelectionRefused(ValueError):
    """The document can't be used; ``messages`` says why."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__("; ".join(messages))
        self.messages = messages


class Selection:
    """A subscription's document for events that come from elsewhere than its stream: which it would send, and as what.

    Safe for threads without an event loop.

    Raises:
        SelectionRefused: the document is not valid, no subscription to events or too expensive, or a variable is wrong.
    """

    def __init__(
        self, executor: Executor, isolated: Callable[[Any], Any], operation: Operation, caller: Caller
    ) -> None:
        document = executor.documents.read(operation.query, is_ours=True)
        if document.errors:
            raise SelectionRefused([error["message"] for error in document.errors])
        try:
            executor.price(document, operation)
        except ApiError as error:
            raise SelectionRefused([str(error)]) from None
        name = operation.operation_name
        template = template_of(executor, document, name)
        if not template:
            raise SelectionRefused(["Must be one subscription, of one field without directives."])
        context = Context(caller, caller.request_id, "ws")
        with caller.acting():
            opened = asyncio.run(executor.runner.open_source(document, operation, context))
        if isinstance(opened, dict):
            raise SelectionRefused([error["message"] for error in opened["errors"]])
        core, wanted = opened
        if not isinstance(wanted, Follow) or wanted.after is not None:
            raise SelectionRefused(["Must be a subscription to events, without `after`."])
        self.topic: Topic = wanted.topic
        key = (executor, *shown_key(template.shown_text, template, operation.variables, caller))
        self._payloads = Payloads(key, core, caller.shared(), isolated, document.text, template.reads_database)
        self._one_at_a_time = Lock()

    def matches(self, event: Any) -> bool:
        """Whether the subscription would send the event."""
        return self.topic.matches(event)

    def body(self, event: Any) -> bytes:
        """What the subscription would send of the event: the bytes of the same response.

        One that is kept is not made again, whether for this or for subscribers in this process.
        """
        payloads = self._payloads
        with self._one_at_a_time:
            if kept := cache.get(payloads, event.id):
                return kept
            made = attempt(payloads, payloads.isolated(event))
            if isinstance(made, Exception):
                raise made
            cache.put(payloads, event.id, made)
        return made


class Cache:
    """The newest payloads, for subscribers that resume and for ``Selection``. Safe for threads."""

    def __init__(self, most_bytes: int) -> None:
        self._kept = BoundedCache[tuple[int, Hashable], tuple[bytes, float, str]]("payloads", most_bytes, self._gone)
        self._names: dict[int, set[Hashable]] = {}
        """By the id of ``Payloads``, the names of the values whose payloads are kept."""
        self._ids = count()
        self._holders: dict[Key, tuple[int, int]] = {}
        """By key, the id, and how many ``Payloads`` have it."""
        self._lock = RLock()

    def hold(self, key: Key) -> int:
        """The id of payloads with this key: the same for equal keys, as long as any ``Payloads`` has one."""
        with self._lock:
            found, holders = self._holders.get(key) or (next(self._ids), 0)
            self._holders[key] = found, holders + 1
        return found

    def release(self, key: Key) -> None:
        """Drop all payloads of a key after the last ``Payloads`` that has it."""
        with self._lock:
            found, holders = self._holders.pop(key)
            if holders > 1:
                self._holders[key] = found, holders - 1
                return
        for name in tuple(self._names.pop(found, ())):
            self._kept.pop((found, name))

    def get(self, payloads: Payloads, name: Hashable) -> bytes | None:
        """The payload of a value; one that was read from the database only for ``FRESH_SECONDS``."""
        found = self._kept.get((payloads.id, name))
        if found is None or (payloads.reads_database and monotonic() - found[1] > FRESH_SECONDS):
            return None
        payload, _, text = found
        return None if has_errors(payload) and text != payloads.text else payload  # Errors have places in the text.

    def put(self, payloads: Payloads, name: Hashable, payload: bytes) -> None:
        """Keep a payload, and drop the oldest ones if there is no room."""
        self._kept.put((payloads.id, name), (payload, monotonic(), payloads.text), len(payload))
        if (payloads.id, name) in self._kept:
            self._names.setdefault(payloads.id, set()).add(name)

    def _gone(self, entry: tuple[int, Hashable]) -> None:
        if names := self._names.get(entry[0]):
            names.discard(entry[1])
            if not names:
                self._names.pop(entry[0], None)


cache = Cache(KEPT_BYTES)
