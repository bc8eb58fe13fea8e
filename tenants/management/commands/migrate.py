"""``manage.py migrate``, as the tables' owner."""

from typing import Any

from django.conf import settings
from django.core.management.commands import migrate
from django.db import connection

from tenants.db.roles import as_owner, grant


class Command(migrate.Command):
    """Django's; where ``DATABASE_OWNER_URL`` is set, by that login, and ``DATABASE_URL``'s may use what it made."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate, and grant."""
        user = connection.settings_dict["USER"]
        with as_owner(settings.DATABASE_OWNER):
            super().handle(*args, **options)
            if user != connection.settings_dict["USER"]:
                self.tell(user, grant(user))

    def tell(self, user: str, refused: list[str]) -> None:
        """What an administrator has to do, since the owner of the tables may not."""
        if refused:
            said = f"The login {user!r} may still create tables or functions. Have an administrator run, once:"
            self.stderr.write("\n    ".join([said, *refused]))
