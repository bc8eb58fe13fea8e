"""A subscriber that shares its execution with no other: its source is an async iterator."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Callable
from contextlib import aclosing
from functools import partial
from typing import Any

import orjson
from graphql import ExecutionResult, execute_subscription_event

from graphql_server.execution.executor import PreparedSubscription
from graphql_server.execution.responses import Response, response
from graphql_server.live.subscriber import Subscriber
from graphql_server.metrics import DELIVERIES, SUBSCRIPTIONS
from graphql_server.ports.callers import Caller


async def values_of(prepared: PreparedSubscription, source: AsyncIterable[Any]) -> AsyncGenerator[Any, None]:
    """The values of a source, which acts for the caller of the subscription."""
    values = aiter(source)
    try:
        while True:
            with prepared.context.caller.acting():
                try:
                    value = await anext(values)
                except StopAsyncIteration:
                    return
            yield value
    finally:
        if isinstance(values, AsyncGenerator):
            await values.aclose()


async def response_to(prepared: PreparedSubscription, value: Any) -> Response:
    """Execute the document for a value of the source."""
    once = prepared.core.build_per_event_executor(value)
    with prepared.context.caller.acting():
        result = execute_subscription_event(once)
        return response(result if isinstance(result, ExecutionResult) else await result, prepared.context)


class Alone(Subscriber):
    """Executes the document for each value of its source."""

    __slots__ = ("_cursor_after", "_is_allowed", "_prepared", "_source")

    def __init__(
        self,
        prepared: PreparedSubscription,
        source: AsyncIterable[Any],
        cursor_after: Callable[[Any], str] | None = None,
    ) -> None:
        """``cursor_after`` makes the cursor after a value of the source; None: the source has no cursors."""
        super().__init__(prepared.context.caller)
        self._prepared = prepared
        self._cursor_after = cursor_after
        self._source = source
        self._is_allowed = asyncio.Event()
        """Not set while changed rights are checked. Nothing is sent then."""
        self._is_allowed.set()

    @property
    def cursor(self) -> str | None:
        """The cursor that the source keeps in the context."""
        return self._prepared.context.cursor

    def enter(self) -> None:
        """Begin to read from the source."""
        self.run(self._send_all)

    def leave(self) -> None:
        """Do nothing: the task is cancelled, and closes the source."""

    async def go_on(self, caller: Caller) -> None:
        """Go on with the same source if the caller may begin the subscription. Send nothing before that is known."""
        self._is_allowed.clear()
        errors = await self._prepared.may_go_on(caller)
        if self._is_over:
            return
        if errors:
            self.stop()
            self.operation.fail(errors)
        else:
            self.caller = self._prepared.context.caller = caller
            self._is_allowed.set()

    async def _send_all(self) -> None:
        with SUBSCRIPTIONS.track_inprogress():
            await self._send_values()
        self._is_over = True
        self.operation.complete()

    async def _send_values(self) -> None:
        async with aclosing(values_of(self._prepared, self._source)) as values:
            async for value in values:
                await self._send(value)

    async def _send(self, value: Any) -> None:
        """Send the payload of a value once there is room for it. If the rights change before that, make it again."""
        while True:
            await self._is_allowed.wait()
            caller = self.caller
            payload = orjson.dumps(await response_to(self._prepared, value))
            cursor = None if self._cursor_after is None else partial(self._cursor_after, value)
            await self.operation.room(payload, cursor)
            if self._is_allowed.is_set() and self.caller is caller:
                await self.operation.send(payload, cursor)
                DELIVERIES.inc()
                return
            self._prepared.context.loaders.clear()
