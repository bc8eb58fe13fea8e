"""The database refuses to change or remove audit records; this is the switch that lifts it, for pruning and tests.

It guards against mistakes, and against code that may write but not say the word. Whoever may run any SQL can say it
too: against them there are the chain and its anchors. ``docs/decisions/0009`` says more.
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
    """Let this transaction, and no other, change and remove audit records inside."""
    with transaction.atomic():
        execute(OPEN[connection.vendor])
        yield
        execute(CLOSE[connection.vendor])


def execute(statement: str) -> None:
    """Run one statement without an answer."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
