"""Notifications."""

from learn import counting
from learn.faults import MAIL_DOWN, SLOW_MAIL

DESIGNS = ("naive", "robust", "safe")
FAULTS = (MAIL_DOWN, SLOW_MAIL)


def count():
    """A mail and an audit record for each order."""
    return counting.effects(["mail", "audit"])
