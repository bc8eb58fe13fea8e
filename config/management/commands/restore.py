"""``manage.py restore``: a backup into an empty database and an empty folder of media files."""

from argparse import ArgumentParser
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.backup import archive
from config.backup.manifest import BackupError
from config.embedded import preflight
from config.management.progress import Steps


class Command(BaseCommand):
    """Restores a backup while the system is stopped."""

    help = "Restore a backup into the database of DATABASE_URL and the folder MEDIA_ROOT. Stop all processes first."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The folder, and whether existing data may go."""
        parser.add_argument("folder", type=Path, help="what manage.py backup has made")
        parser.add_argument("--force", action="store_true", help="remove what the database and the media folder have")

    def handle(self, *, folder: Path, force: bool, **_: Any) -> None:
        """Restore; status 1 and a sentence when that can't be done."""
        try:
            with preflight.own_data_dir() if settings.EMBEDDED else nullcontext(), Steps(self.stdout.write) as shown:
                later = archive.restore(folder, shown, force=force)
        except (BackupError, preflight.CannotStart) as error:
            raise CommandError(str(error)) from error
        self.stdout.write("\n".join([f"{folder} is restored.", *later]))
