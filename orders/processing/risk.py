"""Rules for orders that need a second look. They inform people; they never decide about the order."""

from collections.abc import Callable
from decimal import Decimal

from orders.models import Order
from orders.values.currencies import PLACES

LARGE_TOTAL = Decimal(5_000)
"""In currencies with cents; in those without, a hundred times as much."""
MANY_LINES, MANY_PIECES = 100, 10_000
DISPOSABLE_DOMAINS = {
    "10minutemail.com",
    "guerrillamail.com",
    "maildrop.cc",
    "mailinator.com",
    "sharklasers.com",
    "temp-mail.org",
    "trashmail.com",
    "yopmail.com",
}


def has_large_total(order: Order) -> bool:
    """The total is higher than that of most orders."""
    return order.total > LARGE_TOTAL.scaleb(2 - PLACES.get(order.currency, 2))


def has_many_lines(order: Order) -> bool:
    """An unusual quantity: the customer may be buying the whole stock, or testing the shop."""
    return len(order.lines.all()) > MANY_LINES


def has_many_pieces(order: Order) -> bool:
    """A line's quantity is so large that it may be a typing error."""
    return any(line.quantity > MANY_PIECES for line in order.lines.all())


def has_disposable_email(order: Order) -> bool:
    """The address is from a provider of temporary addresses; subdomains count."""
    labels = order.customer_email.rpartition("@")[2].lower().split(".")
    return any(".".join(labels[start:]) in DISPOSABLE_DOMAINS for start in range(len(labels)))


def has_no_customer(order: Order) -> bool:
    """The order has lines or a total, and no customer."""
    return order.total > 0 and not order.customer_email and not order.customer_name


RULES: dict[str, Callable[[Order], bool]] = {
    "LARGE_TOTAL": has_large_total,
    "MANY_LINES": has_many_lines,
    "MANY_PIECES": has_many_pieces,
    "DISPOSABLE_EMAIL": has_disposable_email,
    "NO_CUSTOMER": has_no_customer,
}


def check_risk(order: Order) -> dict[str, list[str]]:
    """Processing step: the codes of the rules that the order meets, as ``risks``; none for most orders."""
    return {"risks": [code for code, meets in RULES.items() if meets(order)]}
