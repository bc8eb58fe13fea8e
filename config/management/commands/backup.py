"""``manage.py backup``: database and media files in a new folder."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.backup import archive
from config.backup.manifest import BackupError
from config.management.progress import Steps


class Command(BaseCommand):
    """Makes a backup while the system runs."""

    help = "Back up the database and the media files into a new folder, while the system runs."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The folder."""
        parser.add_argument("folder", type=Path, help="a folder that does not exist yet, such as /backups/2026-03-01")

    def handle(self, *, folder: Path, **_: Any) -> None:
        """Back up; status 1 and a sentence when that can't be done."""
        try:
            with Steps(self.stdout.write) as shown:
                manifest = archive.make(folder, shown)
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"The backup is in {folder}: version {manifest.version}, as of {manifest.made_at}.")
