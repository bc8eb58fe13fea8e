"""How Django empties the tables after a test that really commits: as their owner, and only of what tests write."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest import mock

from django.core.management.color import Style
from django.core.management.commands import flush
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.operations import BaseDatabaseOperations

from audit.lock import unlocked
from tenants.db.roles import as_owner
from tenants.defaults import ensure_default_tenant
from tests.servers.database_roles import DatabaseRoles

KEPT = {"django_content_type", "auth_permission", "django_migrations"}
"""Migrations fill these tables, and no test writes to them. Django would fill them anew after every flush."""


@contextmanager
def flushes_as_owner(roles: DatabaseRoles | None) -> Iterator[None]:
    """Have ``manage.py flush`` and ``TransactionTestCase`` unlock the audit trail, and be the tables' owner."""
    execute = BaseDatabaseOperations.execute_sql_flush
    tables: list[str] = []

    def of_written_tables(style: Style, connection: BaseDatabaseWrapper, **options: Any) -> list[str]:
        if not tables:  # No test makes a table.
            tables.extend(connection.introspection.django_table_names(only_existing=True, include_views=False))
        return list(connection.ops.sql_flush(style, sorted(set(tables) - KEPT), **options))

    def owners_flush(operations: BaseDatabaseOperations, statements: Sequence[str]) -> None:
        owner = {"USER": roles.owner, "PASSWORD": roles.password} if roles else {}
        with as_owner(owner), unlocked():
            execute(operations, statements)

    with (
        mock.patch.object(BaseDatabaseOperations, "execute_sql_flush", owners_flush),
        mock.patch.object(flush, "sql_flush", of_written_tables),
        mock.patch.object(flush, "emit_post_migrate_signal", side_effect=lambda *_: ensure_default_tenant()),
    ):
        yield
