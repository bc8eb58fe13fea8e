"""Executors for tests: any schema under the settings as they are, and other limits afterwards."""

from dataclasses import replace
from typing import Any

from graphql_server.executor import Executor


def set_limits(executor: Executor, part: str, **numbers: Any) -> None:
    """Give a part of the executor's limits, such as ``operations``, other numbers."""
    limits = replace(executor.limits, **{part: replace(getattr(executor.limits, part), **numbers)})
    executor.limits = executor.admission.limits = limits
