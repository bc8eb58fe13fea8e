"""Makes this API's server run operations by another executor, such as that of the library's toy schema."""

from collections.abc import Iterator
from contextlib import contextmanager

import strawberry

from graphql_api.server import registry, server, server_for
from graphql_server.execution.executor import Executor
from webhooks.shapes import selection


def executor_for(schema: strawberry.Schema) -> Executor:
    """An executor for a schema with this API's meter, under the present settings."""
    return server_for(schema, registry).executor


@contextmanager
def serving(executor: Executor) -> Iterator[Executor]:
    """Context manager: run operations by this executor."""
    before = server.executor
    serve(executor)
    try:
        yield executor
    finally:
        serve(before)


def serve(executor: Executor) -> None:
    """Give all parts of the server this executor; the selections that are kept were made of another."""
    server.executor = server.handler.executor = server.operations.executor = server.live.executor = executor
    selection.cache_clear()
