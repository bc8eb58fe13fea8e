"""Operations of migrations that run while the system does, and one that never builds models to run statements."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.migrations import AddConstraint, AddIndex, RemoveIndex, RunPython

STATE = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)"


class RunStatements(RunPython):
    """``RunPython`` for a function that takes no model: it gets None for ``apps``.

    ``RunPython`` builds the models of all apps for each function, which takes some tenths of a second.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: object, to_state: object) -> None:
        self.code(None, schema_editor)  # type: ignore[arg-type]  # there are no models

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: object, to_state: object) -> None:
        if self.reverse_code is None:
            raise NotImplementedError("You cannot reverse this operation")
        self.reverse_code(None, schema_editor)  # type: ignore[arg-type]  # there are no models


class AddIndexOnline(AddIndex):
    """``AddIndex`` that on PostgreSQL blocks no writes, in a migration that is not atomic.

    A build that was interrupted begins again; an index that is there stays.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(STATE, [self.index.name])
            found = cursor.fetchone()
        if found == (True,):
            return
        with unbounded(schema_editor):
            if found:
                schema_editor.execute(f"DROP INDEX CONCURRENTLY {self.index.name}")
            model = to_state.apps.get_model(app_label, self.model_name)
            schema_editor.add_index(model, self.index, concurrently=True)


class RemoveIndexOnline(RemoveIndex):
    """``RemoveIndex`` that on PostgreSQL blocks no reads or writes, in a migration that is not atomic."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        with unbounded(schema_editor):
            schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {self.name}")


class AddCheckOnline(AddConstraint):
    """``AddConstraint`` of a check that on PostgreSQL blocks no writes, in a migration that is not atomic.

    It applies to new rows at once; existing rows are checked afterwards, beside reads and writes. A check that was
    interrupted begins again.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        table, name = model._meta.db_table, self.constraint.name
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT FROM pg_constraint WHERE conrelid = %s::regclass AND conname = %s", [table, name])
            is_there = cursor.fetchone() is not None
        if not is_there:
            schema_editor.execute(f"{self.constraint.create_sql(model, schema_editor)} NOT VALID", params=None)
        with unbounded(schema_editor):
            schema_editor.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


@contextmanager
def unbounded(schema_editor: Any) -> Iterator[None]:
    """Let statements take as long as they take; SQLite bounds none."""
    if schema_editor.connection.vendor != "postgresql":
        yield
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout')")
        [was] = cursor.fetchone()
    schema_editor.execute("SET statement_timeout = 0")
    try:
        yield
    finally:
        schema_editor.execute(f"SET statement_timeout = '{was}'")
