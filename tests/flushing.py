"""How Django empties the tables after a test that really commits: only tables that tests write, past their guards."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext, suppress
from typing import Any
from unittest import mock

import psycopg
from django.core.management.color import Style
from django.core.management.commands import flush
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.operations import BaseDatabaseOperations
from psycopg import sql

from audit.lock import unlocked
from tenants.db.roles import as_owner
from tenants.defaults import ensure_default_tenant
from tests.servers.database_roles import DatabaseRoles

KEPT = {"django_content_type", "auth_permission", "django_migrations"}
"""Migrations fill these tables, and no test writes to them. Django would fill them again after every flush."""
LARGE_BYTES = 3 * 2**20
"""With their indexes; without any rows they take one MiB."""
TRIES = 5
SIZES = "SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class WHERE oid = ANY(%s::regclass[])"


@contextmanager
def flushes(roles: DatabaseRoles | None) -> Iterator[None]:
    """Have ``manage.py flush`` and ``TransactionTestCase`` empty what tests write, and no other tables."""
    execute = BaseDatabaseOperations.execute_sql_flush
    tables: list[str] = []

    def of_written_tables(style: Style, connection: BaseDatabaseWrapper, **options: Any) -> list[str]:
        if not tables:  # No test creates a table.
            found = connection.introspection.django_table_names(only_existing=True, include_views=False)
            tables.extend(sorted({*found} - KEPT))
        return list(connection.ops.sql_flush(style, tables, **options))

    def execute_flush(operations: BaseDatabaseOperations, statements: Sequence[str]) -> None:
        if administration and deleted(administration, tables):
            return
        owner = {"USER": roles.owner, "PASSWORD": roles.password} if roles else {}
        with as_owner(owner), unlocked():
            execute(operations, statements)

    with (
        closing(roles.administration()) if roles else nullcontext() as administration,
        mock.patch.object(BaseDatabaseOperations, "execute_sql_flush", execute_flush),
        mock.patch.object(flush, "sql_flush", of_written_tables),
        mock.patch.object(flush, "emit_post_migrate_signal", side_effect=lambda *_: ensure_default_tenant()),
    ):
        yield


def deleted(administration: psycopg.Connection, tables: Sequence[str]) -> bool:
    """Delete all rows, once those who write are done; False if there are many, or if we may not lift what guards them.

    To truncate 20 tables, PostgreSQL makes a new file for each of them and their indexes, which takes 70 ms. To delete
    a few rows takes 2 ms.
    """
    size = administration.execute(SIZES, [[*tables]]).fetchone()
    if administration.info.parameter_status("is_superuser") != "on" or (size and size[0] > LARGE_BYTES):
        return False
    for _ in range(TRIES - 1):
        with suppress(psycopg.errors.DeadlockDetected):  # A thread of the test still writes; now it goes on.
            delete_all(administration, tables)
            return True
    delete_all(administration, tables)
    return True


def delete_all(administration: psycopg.Connection, tables: Sequence[str]) -> None:
    """Delete all rows of these tables in one transaction."""
    names = [sql.Identifier(table) for table in tables]
    with administration.transaction():
        administration.execute("SET LOCAL session_replication_role = replica")  # No triggers, and no foreign keys.
        administration.execute(sql.SQL("LOCK TABLE {} IN EXCLUSIVE MODE").format(sql.SQL(", ").join(names)))
        administration.execute(sql.SQL("; ").join(sql.SQL("DELETE FROM {}").format(name) for name in names))
