"""Receivers call services."""

from collections import Counter

from learn import counting
from learn.faults import Fault, place_order, request
from learn.models import Order

DESIGNS = ("naive", "safe")


def paid_order(design):
    """An order that was placed and paid."""
    order = request(lambda: place_order(design))
    request(lambda: design.pay_order(order))
    return order


def saved_again(design):
    """The paid order is saved once more, unchanged."""
    request(paid_order(design).save)


def paid_again(design):
    """The client's second click on "pay" arrives."""
    order = paid_order(design)
    request(lambda: design.pay_order(order))


FAULTS = (
    Fault("save again", "A paid order is saved again, unchanged, in the admin.", saved_again),
    Fault("pay again", 'The customer clicks twice on "pay".', paid_again),
)


def count():
    """Two audit records and one mail for each paid order."""
    found = counting.done()
    wanted = Counter()
    for order in Order.objects.filter(status="PAID"):
        wanted.update([f"audit created {order.id}", f"audit paid {order.id}", f"mail paid {order.id}"])
    return {
        "orders": Order.objects.count(),
        "refused": counting.answers()["refused"],
        "lost": (wanted - found).total(),
        "doubled": (found - wanted).total(),
    }
