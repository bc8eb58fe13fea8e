"""A subscription that may begin."""

from collections.abc import AsyncGenerator, AsyncIterable
from dataclasses import dataclass, replace
from typing import Any, Protocol, cast

from graphql.execution import Executor as CoreExecutor

from graphql_server.context import Context
from graphql_server.documents.documents import Document
from graphql_server.execution.responses import Response
from graphql_server.execution.running import Operation
from graphql_server.ports.callers import Caller


class Prepares(Protocol):
    """The part of :class:`graphql_server.execution.executor.Executor` that a prepared subscription uses."""

    async def prepare(
        self, operation: Operation, context: Context, *, free: bool = False
    ) -> "PreparedSubscription | Response": ...


@dataclass(slots=True)
class PreparedSubscription:
    """A subscription that may begin: its source of events, and the execution of the document for each event."""

    executor: Prepares
    document: Document
    operation: Operation
    context: Context
    core: CoreExecutor[Any]
    source: AsyncIterable[Any]

    async def may_go_on(self, caller: Caller) -> list[dict[str, Any]]:
        """The errors for a caller who may not run it; none if the caller may."""
        prepared = await self.executor.prepare(
            self.operation, replace(self.context, caller=caller, loaders={}), free=True
        )
        if isinstance(prepared, dict):
            return cast("list[dict[str, Any]]", prepared["errors"])
        if isinstance(prepared.source, AsyncGenerator):
            await prepared.source.aclose()
        return []
