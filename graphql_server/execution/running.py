"""Runs valid documents: graphql-core's execution inside the hooks of Strawberry's schema extensions."""

from dataclasses import dataclass, field, replace
from inspect import isawaitable
from typing import Any

import strawberry
from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLObjectType,
    MiddlewareManager,
    OperationType,
    create_source_event_stream,
)
from graphql import execute as graphql_execute
from graphql.execution import Executor as CoreExecutor
from strawberry.extensions import SchemaExtension
from strawberry.types import ExecutionContext
from strawberry.types.graphql import OperationType as StrawberryOperationType

from graphql_server.context import Context
from graphql_server.deadline import Stop, Stopped, stoppable
from graphql_server.documents.documents import Document
from graphql_server.errors import ApiError, Code, failure, format_errors
from graphql_server.execution.responses import Response, response
from graphql_server.internals import (
    SchemaExtensionsRunner,
    core_schema,
    definition_of,
    is_awaitable,
    wants_every_field,
)
from graphql_server.plans.execution import planned

SUBSCRIBE = "Subscribe over WebSocket (graphql-transport-ws), or accept text/event-stream."


@dataclass(frozen=True, slots=True)
class Operation:
    """A client's request to run an operation of a document, given by its text or, if published, by its ``digest``.

    ``resume`` is the cursor after which a subscription goes on, whatever its arguments say.
    """

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    resume: str | None = None
    digest: str | None = None

    def with_text(self, document: Document) -> "Operation":
        """This operation with the document's text instead of its digest."""
        return self if self.digest is None else replace(self, query=document.text, digest=None)


@dataclass(slots=True)
class Run:
    """One execution: fresh schema extensions, and the arguments of graphql-core's call."""

    execution: ExecutionContext
    hooks: SchemaExtensionsRunner
    arguments: dict[str, Any] = field(default_factory=dict)


class Runner:
    """Runs the operations of one schema.

    Args:
        schema: the Strawberry schema. Only its subscriptions may be asynchronous.
        introspection: whether errors may suggest similar names of the schema.
        most_errors: how many errors of variables a response lists.
    """

    def __init__(self, schema: strawberry.Schema, *, introspection: bool, most_errors: int) -> None:
        refuse_asynchronous_resolvers(schema)
        self.schema = schema
        self.introspection = introspection
        self.most_errors = most_errors
        self.executor_class = planned(stoppable(schema.execution_context_class))

    def run(self, document: Document, operation: Operation, context: Context, stop: Stop) -> Response:
        """Run a query or mutation in this thread.

        Raises:
            Stopped: ``stop`` was requested during the run.
        """
        run = self._begin(document, operation, context, sync=True)
        with run.hooks.operation(), run.hooks.executing():
            result = graphql_execute(**run.arguments, is_awaitable=is_awaitable, stop=stop)
            if isawaitable(result):
                raise TypeError("A resolver returned something to await.")
            if stop.requested:
                raise Stopped
            run.execution.result = result
        return response(result, context, run.hooks.get_extensions_results_sync())

    async def open_source(
        self, document: Document, operation: Operation, context: Context
    ) -> tuple[CoreExecutor[Any], Any] | Response:
        """Call a subscription's resolver; return the execution for each value, and the source of the values.

        Return a map of ``errors`` if variables or the resolver refuse.
        """
        run = self._begin(document, operation, context, sync=False)
        async with run.hooks.operation(), run.hooks.executing():
            core = self._core(run)
            if isinstance(core, list):
                return {"errors": format_errors(core, context.request_id)}
            source = create_source_event_stream(core)
            if isawaitable(source):
                source = await source
        if isinstance(source, ExecutionResult):
            return {"errors": format_errors(source.errors or (), context.request_id)}
        return core, source

    def prepared(self, document: Document, operation: Operation, context: Context) -> CoreExecutor[Any]:
        """The execution of a valid subscription's document for one value after the other.

        Raises:
            GraphQLError: the variables do not fit.
        """
        core = self._core(self._begin(document, operation, context, sync=True))
        if isinstance(core, list):
            raise core[0]
        return core

    def _core(self, run: Run) -> list[GraphQLError] | CoreExecutor[Any]:
        arguments = {
            name: value for name, value in run.arguments.items() if name not in {"executor_class", "variable_values"}
        }
        variables = run.arguments["variable_values"]
        return self.executor_class.build(**arguments, raw_variable_values=variables, stop=Stop())

    def _begin(self, document: Document, operation: Operation, context: Context, *, sync: bool) -> Run:
        execution = ExecutionContext(
            query=document.text,
            schema=self.schema,
            allowed_operations=StrawberryOperationType,
            context=context,
            variables=operation.variables,
            provided_operation_name=operation.operation_name,
            graphql_document=document.ast,
        )
        extensions = self.schema.get_extensions(sync=sync)
        for extension in extensions:
            extension.execution_context = execution
        middleware = middleware_of(extensions)
        arguments = {
            "schema": core_schema(self.schema),
            "document": document.ast,
            "context_value": context,
            "variable_values": operation.variables,
            "operation_name": operation.operation_name,
            "middleware": middleware,
            "executor_class": self.executor_class,
            "plans": None if middleware else document.plans,
            "operation_extensions": None,
            "hide_suggestions": not self.introspection,
            "max_coercion_errors": self.most_errors,
        }
        return Run(execution, self.schema.create_extensions_runner(execution, extensions), arguments)


def refuse_asynchronous_resolvers(schema: strawberry.Schema) -> None:
    """Refuse an ``async def`` resolver outside Subscription: a thread could not wait for it.

    Raises:
        TypeError: there is an asynchronous resolver.
    """
    for name, kind in core_schema(schema).type_map.items():
        for field_name, made in kind.fields.items() if isinstance(kind, GraphQLObjectType) else ():
            definition = definition_of(made)
            if definition and definition.is_async and not definition.is_subscription:
                raise TypeError(f"{name}.{field_name} is asynchronous; only subscriptions may be.")


def middleware_of(extensions: list[SchemaExtension]) -> MiddlewareManager | None:
    """The extensions that are called for every field; None without any, which costs the fields nothing."""
    wanting = [extension for extension in extensions if wants_every_field(extension)]
    return MiddlewareManager(*wanting) if wanting else None


def refusal(document: Document, operation: Operation, *, allow_mutations: bool) -> Response | None:
    """The response to an operation that will not run."""
    if document.errors:
        return {"errors": document.errors}
    kind = document.kind(operation.operation_name)
    if kind is OperationType.SUBSCRIPTION:
        return failure(ApiError(Code.BAD_USER_INPUT, SUBSCRIBE), "")
    if kind is OperationType.MUTATION and not allow_mutations:
        return failure(ApiError(Code.BAD_USER_INPUT, "A mutation can't be run here."), "")
    return None
