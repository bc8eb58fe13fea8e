"""Executors for tests: any schema, no charges, and limits that a test may change."""

from dataclasses import replace
from typing import Any

import strawberry

from graphql_server.execution.executor import Executor
from graphql_server.limits import DocumentLimits, Limits, OperationLimits
from graphql_server.tests.chat.meter import FreeMeter, PriceList


def executor_for(
    schema: strawberry.Schema, *, threads: int = 1, introspection: bool = True, documents: DocumentLimits | None = None
) -> Executor:
    """An executor for a schema. With one thread, operations run one after another."""
    limits = Limits(documents or DocumentLimits(), OperationLimits(threads))
    return Executor(schema, meter=FreeMeter(), prices=PriceList(), limits=limits, introspection=introspection)


def set_limits(executor: Executor, part: str, **numbers: Any) -> None:
    """Replace a part of the executor's limits, such as ``operations``."""
    limits = replace(executor.limits, **{part: replace(getattr(executor.limits, part), **numbers)})
    executor.limits = executor.admission.limits = limits
