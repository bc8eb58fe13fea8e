"""Anti-patterns."""

from decimal import Decimal

from learn import counting
from learn.faults import Fault, place_order, request
from learn.models import Order

DESIGNS = ("naive", "safe")


def discount(design):
    """An order of 100 gets ten percent off."""
    request(lambda: place_order(design))


def pay_all(design):
    """Three orders are paid in the design's own way."""
    for _ in range(3):
        request(lambda: design.place_order(total=20))
    request(design.pay_all)


def update(design):
    """Three orders are marked as paid by one UPDATE."""
    for _ in range(3):
        request(lambda: design.place_order(total=20))
    request(lambda: design.Orders.objects.filter(status="NEW").update(status="PAID"))


FAULTS = (
    Fault("discount", "An order of 100 gets ten percent off, once.", discount),
    Fault("pay all", "Three orders are paid together.", pay_all),
    Fault("update", "Other code marks three orders as paid by QuerySet.update.", update),
)


def count():
    """A mail for each paid order; totals that are neither 90 nor 20."""
    wrong = Order.objects.exclude(total__in=[Decimal(90), Decimal(20)]).count()
    numbers = counting.effects(["mail"], about=["paid"])
    return {name: numbers[name] for name in ("orders", "refused", "lost", "doubled")} | {"wrong": wrong}
