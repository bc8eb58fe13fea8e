"""A subscriber that shares its execution with no other: its source is an async iterator."""

from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from typing import Any

import orjson
from graphql import map_source_to_response_event

from graphql_server.execution.executor import Begun
from graphql_server.execution.responses import Response, responses
from graphql_server.live.subscriber import Subscriber
from graphql_server.ports import Caller


def responses_of(begun: Begun, source: AsyncIterable[Any]) -> AsyncGenerator[Response, None]:
    """A response map for each value of a source. If the source fails, the last map has only ``errors``."""
    return responses(map_source_to_response_event(begun.core, source), begun.context)


class Alone(Subscriber):
    """Executes the document for each value of its source."""

    __slots__ = ("_begun", "_source")

    def __init__(self, begun: Begun, source: AsyncIterable[Any]) -> None:
        super().__init__(begun.context.caller)
        self._begun = begun
        self._source = source

    @property
    def cursor(self) -> str | None:
        """The cursor that the source keeps in the context."""
        return self._begun.context.cursor

    def enter(self) -> None:
        """Begin to read from the source."""
        self.run(self._send_all)

    def leave(self) -> None:
        """Do nothing: the task is cancelled, and closes the source."""

    async def go_on(self, caller: Caller) -> None:
        """Go on with the same source if the caller may begin the subscription."""
        errors = await self._begun.may_go_on(caller)
        if self._is_over:
            return
        if errors:
            self.stop()
            self.operation.fail(errors)
        else:
            self.caller = self._begun.context.caller = caller

    async def _send_all(self) -> None:
        async with aclosing(responses_of(self._begun, self._source)) as made:
            async for response in made:
                if "data" not in response:  # The source has failed.
                    self._is_over = True
                    self.operation.fail(response["errors"])
                    return
                await self.operation.send(orjson.dumps(response))
        self._is_over = True
        self.operation.complete()
