"""How long an operation takes: the processor's time in its thread, and the database's in its statements."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter, thread_time
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections


class Meter:
    """Counts the seconds of the thread that it was made in."""

    __slots__ = ("_began", "_statements")

    def __init__(self) -> None:
        self._began = thread_time()
        self._statements = 0.0

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        """Run a statement, as Django's ``execute_wrapper`` has it, and count how long it is waited for. 1 µs."""
        began, worked = perf_counter(), thread_time()
        try:
            return execute(sql, params, many, context)
        finally:
            self._statements += perf_counter() - began - (thread_time() - worked)

    @property
    def seconds(self) -> float:
        """What was taken so far."""
        return thread_time() - self._began + max(0.0, self._statements)


@contextmanager
def metered() -> Iterator[Meter]:
    """Count what is done inside, in this thread."""
    meter = Meter()
    wrappers = connections[DEFAULT_DB_ALIAS].execute_wrappers
    wrappers.append(meter)
    try:
        yield meter
    finally:
        wrappers.remove(meter)
