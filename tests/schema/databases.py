"""Databases beside the tests' own, migrated step by step or at once."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from tests.servers.database_roles import DatabaseRoles

REPLACED = [
    *(("tenants", "0003_token_ids_count_nothing"), ("events", "0008_fewer_indexes")),
    *(("audit", "0006_checkpoint_defaults"), ("orders", "0006_notice_more_bypasses")),
]
"""The last migration of each app that is part of a squashed one."""


@contextmanager
def another_database(directory: Path, roles: DatabaseRoles | None) -> Iterator[BaseDatabaseWrapper]:
    """A connection to a new, empty database of the tests' kind: the owner's, or a file in ``directory``.

    Inside, Django knows the database by the connection's ``alias``.
    """
    alias = f"another_{token_hex(4)}"
    options = {name: value for name, value in connection.settings_dict["OPTIONS"].items() if name != "pool"}
    settings = {**connection.settings_dict, "NAME": str(directory / f"{alias}.sqlite3"), "OPTIONS": options}
    if roles:
        settings |= {"NAME": alias, "USER": roles.owner, "PASSWORD": roles.password}
        with roles.administration() as server:
            server.execute(f'CREATE DATABASE "{alias}" OWNER "{roles.owner}"')
    connections.settings[alias] = settings
    connections[alias].connect()  # Django's tests refuse to open it when it is used.
    try:
        yield connections[alias]
    finally:
        connections[alias].close()
        del connections[alias], connections.settings[alias]
        if roles:
            with roles.administration() as server:
                server.execute(f'DROP DATABASE "{alias}" WITH (FORCE)')


def migrate_by_steps(database: BaseDatabaseWrapper, to: Sequence[tuple[str, str]] = REPLACED) -> None:
    """Apply the migrations that squashed ones replace, one by one, up to these."""
    executor = MigrationExecutor(database)
    executor.loader = MigrationLoader(database, replace_migrations=False)
    executor.migrate([*to])
