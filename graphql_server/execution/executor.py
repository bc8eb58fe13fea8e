"""Runs GraphQL operations for every transport: HTTP and WebSocket pass text and get maps ready for JSON.

Queries and mutations run synchronously on the server's own pool of threads: neither asgiref's single thread nor a slow
operation of another caller delays them. A text is parsed and validated once. Strawberry's schema extensions apply to
execution (``on_operation``, ``on_execute``, ``resolve``, ``get_results``), not to parsing and validation.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from time import perf_counter

import strawberry
import structlog
from graphql import OperationType

from graphql_server.connections import healthy_connections, keep_connections
from graphql_server.context import Context
from graphql_server.deadline import Stop, Stopped
from graphql_server.documents.documents import Document, Documents
from graphql_server.documents.uses import Uses
from graphql_server.errors import ApiError, Code, failure
from graphql_server.execution import charges
from graphql_server.execution.admission import Admission
from graphql_server.execution.metering import metered
from graphql_server.execution.observed import OK, Observed, label_of, outcome_of
from graphql_server.execution.prepared import PreparedSubscription
from graphql_server.execution.responses import Response, deadline_passed
from graphql_server.execution.running import Operation, Runner, refusal
from graphql_server.execution.slots import Slots
from graphql_server.internals import core_schema
from graphql_server.limits import Limits
from graphql_server.metrics import NO_OBSERVER, UNREAD, Observer, series
from graphql_server.plans.input_objects import compile_inputs
from graphql_server.ports.callers import Caller
from graphql_server.ports.costs import Bill, Meter, Prices
from graphql_server.ports.published_documents import NothingPublished, PublishedDocuments
from graphql_server.ports.reads import Reads

__all__ = ["Executor", "Operation", "PreparedSubscription"]

logger = structlog.get_logger(__name__)


class Executor:
    """Executes operations of one schema.

    Args:
        schema: the Strawberry schema. Only its subscriptions may be asynchronous.
        meter: takes points from callers.
        prices: the price list by which an operation's points are known before it runs.
        limits: the limits for callers.
        introspection: whether clients may read the schema, and are shown suggestions of names in it.
        reads: decides which database a query reads; None: Django's default one.
        observer: follows operations and live events.
        registry: the documents that clients have published; None: none, and every document runs.
    """

    def __init__(
        self,
        schema: strawberry.Schema,
        *,
        meter: Meter,
        prices: Prices,
        limits: Limits | None = None,
        introspection: bool = True,
        reads: Reads | None = None,
        observer: Observer = NO_OBSERVER,
        registry: PublishedDocuments | None = None,
    ) -> None:
        self.schema = schema
        self.meter = meter
        self.reads = reads
        self.observer = observer
        self.limits = limits or Limits()
        core = core_schema(schema)
        self.documents = Documents(
            core, prices, self.limits.documents, registry or NothingPublished(), introspection=introspection
        )
        self.uses = Uses(core)
        number = self.limits.operations.threads
        self.threads = ThreadPoolExecutor(number, thread_name_prefix="graphql", initializer=keep_connections)
        running = Slots.in_shares(number, self.limits.shares)
        self.admission = Admission(self.documents, meter, self.limits, self.threads, running)
        compile_inputs(schema)
        self.runner = Runner(schema, introspection=introspection, most_errors=self.limits.documents.errors)

    async def admit(self, operation: Operation, context: Context) -> Document | Response:
        """The document of an operation, or the map of ``errors`` that refuses it.

        Never raises, except for cancellation.

        A known document is returned without waiting; others are read in turn
        (:mod:`graphql_server.execution.admission`).
        """
        began = perf_counter()
        admitted = await self._admit(operation, context)
        if isinstance(admitted, dict):  # Other operations are counted when they have run.
            series(*UNREAD).count(outcome_of(admitted), perf_counter() - began)
        return admitted

    async def _admit(self, operation: Operation, context: Context) -> Document | Response:
        try:
            async with asyncio.timeout(self.limits.operations.deadline_seconds):
                document = await self.admission.document(context.caller, operation)
        except TimeoutError:
            return deadline_passed(context)
        except Exception as error:  # the client gets an answer to any exception
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
        """Run a query or mutation and return its response map. Never raises, except for cancellation.

        After the deadline (:class:`~graphql_server.limits.OperationLimits`), which includes the wait for a thread, the
        answer is ``UNAVAILABLE``. An operation that has not begun by then never begins. A running operation stops
        before its next field, and the statement that it waits for is cancelled. A running mutation field may still
        commit (its idempotency key shows whether it did). A thread that hangs in a resolver for another reason is lost
        until the resolver returns. The same holds if the client disconnects, but then a mutation's statements are not
        cancelled.

        Args:
            size: the bytes of the request, if they are not charged yet.
            document: the result of :meth:`admit`, if it was called.
        """
        with Observed(context, self.observer.operation_names) as observed:
            executing = self._execute(operation, context, observed, document, size, allow_mutations=allow_mutations)
            return observed.answered(await executing)

    async def _execute(
        self,
        operation: Operation,
        context: Context,
        observed: Observed,
        document: Document | None,
        size: int,
        *,
        allow_mutations: bool,
    ) -> Response:
        stop = Stop()
        try:
            async with asyncio.timeout(self.limits.operations.deadline_seconds):
                document = document or await self.admission.document(context.caller, operation)
                observed.read(document, operation.operation_name)
                if refused := refusal(document, operation, allow_mutations=allow_mutations):
                    return refused
                cost, points = self.price(document, operation), charges.points_of_size(size)
                bill = self.meter.charge_at_once(context.caller, cost, self.limits.documents.cost, size_points=points)
                work = partial(self._work, document, operation, context, cost, bill, points, stop)
                self._count_use(document, operation, context.caller)
                with self.observer.operation(context.caller, *observed.label, document.text):
                    return await self.admission.run(context.caller, size, work)
        except TimeoutError:
            logger.warning("graphql_deadline_passed", request_id=context.request_id)
            stop.request(writes=True)
            return deadline_passed(context)
        except Exception as error:  # the client gets an answer to any exception
            return failure(error, context.request_id)
        finally:
            stop.request(writes=False)

    def run(
        self, operation: Operation, context: Context, *, allow_mutations: bool = True, stop: Stop | None = None
    ) -> Response:
        """Run a query or mutation in this thread, without waiting and without a deadline. Never raises."""
        try:
            document = self.admission.document_here(context.caller, operation)
            if refused := refusal(document, operation, allow_mutations=allow_mutations):
                return refused
            cost = self.price(document, operation)
        except Exception as error:  # the client gets an answer to any exception
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
                    made = self._run(document, operation, context, stop)
                finally:
                    context.statements = taken.statements
                    self.meter.settle(caller, cost, taken.seconds)
                if "data" in made:
                    made.setdefault("extensions", {})["cost"] = bill.shown()
                return made
        except Stopped:
            return deadline_passed(context)
        except Exception as error:  # the client gets an answer to any exception
            return failure(error, context.request_id)

    def _run(self, document: Document, operation: Operation, context: Context, stop: Stop) -> Response:
        """Run an operation; a query in the database that ``reads`` decides."""
        writes = document.kind(operation.operation_name) is OperationType.MUTATION

        def run() -> Response:
            context.loaders.clear()  # A first run may have failed halfway.
            with stop.reaching(writes=writes):
                return self.runner.run(document, operation, context, stop)

        return run() if writes or self.reads is None else self.reads(run)

    async def prepare(
        self, operation: Operation, context: Context, *, free: bool = False
    ) -> PreparedSubscription | Response:
        """Prepare a subscription without reading from its source. Never raises, except for cancellation.

        Returns a map of ``errors`` if it may not begin. ``free`` charges nothing. Of the schema's extensions, only
        ``on_operation``, ``on_execute`` and ``resolve`` apply to the beginning.
        """
        if free:
            return await self._prepare_in_time(operation, context, free=True)
        with Observed(context, self.observer.operation_names) as observed:
            prepared = await self._prepare_in_time(operation, context, free=False)
            if isinstance(prepared, dict):
                return observed.answered(prepared)
            observed.read(prepared.document, operation.operation_name)
            self._count_use(prepared.document, operation, context.caller)
            observed.answered({})
            return prepared

    def count_joined(self, document: Document, operation: Operation, caller: Caller) -> None:
        """Count a subscription that has begun without :meth:`prepare`, by joining equal ones. Takes 5 µs."""
        series(*label_of(document, operation.operation_name, self.observer.operation_names)).count(OK, 0.0)
        self._count_use(document, operation, caller)

    def _count_use(self, document: Document, operation: Operation, caller: Caller) -> None:
        """Report what the operation uses of the schema; an operation that does not exist uses nothing."""
        with suppress(KeyError):
            name = document.name(operation.operation_name)
            self.observer.used(caller, self.uses.of(document, name, operation.variables))

    async def _prepare_in_time(
        self, operation: Operation, context: Context, *, free: bool
    ) -> PreparedSubscription | Response:
        try:
            async with asyncio.timeout(self.limits.operations.deadline_seconds):
                with context.caller.acting():
                    return await self._prepare(operation, context, free=free)
        except TimeoutError:
            return deadline_passed(context)
        except Exception as error:  # the client gets an answer to any exception
            return failure(error, context.request_id)

    async def _prepare(self, operation: Operation, context: Context, *, free: bool) -> PreparedSubscription | Response:
        document = await self.admission.document(context.caller, operation)
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
        return opened if isinstance(opened, dict) else PreparedSubscription(self, document, operation, context, *opened)

    def price(self, document: Document, operation: Operation) -> int:
        """The points of an operation.

        Raises:
            ApiError: QUERY_TOO_EXPENSIVE.
        """
        return charges.price(document, operation.operation_name, operation.variables, self.limits.documents)
