"""A trail to tamper with, and the means to do it."""

from django.db import connection

from audit.lock import unlocked
from audit.models import AuditLog
from audit.services import write_audit_log


def write(count: int) -> list[AuditLog]:
    """That many records."""
    return [write_audit_log("ORDER_CREATED", number, {"total": "1.00"}) for number in range(count)]


def tamper(statement: str, *arguments: str | int) -> None:
    """What somebody with the database's password can do."""
    with unlocked(), connection.cursor() as cursor:
        cursor.execute(statement, arguments)
