"""Helpers for migrations: a function of the tables' owner runs no code but ours, whichever role calls it.

A name without a schema is looked up by ``search_path``, and a session's temporary tables come first in it unless
``pg_temp`` comes last. In a ``SECURITY DEFINER`` function that would let any login run its own code as the
owner. So these functions search ``pg_catalog`` alone, and name everything else with its schema.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

FIXED_PATH: Final = "SET search_path = pg_catalog, pg_temp"
"""Part of every function's definition. PostgreSQL's own names first, temporary ones last, and nothing between."""
SCHEMA: Final = "OUR_SCHEMA."
"""The schema prefix of our tables and functions in a statement."""


def schema_of(schema_editor: Any, table: str) -> str:
    """The schema in which the table lies, quoted: usually ``"public"``."""
    statement = (
        "SELECT nspname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE pg_class.oid = %s::regclass"
    )
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(statement, [table])
        return str(schema_editor.connection.ops.quote_name(cursor.fetchone()[0]))


def run_in_schema_of(table: str, statements: Iterable[str]) -> Callable[[Any, Any], None]:
    """Run these on PostgreSQL with :data:`SCHEMA` as that of the table, and nothing elsewhere."""

    def on_postgresql(apps: object, schema_editor: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            return
        schema = schema_of(schema_editor, table)
        for statement in statements:
            schema_editor.execute(statement.replace(SCHEMA, f"{schema}."), params=None)

    return on_postgresql


def private(*functions: str) -> list[str]:
    """Statements after which only the owner may call these functions, which are named with their arguments' types.

    A trigger runs its function for every login. But a login that may call the function may attach it to its own table.
    """
    return [f"REVOKE ALL ON FUNCTION {SCHEMA}{function} FROM PUBLIC" for function in functions]
