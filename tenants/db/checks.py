"""``manage.py check --deploy``: whether the database's policies hold for the login that we run as."""

from typing import Any

from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError, connection

from tenants.db.backend.base import RELAY_ROLE
from tenants.db.roles import standing

HINT = "See Database logins in docs/operations.md."


@register(Tags.security, deploy=True)
def check_database_login(**_: Any) -> list[CheckMessage]:
    """What is wrong with the login of ``DATABASE_URL``; nothing on SQLite, or while the database is away."""
    if connection.vendor != "postgresql":
        return []
    try:
        we = standing()
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
        said = f"The database login {we.user!r} may not become {RELAY_ROLE}: no relay would find any work."
        found.append(Error(said, hint=HINT, id="tenants.E001"))
    return found
