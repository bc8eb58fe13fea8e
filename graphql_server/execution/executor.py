"""Runs GraphQL operations for every transport: HTTP and WebSocket give it text and get maps ready for JSON.

Queries and mutations run synchronously, in one hop to a pool of threads of our own: neither asgiref's single thread nor
a slow neighbour holds them up. A text is parsed and validated once. Strawberry's schema extensions apply to execution
(``on_operation``, ``on_execute``, ``resolve``, ``get_results``); parsing and validation are ours.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, cast

import strawberry
import structlog
from graphql import OperationType
from graphql.execution import Executor as CoreExecutor

from graphql_server.connections import healthy_connections, keep_connections
from graphql_server.context import Context
from graphql_server.deadline import Stop, Stopped
from graphql_server.documents.documents import Document, Documents
from graphql_server.errors import ApiError, Code, failure
from graphql_server.execution import charges
from graphql_server.execution.admission import Admission
from graphql_server.execution.metering import metered
from graphql_server.execution.responses import Response, deadline_passed
from graphql_server.execution.running import Operation, Runner
from graphql_server.execution.slots import Slots
from graphql_server.internals import core_schema
from graphql_server.limits import Limits
from graphql_server.plans.inputs import compile_inputs
from graphql_server.ports import Bill, Caller, Meter, Prices

__all__ = ["Begun", "Executor", "Operation"]

logger = structlog.get_logger(__name__)


class Executor:
    """Executes operations against one schema.

    Args:
        schema: the Strawberry schema. Only its subscriptions may be asynchronous.
        meter: takes points from callers.
        prices: the price list by which an operation's points are known before it runs.
        limits: what callers can take.
        introspection: whether clients may read the schema, and are shown suggestions of names in it.
    """

    def __init__(
        self,
        schema: strawberry.Schema,
        *,
        meter: Meter,
        prices: Prices,
        limits: Limits | None = None,
        introspection: bool = True,
    ) -> None:
        self.schema = schema
        self.meter = meter
        self.limits = limits or Limits()
        self.documents = Documents(core_schema(schema), prices, self.limits.documents, introspection=introspection)
        number = self.limits.operations.threads
        self.threads = ThreadPoolExecutor(number, thread_name_prefix="graphql", initializer=keep_connections)
        running = Slots.in_shares(number, self.limits.shares)
        self.admission = Admission(self.documents, meter, self.limits, self.threads, running)
        compile_inputs(schema)
        self.runner = Runner(schema, introspection=introspection, most_errors=self.limits.documents.errors)

    async def admit(self, operation: Operation, context: Context) -> Document | Response:
        """The document of an operation, or the map of ``errors`` that refuses it. Never raises, save for cancellation.

        One that is known waits nowhere; any other is read in its turn (:mod:`graphql_server.execution.admission`).
        """
        try:
            async with asyncio.timeout(self.limits.operations.deadline_seconds):
                document = await self.admission.document(context.caller, operation.query)
        except TimeoutError:
            return deadline_passed(context)
        except Exception as error:  # whatever it is, the client gets an answer
            return failure(error, context.request_id)
        return {"errors": document.errors} if document.errors else document

    async def execute(
        self,
        operation: Operation,
        context: Context,
        *,
        allow_mutations: bool = True,
        size: int = 0,
        document: Document | None = None,
    ) -> Response:
        """Run a query or mutation and return its response map. Never raises, save for cancellation.

        After the deadline (:class:`~graphql_server.limits.OperationLimits`), which includes the wait for a thread, the
        answer is ``UNAVAILABLE``. An operation that has not begun by then never begins. A running operation stops
        before its next field, and the statement that it waits for is cancelled. A mutation field in hand may still
        commit (its idempotency key tells), and a thread that hangs in a resolver in any other way is lost until the
        resolver returns. The same holds for a client that leaves, except that a mutation's statements are left alone.

        Args:
            size: how many bytes were sent for it, if they are not charged yet.
            document: what :meth:`admit` has found, if it was asked.
        """
        stop = Stop()
        try:
            async with asyncio.timeout(self.limits.operations.deadline_seconds):
                document = document or await self.admission.document(context.caller, operation.query)
                if refused := refusal(document, operation, allow_mutations=allow_mutations):
                    return refused
                caller = context.caller
                cost = self.price(document, operation)
                points = charges.points_of_size(size)
                bill = self.meter.charge_at_once(caller, cost, self.limits.documents.cost, size_points=points)
                work = partial(self._work, document, operation, context, cost, bill, points, stop)
                return await self.admission.run(caller, size, work)
        except TimeoutError:
            logger.warning("graphql_deadline_passed", request_id=context.request_id)
            stop.request(writes=True)
            return deadline_passed(context)
        except Exception as error:  # as above
            return failure(error, context.request_id)
        finally:
            stop.request(writes=False)

    def run(
        self, operation: Operation, context: Context, *, allow_mutations: bool = True, stop: Stop | None = None
    ) -> Response:
        """The same, in this thread, at once and without a deadline. Never raises."""
        try:
            document = self.admission.document_here(context.caller, operation.query)
            if refused := refusal(document, operation, allow_mutations=allow_mutations):
                return refused
            cost = self.price(document, operation)
        except Exception as error:  # as above
            return failure(error, context.request_id)
        return self._work(document, operation, context, cost, None, 0, stop or Stop())

    def _work(
        self,
        document: Document,
        operation: Operation,
        context: Context,
        cost: int,
        bill: Bill | None,
        size_points: int,
        stop: Stop,
    ) -> Response:
        """Run an operation in this thread, and charge it if that is not done yet. Never raises."""
        caller = context.caller
        try:
            with healthy_connections(), caller.acting(), metered() as taken:
                bill = bill or self.meter.charge(caller, cost, self.limits.documents.cost, size_points=size_points)
                try:
                    with stop.reaching(writes=document.kind(operation.operation_name) is OperationType.MUTATION):
                        made = self.runner.run(document, operation, context, stop)
                finally:
                    self.meter.settle(caller, cost, taken.seconds)
                if "data" in made:
                    made.setdefault("extensions", {})["cost"] = bill.shown()
                return made
        except Stopped:
            return deadline_passed(context)
        except Exception as error:  # as above
            return failure(error, context.request_id)

    async def begin(self, operation: Operation, context: Context, *, free: bool = False) -> "Begun | Response":
        """Begin a subscription without reading from its source. Never raises, save for cancellation.

        Returns one map of ``errors`` if it may not begin. ``free`` charges nothing. Of the schema's extensions, only
        ``on_operation`` and ``on_execute`` apply to the beginning, and ``resolve``.
        """
        try:
            async with asyncio.timeout(self.limits.operations.deadline_seconds):
                with context.caller.acting():
                    return await self._begin(operation, context, free=free)
        except TimeoutError:
            return deadline_passed(context)
        except Exception as error:  # as above
            return failure(error, context.request_id)

    async def _begin(self, operation: Operation, context: Context, *, free: bool) -> "Begun | Response":
        document = await self.admission.document(context.caller, operation.query)
        if document.errors:
            return {"errors": document.errors}
        if document.kind(operation.operation_name) not in {OperationType.SUBSCRIPTION, None}:
            return failure(
                ApiError(Code.BAD_USER_INPUT, "Only a subscription can be subscribed to."), context.request_id
            )
        cost = self.price(document, operation)
        most = self.limits.documents.cost
        if not free and not self.meter.charge_at_once(context.caller, cost, most):
            charge = partial(self.meter.charge, context.caller, cost, most)
            await self.admission.run(context.caller, 0, charge)
        opened = await self.runner.open_source(document, operation, context)
        return opened if isinstance(opened, dict) else Begun(self, document, operation, context, *opened)

    def price(self, document: Document, operation: Operation) -> int:
        """The points of an operation.

        Raises:
            ApiError: QUERY_TOO_EXPENSIVE.
        """
        return charges.price(document, operation.operation_name, operation.variables, self.limits.documents)


@dataclass(slots=True)
class Begun:
    """A subscription that may run: its source of events, and what executes the document for each."""

    executor: Executor
    document: Document
    operation: Operation
    context: Context
    core: CoreExecutor[Any]
    source: AsyncIterable[Any]

    async def may_go_on(self, caller: Caller) -> list[dict[str, Any]]:
        """The errors that tell why a caller may not run it; none if they may."""
        begun = await self.executor.begin(self.operation, replace(self.context, caller=caller, loaders={}), free=True)
        if isinstance(begun, dict):
            return cast("list[dict[str, Any]]", begun["errors"])
        if isinstance(begun.source, AsyncGenerator):
            await begun.source.aclose()
        return []


def refusal(document: Document, operation: Operation, *, allow_mutations: bool) -> Response | None:
    """The response to what is not going to be run."""
    if document.errors:
        return {"errors": document.errors}
    kind = document.kind(operation.operation_name)
    if kind is OperationType.SUBSCRIPTION:
        return failure(ApiError(Code.BAD_USER_INPUT, "Subscribe over WebSocket (graphql-transport-ws)."), "")
    if kind is OperationType.MUTATION and not allow_mutations:
        return failure(ApiError(Code.BAD_USER_INPUT, "A mutation can't be run here."), "")
    return None
