"""Migrations run while the system does: what they lock, and what they leave for the previous release to use."""

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from tenants.db.checks import needed_migrations
from tenants.db.roles import without_pool
from tests.databases import squawk
from tests.databases.released import RELEASED, Tables, refused, tables_of
from tests.servers.products import PostgresServer

pytestmark = pytest.mark.postgresql
BEFORE_RELEASE = {"orders": 7, "events": 8, "audit": 6, "tenants": 3, "webhooks": 0}
"""Migrations up to these were written before the first release: their tables have no rows when they run."""
OURS = frozenset(BEFORE_RELEASE)
EXCEPTIONS: dict[str, dict[str, str]] = {
    "orders.0014_fewer_line_keys": {"ban-drop-constraint": "The composite key, which stays, refuses all that both did."}
}
"""For a migration, such as ``orders.0009_more``, the rules that it breaks, each with the reason."""


@dataclass(frozen=True)
class Migrated:
    """A database on which every migration has run, one after the other."""

    broken: dict[str, set[str]]
    rewritten: dict[str, set[str]]
    tables: Tables


@pytest.fixture(scope="module")
def migrated(django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Migrated]:
    """Run every migration on an empty database."""
    folder = tmp_path_factory.mktemp("migrations")
    with PostgresServer() as server, django_db_blocker.unblock(), without_pool(server.settings):
        names, rewritten = squawk.migrate(folder)
        version = int(connection.connection.info.server_version) // 10000
        yield Migrated(squawk.problems(folder, names, server=version), rewritten, tables_of(connection))


def is_after_release(name: str) -> bool:
    """Whether a migration of ours runs on tables with rows."""
    app, _, rest = name.partition(".")
    return app in OURS and int(rest[:4]) > BEFORE_RELEASE[app]


def test_no_migration_breaks_a_rule_of_squawk_without_a_reason(migrated: Migrated) -> None:
    broken = {name: rules for name, rules in migrated.broken.items() if is_after_release(name)}

    assert broken == {name: set(rules) for name, rules in EXCEPTIONS.items()}


def test_squawk_finds_what_it_has_to_find(tmp_path: Path) -> None:
    (tmp_path / "orders.0009_bad.sql").write_text("ALTER TABLE orders_order ALTER COLUMN number SET NOT NULL;\n")
    (tmp_path / "orders.0010_good.sql").write_text('ALTER TABLE orders_order ADD COLUMN "later" text NULL;\n')

    broken = squawk.problems(tmp_path, {"orders.0009_bad": True, "orders.0010_good": True}, server=15)

    assert broken == {"orders.0009_bad": {"adding-not-nullable-field"}}


def test_no_migration_rewrites_a_table(migrated: Migrated) -> None:
    assert {name: tables for name, tables in migrated.rewritten.items() if is_after_release(name)} == {}


def test_the_previous_release_finds_all_that_it_reads_and_writes(migrated: Migrated) -> None:
    assert refused(json.loads(RELEASED.read_text()), migrated.tables) == []


CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"orders_order": {"later": ["text", True]}}, "orders_order.later is gone: the previous release reads it"),
    ({"orders_order": {"number": ["bigint", True]}}, "orders_order.number was bigint"),
    ({"orders_gone": {"id": ["uuid", True]}}, "the table orders_gone is gone: the previous release reads it"),
]


@pytest.mark.parametrize(("before", "said"), CHANGES)
def test_a_migration_that_takes_something_from_the_previous_release_is_refused(
    migrated: Migrated, before: dict[str, Any], said: str
) -> None:
    released = deepcopy(migrated.tables)
    for table, columns in before.items():
        released.setdefault(table, {}).update(columns)

    [refusal] = refused(released, migrated.tables)

    assert refusal.startswith(said)


def test_a_new_column_that_the_previous_release_does_not_fill_is_refused(migrated: Migrated) -> None:
    released = deepcopy(migrated.tables)
    del released["orders_order"]["number"]

    [refusal] = refused(released, migrated.tables)

    assert refusal.startswith("orders_order.number is new, and NOT NULL without a default")


def test_each_exception_names_a_migration_that_there_is() -> None:
    names = {".".join(key) for key in needed_migrations()}

    assert EXCEPTIONS.keys() - names == set()
