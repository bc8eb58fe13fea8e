"""The contents of a backup: a folder with ``manifest.json``, the database and the media files."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Self

from tenants.db.checks import needed_migrations

FORMAT: Final = 1
NAME: Final = "manifest.json"
MEDIA: Final = "media.tar"
CHUNK: Final = 1024 * 1024
Progress = Callable[[int], None]
"""Called with how many bytes more are done."""


class BackupError(Exception):
    """The backup or the restore can't be done; the message says why and what to do. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of the backup."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The contents of ``manifest.json``. ``migrations`` are those of the database, such as ``orders.0001_initial``."""

    made_at: str
    version: str
    vendor: str
    server_version: str
    migrations: list[str]
    files: dict[str, File]
    format: int = FORMAT

    @property
    def database(self) -> str:
        """The name of the database's file."""
        return DATABASE_FILES[self.vendor]

    def write(self, folder: Path) -> None:
        """Write it into the folder."""
        (folder / NAME).write_text(json.dumps(asdict(self), indent=2) + "\n")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read it from the folder.

        Raises:
            BackupError: the folder has no manifest that this version can read.
        """
        try:
            found: dict[str, Any] = json.loads((folder / NAME).read_text())
            files = {name: File(**one) for name, one in found.pop("files").items()}
            manifest = cls(**found, files=files)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise BackupError(
                f"{folder} is not a backup: its {NAME} can't be read ({type(error).__name__})."
            ) from error
        if manifest.format != FORMAT or manifest.vendor not in DATABASE_FILES:
            raise BackupError(f"{folder} is a backup of another format; restore it with version {manifest.version}.")
        return manifest

    def verify(self, folder: Path, progress: Progress) -> None:
        """Read all files, and compare them with their checksums.

        Raises:
            BackupError: a file is missing or was changed.
        """
        for name, known in self.files.items():
            path = folder / name
            if not path.is_file():
                raise BackupError(f"{path} is missing: the backup is not complete.")
            if measured(path, progress) != known:
                raise BackupError(f"{path} is not as it was made: its checksum differs.")

    def unknown_migrations(self) -> list[str]:
        """The migrations of the database that this code does not have."""
        ours = {key for key, replaced in needed_migrations().items() for key in (key, *replaced)}
        apps = {app for app, _ in ours}
        theirs = (tuple(name.split(".", 1)) for name in self.migrations)
        return [".".join(key) for key in theirs if key[0] in apps and key not in ours]


DATABASE_FILES: Final = {"postgresql": "database.dump", "sqlite": "database.sqlite3"}


def measured(path: Path, progress: Progress) -> File:
    """A file's size and checksum."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            progress(len(chunk))
    return File(size, digest.hexdigest())
