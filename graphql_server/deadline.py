"""Ends an execution between two fields, and cancels the statement that it waits for."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Lock
from time import monotonic, sleep
from typing import Any, Final

import structlog
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from graphql import GraphQLResolveInfo
from graphql.execution import Executor

from graphql_server.internals import GraphQLResolveInfoHelpers

logger = structlog.get_logger(__name__)

CANCEL_SECONDS: Final = 2.0
POLL_SECONDS: Final = 0.005
CANCEL_PAUSES: Final = (0.05, 0.2, 1.0)
"""How long to wait for the end after each cancellation: a cancellation between two statements has no effect."""
_cancelling = ThreadPoolExecutor(2, thread_name_prefix="cancel")


class Stop:
    """Asks an execution in another thread to end."""

    __slots__ = ("_database", "_lock", "_writes", "requested")

    def __init__(self) -> None:
        self.requested = False
        self._database: BaseDatabaseWrapper | None = None
        self._writes = False
        self._lock = Lock()

    def request(self, *, writes: bool) -> None:
        """Ask the execution to end before its next field, and cancel its statement; a mutation's only if ``writes``.

        Never waits.
        """
        self.requested = True
        if self._database is not None and (writes or not self._writes):
            _cancelling.submit(self._cancel)

    @contextmanager
    def reaching(self, *, writes: bool) -> Iterator[None]:
        """Context manager: requests to end reach the statements of this thread."""
        self._writes = writes
        self._database = connections[DEFAULT_DB_ALIAS]
        try:
            yield
        finally:
            with self._lock:  # A cancellation under way must not reach the next user of the connection.
                self._database = None

    def _cancel(self) -> None:
        for pause in CANCEL_PAUSES:
            self._cancel_statement()
            until = monotonic() + pause
            while monotonic() < until:
                if self._database is None:
                    return
                sleep(POLL_SECONDS)

    def _cancel_statement(self) -> None:
        with self._lock:
            raw: Any = self._database.connection if self._database is not None else None
            try:
                if isinstance(raw, sqlite3.Connection):
                    raw.interrupt()
                elif raw is not None:  # psycopg's
                    raw.cancel_safe(timeout=CANCEL_SECONDS)
            except Exception as error:  # The statement still has its own timeout.
                logger.warning("cancel_failed", error=type(error).__name__)


class Stopped(BaseException):
    """The execution was asked to end. A BaseException, so that no field handles it as its own error and continues."""


def stoppable(base: type[Executor[Any]]) -> type[Executor[Any]]:
    """``base``, which checks its ``stop`` before it resolves each field; that takes 0.1 µs."""

    class StoppableExecutor(base):  # type: ignore[misc, valid-type]  # the schema decides the base
        def __init__(self, *args: Any, stop: Stop, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.stop = stop

        @property
        def async_helpers(self) -> GraphQLResolveInfoHelpers:
            """Made at each use, because they refer back to the executor.

            If they were kept, only the garbage collector could free the executor and all data that the operation has
            read.
            """
            return GraphQLResolveInfoHelpers(gather=self.gather_async_work, track=self.track_async_work)

        @async_helpers.setter
        def async_helpers(self, _: GraphQLResolveInfoHelpers) -> None:
            """Ignore the value that graphql-core assigns: see the property."""

        def build_resolve_info(self, *args: Any) -> GraphQLResolveInfo[Any]:
            if self.stop.requested:
                raise Stopped
            return super().build_resolve_info(*args)  # type: ignore[no-any-return]  # as above

    return StoppableExecutor
