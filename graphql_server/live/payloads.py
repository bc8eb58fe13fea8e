"""Payloads: a document executed for a value of its source, and encoded once for all equal subscriptions."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count
from time import monotonic
from typing import Any
from weakref import finalize

import orjson
from graphql import ExecutionResult, execute_subscription_event
from graphql.execution import Executor as CoreExecutor

from graphql_server.caches import BoundedCache
from graphql_server.context import Context
from graphql_server.execution.responses import response
from graphql_server.live.stream.threads import in_thread
from graphql_server.ports import Caller

KEPT_BYTES = 4 * 1024 * 1024
FRESH_SECONDS = 2.0
"""How long a payload that was read from the database is sent to further subscribers."""

_ids = count()


class Payloads:
    """Makes the payloads of one document for the callers of one tenant with the same scopes.

    The context of an execution holds the tenant and the scopes, no user, and nothing that outlives one value.
    """

    def __init__(
        self,
        executor: CoreExecutor[Any],
        caller: Caller,
        isolated: Callable[[Any], Any],
        *,
        text: str,
        reads_database: bool,
    ) -> None:
        self.id = next(_ids)
        """Unique in this process."""
        self.executor = executor
        self.caller = caller
        self.isolated = isolated
        self.text = text
        self.reads_database = reads_database
        self.awaits = False
        """Whether a field has returned an awaitable so far."""
        finalize(self, cache.forget, self.id).atexit = False

    def made(self, value: Any) -> bytes | Awaitable[bytes]:
        """Execute the document for a value of the source; returns JSON. Not for event loops if it reads the database.

        Raises:
            TypeError: JSON can't hold it.
        """
        context = Context(caller=self.caller, request_id=self.caller.request_id, transport="ws")
        once = self.executor.build_per_event_executor(value)
        once.context_value = context
        with self.caller.acting():
            result = execute_subscription_event(once)
        if isinstance(result, ExecutionResult):
            return orjson.dumps(response(result, context))
        return self._finished(result, context)

    async def _finished(self, result: Awaitable[ExecutionResult], context: Context) -> bytes:
        with self.caller.acting():
            return orjson.dumps(response(await result, context))

    def kept(self, number: int, value: Any) -> bytes | None:
        """The payload of a value, if it is kept or can be made at once. The number identifies the value."""
        kept = cache.get(self, number)
        if kept is not None or self.reads_database or self.awaits:
            return kept
        made = self.made(value)
        if isinstance(made, bytes):
            cache.put(self, number, made)
            return made
        self.awaits = True
        asyncio.ensure_future(made).add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        return None

    async def of(self, number: int, value: Any) -> bytes:
        """The payload of a value; made in a thread if it reads the database."""
        if (kept := self.kept(number, value)) is not None:
            return kept
        if self.awaits:
            made = self.made(value)
            payload = made if isinstance(made, bytes) else await made
            cache.put(self, number, payload)
            return payload
        [outcome] = await made_together([self], number, value, self.isolated)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


async def made_together(
    several: list[Payloads], number: int, value: Any, isolated: Callable[[Any], Any]
) -> list[bytes | Exception]:
    """Make several payloads of one value in a thread. What two of them read from the database is read once."""

    def work() -> list[bytes | Exception]:
        alone = isolated(value)
        return [attempt(payloads, alone) for payloads in several]

    made = await in_thread(work)
    for payloads, payload in zip(several, made, strict=True):
        if isinstance(payload, bytes):
            cache.put(payloads, number, payload)
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


class Cache:
    """The newest payloads, for subscribers that resume or fall behind. It does not keep ``Payloads`` alive."""

    def __init__(self, most_bytes: int) -> None:
        self._kept: BoundedCache[tuple[int, int], tuple[bytes, float]] = BoundedCache(
            "payloads", most_bytes, self._gone
        )
        self._numbers: dict[int, set[int]] = {}
        """By the id of ``Payloads``, the numbers of the values whose payloads are kept."""

    def get(self, payloads: Payloads, number: int) -> bytes | None:
        """The payload of a value; one that was read from the database only for ``FRESH_SECONDS``."""
        found = self._kept.get((payloads.id, number))
        if found is None or (payloads.reads_database and monotonic() - found[1] > FRESH_SECONDS):
            return None
        return found[0]

    def put(self, payloads: Payloads, number: int, payload: bytes) -> None:
        """Keep a payload, and drop the oldest ones if there is no room."""
        self._kept.put((payloads.id, number), (payload, monotonic()), len(payload))
        if (payloads.id, number) in self._kept:
            self._numbers.setdefault(payloads.id, set()).add(number)

    def forget(self, payloads_id: int) -> None:
        """Drop all payloads of a ``Payloads`` that is gone."""
        for number in self._numbers.pop(payloads_id, ()):
            self._kept.pop((payloads_id, number))

    def _gone(self, key: tuple[int, int]) -> None:
        if numbers := self._numbers.get(key[0]):
            numbers.discard(key[1])
            if not numbers:
                del self._numbers[key[0]]


cache = Cache(KEPT_BYTES)
