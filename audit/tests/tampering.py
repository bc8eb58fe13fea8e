"""A trail to tamper with, and the means to do it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from audit.lock import execute, unlocked
from audit.models import AuditLog
from audit.services import write_audit_log


def write(count: int) -> list[AuditLog]:
    """Write that many records."""
    return [write_audit_log("ORDER_CREATED", number, {"total": "1.00"}) for number in range(count)]


@contextmanager
def as_tamperer() -> Iterator[None]:
    """Act as a login that may change and remove audit records; on PostgreSQL the system's login may not."""
    if connection.vendor != "postgresql":
        yield
        return
    execute(f'SET ROLE "{connection.settings_dict["NAME"]}_tamperer"')
    try:
        yield
    finally:
        execute("RESET ROLE")


def tamper(statement: str, *arguments: str | int) -> None:
    """Change records as a person with the password of the tables' owner can."""
    with as_tamperer(), unlocked(), connection.cursor() as cursor:
        cursor.execute(statement, arguments)
