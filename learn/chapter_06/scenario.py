"""Transactions and on_commit."""

from learn import counting
from learn.faults import KILL, MAIL_DOWN, ROLLBACK

DESIGNS = ("naive", "on_commit", "safe")
FAULTS = (ROLLBACK, MAIL_DOWN, KILL)


def count():
    """An audit record and a mail for each order."""
    return counting.effects(["audit", "mail"])
