"""The database refuses to change or remove audit records; this lifts the lock, for pruning and tests.

The lock guards against mistakes. On PostgreSQL the system's login may lift it, too, but it has no right to change or
remove records: only the tables' owner has. See ``docs/decisions/0009``.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

OPEN = {
    "postgresql": "SET LOCAL orders.audit_unlocked = 'on'",
    "sqlite": "INSERT INTO audit_unlocked (reason) VALUES ('unlocked')",
}
CLOSE = {
    "postgresql": "SET LOCAL orders.audit_unlocked = 'off'",
    "sqlite": "DELETE FROM audit_unlocked",
}


@contextmanager
def unlocked() -> Iterator[None]:
    """Let this transaction, and no other, change and remove audit records."""
    with transaction.atomic():
        execute(OPEN[connection.vendor])
        yield
        execute(CLOSE[connection.vendor])


def may_remove() -> bool:
    """Whether our login has the right to remove audit records at all."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege('audit_auditlog', 'DELETE')")
        return bool(cursor.fetchone()[0])


def execute(statement: str) -> None:
    """Run one statement that returns no rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
