"""``manage.py check --deploy``: whether the database's policies hold for the login that we run as."""

from functools import cache
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from tenants.db.backend.base import RELAY_ROLE
from tenants.db.roles import login_rights

HINT = "See Database logins in docs/operations.md."


@register(Tags.security, deploy=True)
def check_database_login(**_: Any) -> list[CheckMessage]:
    """The problems of the login of ``DATABASE_URL``; none on SQLite, or while the database is unreachable."""
    if connection.vendor != "postgresql":
        return []
    try:
        we = login_rights()
    except DatabaseError:
        return []
    found: list[CheckMessage] = []
    if we.passes_policies:
        said = f"The database login {we.user!r} bypasses row-level security: a forgotten filter shows other tenants."
        found.append(Warning(said, hint=HINT, id="tenants.W001"))
    elif we.owns_tables:
        said = f"The database login {we.user!r} owns the tables: it could take row-level security away."
        found.append(Warning(said, hint=HINT, id="tenants.W002"))
    elif we.may_create:
        said = (
            f"The database login {we.user!r} may create tables or functions; manage.py migrate says how to refuse it."
        )
        found.append(Warning(said, hint=HINT, id="tenants.W003"))
    if not we.may_find_work:
        said = f"The database login {we.user!r} may not become {RELAY_ROLE}: no dispatcher would find any work."
        found.append(Error(said, hint=HINT, id="tenants.E001"))
    return found


@cache
def needed_migrations() -> dict[tuple[str, str], list[tuple[str, str]]]:
    """The migrations of this code by app and name, each with those that it replaces."""
    return {key: list(one.replaces) for key, one in MigrationLoader(None).disk_migrations.items()}


def missing_migrations() -> list[str]:
    """The migrations of this code that the database lacks, such as ``orders.0007_find_by_words``, in order.

    Migrations of a later version, which the database may have already, change nothing.
    """
    applied = MigrationRecorder(connection).applied_migrations()
    return sorted(
        f"{app}.{name}"
        for (app, name), replaced in needed_migrations().items()
        if (app, name) not in applied and not (replaced and all(key in applied for key in replaced))
    )
