"""Makes a backup in a folder, and restores it."""

import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sized
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from config.backup import media, postgresql, sqlite
from config.backup.manifest import DATABASE_FILES, MEDIA, BackupError, Manifest, Progress, measured
from config.fixed_settings import VERSION
from events import operations
from events.models import Delivery
from tenants.context import across_tenants
from tenants.db.checks import missing_migrations


class Shown(Protocol):
    """Shows what is going on."""

    def step(self, what: str, total: int) -> Progress:
        """Begin a step of this number of bytes or tables; call the result with how many more are done."""

    def end(self, said: str) -> None:
        """End the step with a sentence."""


def make(folder: Path, shown: Shown) -> Manifest:
    """Back up database and media files into a new folder, while the system runs.

    The database first: a file that it names is then among the media files. The folder gets its name when it is
    complete.

    Raises:
        BackupError: it can't be done; nothing is left.
    """
    if folder.exists():
        raise BackupError(f"{folder} exists already. Give the name of a new folder.")
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        manifest = write(part, shown)
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return manifest


def write(folder: Path, shown: Shown) -> Manifest:
    """Write all files of a backup."""
    made_at, vendor = datetime.now(UTC), connection.vendor
    database = folder / DATABASE_FILES[vendor]
    if vendor == "postgresql":
        with postgresql.reading():
            migrations, server = applied(), connection.connection.info.parameter_status("server_version") or ""
            names = postgresql.tables()
            on = shown.step("Database", len(names))
            postgresql.dump(database, lambda _: on(1))
            shown.end(f"Database: {len(names)} tables, {size(database)}.")
    else:
        migrations, server = applied(), sqlite3.sqlite_version
        sqlite.copy(sqlite.path(), database, shown.step("Database", sqlite.path().stat().st_size))
        shown.end(f"Database: {size(database)}.")
    root = Path(settings.MEDIA_ROOT)
    count = media.pack(root, folder, shown.step("Media files", bytes_below(root)))
    shown.end(f"Media files: {count}, {size(folder / MEDIA)}.")
    names = [database.name, MEDIA]
    progress = shown.step("Checksums", sum((folder / name).stat().st_size for name in names))
    files = {name: measured(folder / name, progress) for name in names}
    shown.end("Checksums: written.")
    manifest = Manifest(made_at.isoformat(timespec="seconds"), VERSION, vendor, server, migrations, files)
    manifest.write(folder)
    return manifest


def restore(folder: Path, shown: Shown, *, force: bool) -> list[str]:
    """Restore a backup into the database and the folder of media files that the settings name.

    All is checked before anything is changed. Returns sentences on what is left to do.

    Raises:
        BackupError: it can't be done. If that was found while the database was being loaded, the database is empty.
    """
    manifest = Manifest.read(folder)
    check(manifest, folder, shown)
    root, database = Path(settings.MEDIA_ROOT), folder / manifest.database
    with postgresql.owning() if manifest.vendor == "postgresql" else nullcontext():
        (postgresql if manifest.vendor == "postgresql" else sqlite).check_target(force=force)
        if not force:
            media.check_empty(root)
        if manifest.vendor == "postgresql":
            on = shown.step("Database", 0)
            refused = postgresql.load(database, lambda _: on(1))
        else:
            sqlite.load(database, shown.step("Database", database.stat().st_size))
            refused = []
        shown.end(f"Database: restored as of {manifest.made_at}.")
        missing = missing_migrations()
        if not missing:
            operations.resume_logs()
        later = [*left_to_do(missing, refused)]
    count = media.unpack(folder, root, shown.step("Media files", manifest.files[MEDIA].bytes))
    shown.end(f"Media files: {count}.")
    return later


def check(manifest: Manifest, folder: Path, shown: Shown) -> None:
    """Check that the files are whole, and that this code can use them.

    Raises:
        BackupError: they are not, or it can't.
    """
    if manifest.vendor != connection.vendor:
        raise BackupError(f"{folder} is of {manifest.vendor}; DATABASE_URL names {connection.vendor}.")
    if unknown := manifest.unknown_migrations():
        raise BackupError(
            f"{folder} is of a later version, {manifest.version}: this one does not know its migrations "
            f"{', '.join(unknown)}. Restore it with that version."
        )
    progress = shown.step("Checksums", sum(file.bytes for file in manifest.files.values()))
    manifest.verify(folder, progress)
    shown.end("Checksums: right.")


def left_to_do(missing: Sized, refused: list[str]) -> Iterator[str]:
    """Sentences on what an operator has to do before the system starts."""
    if missing:
        yield (
            f"The backup lacks {len(missing)} migrations of this version. "
            "Run: manage.py migrate, then manage.py events resume"
        )
    if refused:
        yield "\n    ".join(["The system's login may still create tables. Have an administrator run, once:", *refused])
    with across_tenants():
        statuses = Delivery.objects.all_tenants().filter(status__in=Delivery.UNFINISHED)
        waiting = Counter(statuses.values_list("receiver", flat=True))
    for receiver, count in sorted(waiting.items()):
        yield (
            f"{count} deliveries of {receiver} were not finished when the backup was made. A dispatcher does them "
            f"again, with the same ids. To look at them first: manage.py receivers disable {receiver}"
        )


def applied() -> list[str]:
    """The migrations of the database."""
    return sorted(".".join(key) for key in MigrationRecorder(connection).applied_migrations())


def bytes_below(root: Path) -> int:
    """The bytes of all files of a folder."""
    return sum(path.stat().st_size for path in root.rglob("*") if path.is_file()) if root.is_dir() else 0


def size(path: Path) -> str:
    """A file's size, to read."""
    return f"{path.stat().st_size / 1e6:.1f} MB"
