"""The domain first."""

from learn import counting
from learn.faults import Fault, request
from learn.models import Order

DESIGNS = ("naive", "safe")
LINES = [(2, 10), (1, 5)]


def bulk_create(design):
    """Lines are inserted in bulk."""
    request(lambda: design.import_order(LINES))


def bulk_update(design):
    """Quantities are changed by one UPDATE."""
    order = request(lambda: design.place_order(LINES))
    request(lambda: design.Line.objects.filter(order=order).update(quantity=3))


def negative(design):
    """A client orders minus two pieces."""
    request(lambda: design.place_order([(-2, 10)]))


FAULTS = (
    Fault("bulk_create", "The lines of an order are inserted by bulk_create.", bulk_create),
    Fault("update", "The quantities are changed by QuerySet.update.", bulk_update),
    Fault("negative", "A client orders -2 pieces.", negative),
)


def count():
    """Orders whose total is not that of their lines, or is negative."""
    wrong = 0
    for order in Order.objects.all():
        lines = [
            line
            for name in ("naive_lines", "safe_lines")
            if hasattr(order, name)
            for line in getattr(order, name).all()
        ]
        wrong += order.total < 0 or order.total != sum(line.quantity * line.price for line in lines)
    return {"orders": Order.objects.count(), "refused": counting.answers()["refused"], "wrong": wrong}
