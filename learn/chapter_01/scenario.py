"""What signals are and are not."""

from learn import counting
from learn.faults import MAIL_DOWN, SLOW_MAIL, Fault, request

DESIGNS = ("naive", "safe")


def bulk(design):
    """An import of three orders."""
    request(lambda: design.place_orders([10, 20, 30]))


FAULTS = (MAIL_DOWN, SLOW_MAIL, Fault("bulk", "Three orders are imported by bulk_create.", bulk))


def count():
    """A mail about each order."""
    return counting.effects(["mail"])
