"""Statements as SQL, for the few that each order needs: building and compiling a query set costs more than running
them.

They are the same on both databases, except for ``{lock}``. Row-level security applies to them, a manager's filter
doesn't: each names its tenant, or rows that its caller has read.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, connections


def change(statement: str, *values: object, wait: bool = True) -> int:
    """Run a statement and return the number of rows that it changed. For ``{lock}``, see :func:`lock`."""
    with connection.cursor() as cursor:
        cursor.execute(statement.format(lock=lock(wait=wait)), bound(values))
        return int(cursor.rowcount)


def change_later(statement: str, *values: object) -> None:
    """Run a statement whose result is not needed; within a transaction, it may be sent together with the next one."""
    send_later(statement, bound(values))


def send_later(statement: str, values: Sequence[Any] | None, database: Any = None) -> None:
    """Like :func:`change_later`, with values for the driver; None if the text contains them already.

    On PostgreSQL see :meth:`tenants.db.backend.base.DatabaseWrapper.defer`. Outside a transaction, and on SQLite, it is
    like any other statement.
    """
    database = database or connections[DEFAULT_DB_ALIAS]
    if database.in_atomic_block and database.vendor == "postgresql":
        database.defer(statement if values is None else statement % tuple(database.literals(values)))
    else:
        with database.cursor() as cursor:
            cursor.execute(statement, values)


def rows(statement: str, *values: object, wait: bool = True) -> list[tuple[Any, ...]]:
    """The rows with which a statement answers. For ``{lock}``, see :func:`lock`."""
    with connection.cursor() as cursor:
        cursor.execute(statement.format(lock=lock(wait=wait)), bound(values))
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def rows_of_each(*statements: tuple[str, Sequence[object]]) -> list[list[tuple[Any, ...]]]:
    """The rows with which each of these statements, given with its values, answers; a ``{lock}`` waits.

    PostgreSQL gets them in one message, and still runs one after the other: each sees what was committed before it
    began.
    """
    given = [(text.format(lock=lock(wait=True)), bound(values)) for text, values in statements]
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            return [cursor.execute(text, values).fetchall() for text, values in given]
        cursor.execute("; ".join(text for text, _ in given), [value for _, values in given for value in values])
        found = [cursor.fetchall()]
        while cursor.nextset():
            found.append(cursor.fetchall())
        return found


def lock(*, wait: bool, of: str = "") -> str:
    """The clause that locks the rows of a SELECT, or of its table ``of``.

    Without ``wait``, rows that another transaction has locked are left out.

    SQLite needs none: a transaction is its only writer.
    """
    if not connection.features.has_select_for_update:
        return ""
    return f"FOR UPDATE{of and f' OF {of}'}{'' if wait else ' SKIP LOCKED'}"


def bound(values: Sequence[object]) -> list[Any]:
    """The values as the driver takes them; psycopg takes all of them."""
    if connections[DEFAULT_DB_ALIAS].vendor == "postgresql":
        return list(values)
    return [value.hex if isinstance(value, UUID) else connection.ops.adapt_unknown_value(value) for value in values]


def places(values: Sequence[object]) -> str:
    """``(%s, %s, …)``, for as many values as there are."""
    return f"({', '.join(['%s'] * len(values))})"


def as_uuid(value: object) -> UUID:
    """A UUID as a row has it: SQLite stores text."""
    return value if isinstance(value, UUID) else UUID(str(value))
