"""Updates of numbers as ready JSON: executed once for all who ask the same with the same rights."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any
from uuid import UUID
from weakref import WeakValueDictionary

import orjson
from graphql import ExecutionResult, execute_subscription_event

from graphql_api.stats_feed import Counted
from graphql_api.types.stats import OrderStats
from graphql_server.context import Context
from graphql_server.errors import ApiError, Code, failure
from graphql_server.executor import Begun, Operation
from graphql_server.responses import Response, response
from tenants.context import Caller, acting_as

Key = tuple[str, str | None, bytes, UUID | None, frozenset[str]]


class Shown:
    """What one operation shows of an update, to callers with the same rights."""

    def __init__(self, begun: Begun, anybody: Caller) -> None:
        self._core = begun.core
        self._caller = anybody
        self._of: OrderStats | None = None
        self._text = b""

    async def of(self, update: OrderStats) -> bytes:
        """The response to it; made by the first who asks."""
        if self._of is not update:
            self._text = await self._made(update)
            self._of = update
        return self._text

    async def _made(self, update: OrderStats) -> bytes:
        context = Context(self._caller, self._caller.request_id, "ws")
        once = self._core.build_per_event_executor(update)
        once.context_value = context
        with acting_as(self._caller):
            result = execute_subscription_event(once)
            return orjson.dumps(response(result if isinstance(result, ExecutionResult) else await result, context))


class Updates:
    """The updates of one subscriber."""

    def __init__(self, begun: Begun, counted: Counted, shown: Shown) -> None:
        self._begun = begun
        self._counted = counted
        self._shown = shown
        self._payloads = self._each()

    def __aiter__(self) -> AsyncIterator[Response | bytes]:
        return self._payloads

    async def aclose(self) -> None:
        """End it."""
        await self._payloads.aclose()

    async def _each(self) -> AsyncGenerator[Response | bytes, None]:
        try:
            async with aclosing(self._counted.updates()) as updates:
                async for update in updates:
                    yield await self._shown.of(update)
        except Exception as error:  # whatever it is, the client is told
            yield failure(error, self._begun.context.request_id)

    async def renew(self, caller: Caller) -> list[dict[str, Any]]:
        """Go on under other rights; the errors that tell why not, if it can't."""
        if caller.tenant_id != self._counted.tenant_id:
            error = ApiError(Code.FORBIDDEN, "Your rights have changed. Subscribe again.")
            refused: list[dict[str, Any]] = failure(error, caller.request_id)["errors"]
            return refused
        return await self._begun.may_go_on(caller)


class Sharing:
    """The operations of one event loop that follow numbers, each kept as long as somebody does."""

    def __init__(self) -> None:
        self._shown: WeakValueDictionary[Key, Shown] = WeakValueDictionary()

    def join(self, begun: Begun, counted: Counted, anybody: Caller) -> Updates:
        """The updates of one who has begun; ``anybody`` stands for all with the same rights."""
        try:
            key = key_of(begun.operation, anybody)
        except TypeError:  # Variables nested too deeply to be compared: it is shown to this one alone.
            return Updates(begun, counted, Shown(begun, anybody))
        shown = self._shown.get(key)
        if shown is None:
            shown = self._shown[key] = Shown(begun, anybody)
        return Updates(begun, counted, shown)


def key_of(operation: Operation, caller: Caller) -> Key:
    """What those have in common who are shown the same."""
    variables = orjson.dumps(operation.variables or {}, option=orjson.OPT_SORT_KEYS)
    return operation.query, operation.operation_name, variables, caller.tenant_id, caller.scopes
