"""``manage.py event_contracts``: write the JSON Schemas of events from the code, or check that they fit it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from orders.contracts import committed


class Command(BaseCommand):
    """Writes ``orders/contracts/events``; with ``--check`` it writes nothing, and fails if they do not fit the code."""

    help = "Write the JSON Schemas of events from the code; --check only compares."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add ``--check``."""
        parser.add_argument(
            "--check", action="store_true", help="write nothing; fail if the files differ from the code"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write or compare."""
        if options["check"]:
            if problems := committed.problems():
                raise CommandError("\n".join(problems))
            return
        try:
            written = committed.write()
        except ValueError as error:
            raise CommandError(str(error)) from None
        for path in written:
            self.stderr.write(f"{path.relative_to(committed.FOLDER.parents[2])}\n", ending="")
