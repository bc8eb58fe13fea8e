"""Let Django empty the tables after a test that really commits: the audit trail's too, which refuses it otherwise."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from unittest import mock

from django.db.backends.base.operations import BaseDatabaseOperations

from audit.lock import unlocked


@contextmanager
def flushes_unlocked() -> Iterator[None]:
    """Lift the trail's lock for ``manage.py flush`` and ``TransactionTestCase``, inside alone."""
    flush = BaseDatabaseOperations.execute_sql_flush

    def unlocked_flush(operations: BaseDatabaseOperations, statements: Sequence[str]) -> None:
        with unlocked():
            flush(operations, statements)

    with mock.patch.object(BaseDatabaseOperations, "execute_sql_flush", unlocked_flush):
        yield
