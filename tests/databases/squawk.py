"""Holds each migration's statements against Squawk's rules for a system that does not stop (https://squawkhq.com)."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

EXCLUDED = {
    "prefer-text-field": "lengths are rules of the domain, and Django's fields have them",
    "prefer-bigint-over-int": "counters of one order's life",
    "prefer-bigint-over-smallint": "positions and schema versions",
    "prefer-identity": "Django makes its keys",
    "prefer-robust-stmts": "Django records what has run; a migration with CONCURRENTLY checks for itself",
    "require-lock-timeout": "manage.py migrate sets lock_timeout for all of them",
    "require-statement-timeout": "a validation may take as long as it takes; it blocks nothing",
}
"""Rules that no migration has to follow, with the reason."""

ROWS = ("SELECT", "INSERT", "DELETE")
"""Statements about rows, which are no business of Squawk's."""


def program() -> str:
    """Squawk's program, which the package squawk-cli has brought."""
    beside = Path(sys.executable).with_name("squawk")
    return str(beside) if beside.exists() else shutil.which("squawk") or ""


@contextmanager
def recorded(statements: list[str]) -> Iterator[None]:
    """Record the statements that run inside, with their parameters."""

    def note(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        text = str(sql)
        if params and not many:
            with connection.connection.cursor() as plain:
                text = plain.mogrify(text, params)
        statements.append(text.rstrip().rstrip(";") + ";")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield


def migrate(folder: Path) -> tuple[dict[str, bool], dict[str, set[str]]]:
    """Run every migration on this empty database, and write what each ran into a file of its name.

    Returns whether each runs in a transaction, and the tables that each has rewritten, which takes as long as the
    table is large and blocks all reads. What runs is more than ``sqlmigrate`` shows, which leaves out functions.
    """
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    state = executor._create_project_state(with_applied_migrations=True)  # type: ignore[attr-defined]  # no public way
    found, rewritten = {}, {}
    for migration, _ in plan:
        statements: list[str] = []
        before = files()
        with recorded(statements):
            state = executor.apply_migration(state, migration)
        name = f"{migration.app_label}.{migration.name}"
        changes = [
            one for one in statements if not one.lstrip("( \n").upper().startswith(("SELECT", "INSERT", "DELETE"))
        ]
        (folder / f"{name}.sql").write_text("\n".join(changes) + "\n")
        found[name] = migration.atomic
        after = files()
        if tables := {table for table, file in before.items() if after.get(table, file) != file}:
            rewritten[name] = tables
    return found, rewritten


def files() -> dict[str, int]:
    """The file of each table; a table that is rewritten gets another."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, pg_relation_filenode(oid) FROM pg_class "
            "WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
        )
        return dict(cursor.fetchall())


def problems(folder: Path, names: dict[str, bool], *, server: int) -> dict[str, set[str]]:
    """The rules that each migration breaks, by its name."""
    broken: dict[str, set[str]] = {}
    for atomic in (True, False):
        files = [str(folder / f"{name}.sql") for name, is_atomic in names.items() if is_atomic == atomic]
        if not files:
            continue
        options = ["--reporter=json", f"--pg-version={server}.0", f"--exclude={','.join(EXCLUDED)}"]
        options += ["--assume-in-transaction"] if atomic else []
        env = {name: value for name, value in os.environ.items() if not name.startswith("SQUAWK")}
        done = subprocess.run([program(), *options, *files], capture_output=True, text=True, env=env, check=False)
        for one in json.loads(done.stdout or "[]"):
            broken.setdefault(Path(one["file"]).stem, set()).add(one["rule_name"])
    return broken
