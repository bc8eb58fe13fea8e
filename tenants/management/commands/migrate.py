"""``manage.py migrate``, as the tables' owner."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connection
from psycopg.errors import LockNotAvailable

from tenants.db.roles import as_owner, grant

LOCK_SECONDS = 10
WAITED = (
    f"A lock was not to be had within {LOCK_SECONDS} s: another transaction uses the table, and everything else would "
    "have had to wait behind this migration. Nothing of it was changed. Run migrate again."
)


@contextmanager
def waiting_briefly() -> Iterator[None]:
    """Wait no longer than ``LOCK_SECONDS`` for each lock inside: later statements wait behind a waiting migration.

    Raises:
        CommandError: a lock was not to be had.
    """
    if connection.vendor != "postgresql":
        yield
        return
    limit_locks(f"{LOCK_SECONDS}s")
    try:
        yield
        limit_locks("0")
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise CommandError(WAITED) from error
        raise


def limit_locks(limit: str) -> None:
    """Set how long this connection waits for a lock; 0 is no limit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [limit])


class Command(migrate.Command):
    """Django's command, by the login of ``DATABASE_OWNER_URL`` if set; it grants rights to ``DATABASE_URL``'s."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate, and grant."""
        user = connection.settings_dict["USER"]
        with as_owner(settings.DATABASE_OWNER):
            with waiting_briefly():
                super().handle(*args, **options)
            if user != connection.settings_dict["USER"]:
                self.report_refused(user, grant(user))

    def report_refused(self, user: str, refused: list[str]) -> None:
        """The rights that an administrator has to change, because the owner of the tables may not."""
        if refused:
            said = f"The login {user!r} may still create tables or functions. Have an administrator run, once:"
            self.stderr.write("\n    ".join([said, *refused]))
