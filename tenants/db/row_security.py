"""Helpers for migrations: PostgreSQL itself shows the rows of a table to their tenant alone."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from django.db import ProgrammingError

from tenants.db.backend.base import RELAY_ROLE
from tenants.db.migration_operations import RunStatements

TENANT: Final = "nullif(current_setting('app.tenant_id', true), '')::uuid"
"""The tenant of a statement (:mod:`tenants.db.backend.base`); NULL, which equals nothing, without one."""
MAKE_RELAY_ROLE: Final = f"""
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{RELAY_ROLE}') THEN
        CREATE ROLE {RELAY_ROLE} NOLOGIN;
    END IF;
    IF NOT pg_has_role('{RELAY_ROLE}', 'MEMBER') THEN
        EXECUTE format('GRANT {RELAY_ROLE} TO %I', current_user);
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;  -- Another database of this server is being migrated at the same time.
END
$$
"""
REFUSED: Final = f"""\
The relay's role is missing, and this login may not make it. Have an administrator run, once for each server:
    CREATE ROLE {RELAY_ROLE} NOLOGIN;
    GRANT {RELAY_ROLE} TO "{{user}}";"""


def make_relay_role(apps: object, schema_editor: Any) -> None:
    """Create the role that finds work across tenants: it owns nothing, cannot log in, and a login switches to it.

    Raises:
        ProgrammingError: it does not exist and may not be created; the message says what to do.
    """
    if schema_editor.connection.vendor != "postgresql":
        return
    try:
        schema_editor.execute(MAKE_RELAY_ROLE, params=None)
    except ProgrammingError as error:
        user = schema_editor.connection.settings_dict["USER"]
        raise ProgrammingError(REFUSED.format(user=user)) from error


def protect(table: str, *, found_by: Iterable[str] = ()) -> RunStatements:
    """A migration's operation: show and take the table's rows in their tenant alone, to the table's owner too.

    The relay's role sees the columns ``found_by`` of every tenant's rows, no other, and changes nothing.
    """
    columns = ", ".join(found_by)
    finding = [
        f"CREATE POLICY relay_finds ON {table} FOR SELECT TO {RELAY_ROLE} USING (current_user = '{RELAY_ROLE}')",
        f"GRANT SELECT ({columns}) ON {table} TO {RELAY_ROLE}",
    ]
    forward = [
        f"CREATE POLICY tenant_rows ON {table} USING (tenant_id = {TENANT})",
        *(finding if columns else ()),
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
    ]
    back_finding = [f"DROP POLICY relay_finds ON {table}", f"REVOKE ALL ON {table} FROM {RELAY_ROLE}"]
    backward = [
        f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        *(back_finding if columns else ()),
        f"DROP POLICY tenant_rows ON {table}",
    ]
    return RunStatements(running(forward), running(backward))


def running(statements: Iterable[str]) -> Callable[[Any, Any], None]:
    """Run these on PostgreSQL, and nothing elsewhere."""

    def on_postgresql(apps: object, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            for statement in statements:
                schema_editor.execute(statement, params=None)

    return on_postgresql
