"""Statements written out, for the few that each order needs: to build and compile a query set costs more than they do.

They are the same on both databases, but for ``{lock}``. Row-level security holds for them, a manager's filter doesn't:
each names its tenant, or rows that its caller has in hand.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from tenants.db.deferred import Later


def change(statement: str, *values: object, wait: bool = True) -> int:
    """Run a statement; how many rows it changed. For ``{lock}``, see :func:`lock`."""
    with connection.cursor() as cursor:
        cursor.execute(statement.format(lock=lock(wait=wait)), [bound(value) for value in values])
        return int(cursor.rowcount)


def change_later(statement: str, *values: object) -> None:
    """Run a statement whose result is not needed, as a deferred statement: see :class:`Later`."""
    with connection.cursor() as cursor:
        cursor.execute(Later(statement), [bound(value) for value in values])


def rows(statement: str, *values: object, wait: bool = True) -> list[tuple[Any, ...]]:
    """The rows with which a statement answers. For ``{lock}``, see :func:`lock`."""
    with connection.cursor() as cursor:
        cursor.execute(statement.format(lock=lock(wait=wait)), [bound(value) for value in values])
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def lock(*, wait: bool) -> str:
    """The clause that locks the rows of a SELECT. Without ``wait``, rows locked by another transaction are left out.

    SQLite needs none: who is in a transaction is its only writer.
    """
    if not connection.features.has_select_for_update:
        return ""
    return "FOR UPDATE" if wait else "FOR UPDATE SKIP LOCKED"


def bound(value: object) -> Any:
    """The value as the driver takes it."""
    if isinstance(value, UUID) and not connection.features.has_native_uuid_field:
        return value.hex
    return connection.ops.adapt_unknown_value(value)


def places(values: Sequence[object]) -> str:
    """``(%s, %s, …)``, for as many values as there are."""
    return f"({', '.join(['%s'] * len(values))})"
