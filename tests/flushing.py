"""Let Django empty the tables after a test that really commits, which the system itself may not."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from unittest import mock

from django.db.backends.base.operations import BaseDatabaseOperations

from audit.lock import unlocked
from tenants.db.roles import as_owner
from tests.servers.database_roles import DatabaseRoles


@contextmanager
def flushes_as_owner(roles: DatabaseRoles | None) -> Iterator[None]:
    """Have ``manage.py flush`` and ``TransactionTestCase`` unlock the audit trail, and be the tables' owner."""
    flush = BaseDatabaseOperations.execute_sql_flush

    def owners_flush(operations: BaseDatabaseOperations, statements: Sequence[str]) -> None:
        owner = {"USER": roles.owner, "PASSWORD": roles.password} if roles else {}
        with as_owner(owner), unlocked():
            flush(operations, statements)

    with mock.patch.object(BaseDatabaseOperations, "execute_sql_flush", owners_flush):
        yield
