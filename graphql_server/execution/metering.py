"""The time of an operation: the CPU time of its thread, and the waiting time of its database statements."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter, thread_time
from typing import Any

from django.db import Error, connections


class Meter:
    """Counts the seconds of the thread that created it."""

    __slots__ = ("_began", "_waited", "statements")

    def __init__(self) -> None:
        self._began = thread_time()
        self._waited = 0.0
        self.statements = 0
        """The number of statements that were run."""

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        """Run a statement as Django's ``execute_wrapper`` does, and count the time waited for it. Takes 1 µs.

        A statement without a cursor is only noted, to be sent with another. The wait for a server that has gone does
        not count: no caller pays for an outage.
        """
        self.statements += 1
        if context["cursor"] is None:
            return execute(sql, params, many, context)
        began, worked, counts = perf_counter(), thread_time(), True
        try:
            return execute(sql, params, many, context)
        except Error:
            server = context["connection"].connection
            counts = not (server is None or getattr(server, "closed", False))
            raise
        finally:
            if counts:
                self._waited += perf_counter() - began - (thread_time() - worked)

    @property
    def seconds(self) -> float:
        """The seconds so far."""
        return thread_time() - self._began + max(0.0, self._waited)


@contextmanager
def metered() -> Iterator[Meter]:
    """Context manager: count the work of this thread inside, on every database."""
    meter = Meter()
    every = [connections[alias].execute_wrappers for alias in connections]
    for wrappers in every:
        wrappers.append(meter)
    try:
        yield meter
    finally:
        for wrappers in every:
            wrappers.remove(meter)
