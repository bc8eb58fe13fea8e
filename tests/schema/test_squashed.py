"""A database that was migrated step by step, and a new one from the squashed migrations, have the same schema."""

import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder

from tests.schema.databases import REPLACED, another_database, migrate_by_steps
from tests.servers.database_roles import DatabaseRoles

pytestmark = [pytest.mark.long, pytest.mark.both_databases, pytest.mark.django_db]

OURS = "'public'::regnamespace"
CATALOGS = [
    f"""
    SELECT relname, attnum, attname, format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated,
        pg_get_expr(adbin, adrelid), attacl::text
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE attnum > 0 AND relkind = 'r' AND relnamespace = {OURS}
    """,
    f"""
    SELECT relname, relkind, relrowsecurity, relforcerowsecurity, relacl::text, reloptions FROM pg_class
    WHERE relnamespace = {OURS}
    """,
    f"""
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), condeferrable, condeferred
    FROM pg_constraint WHERE connamespace = {OURS}
    """,
    "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "SELECT tablename, policyname, permissive, roles::text, cmd, qual, with_check FROM pg_policies",
    "SELECT tgname, pg_get_triggerdef(oid), tgenabled FROM pg_trigger WHERE NOT tgisinternal",
    f"""
    SELECT oid::regprocedure::text, pg_get_functiondef(oid), proacl::text FROM pg_proc
    WHERE pronamespace = {OURS} AND prokind = 'f' AND prolang <> (SELECT oid FROM pg_language WHERE lanname = 'c')
    """,
    "SELECT extname, extversion FROM pg_extension",
]
"""What PostgreSQL knows of a schema."""
OF_SQLITE = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
TOKENS_WERE_COPIED = re.compile(r"tenants_(?:new)?apitoken_[0-9a-z_]+")
"""Names that PostgreSQL and Django made up for the table of tokens, which once had another name."""


def schema_of(database: BaseDatabaseWrapper) -> list[str]:
    """A line for each thing in the database, but for the order of a SQLite table's constraints."""
    lines = []
    with database.cursor() as cursor:
        for query in CATALOGS if database.vendor == "postgresql" else [OF_SQLITE]:
            cursor.execute(query)
            lines += [" ".join(map(str, row)) for row in cursor.fetchall()]
    if database.vendor == "sqlite":
        lines = [" ".join(sorted(re.split(r",? ", line))) for line in lines]
    return sorted(TOKENS_WERE_COPIED.sub("(a name of tenants_apitoken)", line) for line in lines)


def applied(database: BaseDatabaseWrapper) -> set[tuple[str, str]]:
    return set(MigrationRecorder(database).applied_migrations())


def test_both_ways_end_with_the_same_schema(tmp_path: Path, database_roles: DatabaseRoles | None) -> None:
    with another_database(tmp_path, database_roles) as old, another_database(tmp_path, database_roles) as new:
        migrate_by_steps(old)
        assert {*REPLACED} <= applied(old)
        for database in (old, new):
            call_command("migrate", database=database.alias, verbosity=0)

        assert applied(new) == applied(old)
        assert len(schema_of(new)) > 60
        assert schema_of(old) == schema_of(new)


def test_a_database_between_the_steps_goes_on_by_steps(tmp_path: Path, database_roles: DatabaseRoles | None) -> None:
    with another_database(tmp_path, database_roles) as old:
        migrate_by_steps(old, [("events", "0004_row_security"), ("orders", "0003_bypass")])
        call_command("migrate", database=old.alias, verbosity=0)

        assert {*REPLACED} <= applied(old)


def test_squashed_migrations_can_be_taken_back(tmp_path: Path, database_roles: DatabaseRoles | None) -> None:
    with another_database(tmp_path, database_roles) as new:
        call_command("migrate", database=new.alias, verbosity=0)
        for app in ("orders", "events", "audit"):
            call_command("migrate", app, "zero", database=new.alias, verbosity=0)
        assert not [line for line in schema_of(new) if "orders_order" in line or "audit_refuse" in line]
        call_command("migrate", database=new.alias, verbosity=0)
