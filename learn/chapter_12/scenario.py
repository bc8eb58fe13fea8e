"""From signals to domain events."""

from learn import counting
from learn.faults import Fault, place_order, request
from learn.world import here

DESIGNS = ("naive", "safe")


def quick(design):
    """An order is placed, paid and shipped before a worker has time."""
    order = request(lambda: place_order(design))
    for status in ("PAID", "SHIPPED"):
        request(lambda status=status: design.change(order, status))


def late(design):
    """Two orders are placed. Then a version is deployed that gives points for each order."""
    for _ in range(2):
        request(lambda: place_order(design))
    here.write("loyalty points are deployed", True)


FAULTS = (
    Fault("quick", "An order is placed, paid and shipped before the worker has time.", quick),
    Fault("late receiver", "Two orders are placed; then points are introduced, for these orders too.", late),
)


def count():
    """A mail for each change of an order; with points, a job for each order."""
    kinds = ["mail", "job"] if here.read("loyalty points are deployed") else ["mail"]
    return counting.effects(kinds, about=["created", "paid", "shipped"])
