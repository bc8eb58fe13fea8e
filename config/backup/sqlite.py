"""The embedded default's database as one file, by SQLite's backup API."""

import sqlite3
from contextlib import closing
from pathlib import Path

from django.conf import settings
from django.db import connection

from config.backup.manifest import BackupError, Progress

PAGES: int = 1000
"""Pages that are copied at a time; writers have their turn in between."""


def copy(source: Path, target: Path, progress: Progress) -> None:
    """Copy a database, as it is at one moment, while others may use it."""
    with closing(sqlite3.connect(source)) as origin, closing(sqlite3.connect(target)) as made:
        [page_size] = origin.execute("PRAGMA page_size").fetchone()
        left = -1

        def on_pages(_: int, remaining: int, total: int) -> None:
            nonlocal left
            progress(((left if left >= 0 else total) - remaining) * page_size)
            left = remaining

        origin.backup(made, pages=PAGES, progress=on_pages)


def path() -> Path:
    """The database of the settings."""
    return Path(settings.DATABASES["default"]["NAME"])


def check_target(*, force: bool) -> None:
    """Check that the database is empty.

    Raises:
        BackupError: it is not.
    """
    count = len(connection.introspection.table_names()) if path().exists() else 0
    if count and not force:
        raise BackupError(f"{path()} has {count} tables already. --force replaces them with all their data.")


def load(source: Path, progress: Progress) -> None:
    """Replace the database by a file's contents."""
    connection.close()
    path().parent.mkdir(parents=True, exist_ok=True)
    for end in ("-wal", "-shm", "-journal"):
        path().with_name(path().name + end).unlink(missing_ok=True)
    copy(source, path(), progress)
