"""Amounts with their currency."""

from decimal import Decimal

import strawberry

from orders.values.currencies import PLACES

CENT = Decimal("0.01")
SMALLEST = {currency: Decimal(1).scaleb(-places) for currency, places in PLACES.items()}
"""The smallest unit of currencies without decimal places; other currencies have hundredths."""


@strawberry.type(description="An amount of money.")
class Money:
    """An amount and its currency."""

    amount: Decimal = strawberry.field(
        description="The exact amount, with as many decimal places as the currency has: `12.50` EUR, `1250` JPY."
    )
    currency: str = strawberry.field(description="The currency's ISO 4217 code.")


def money(amount: Decimal, currency: str) -> Money:
    """The amount with the currency's own number of places; more than that only where it holds more."""
    smallest = SMALLEST.get(currency, CENT)
    if not amount.same_quantum(smallest):
        rounded = amount.quantize(smallest)
        amount = rounded if rounded == amount else amount
    return Money(amount=amount, currency=currency)
