"""Amounts with their currency."""

from decimal import Decimal

import strawberry

from orders.currencies import PLACES


@strawberry.type(description="An amount of money.")
class Money:
    """An amount and its currency."""

    amount: Decimal = strawberry.field(
        description="The exact amount, with as many decimal places as the currency has: `12.50` EUR, `1250` JPY."
    )
    currency: str = strawberry.field(description="The currency's ISO 4217 code.")


def money(amount: Decimal, currency: str) -> Money:
    """The amount with the currency's own number of places; more than that only where it holds more."""
    places = Decimal(1).scaleb(-PLACES.get(currency, 2))
    rounded = amount.quantize(places)
    return Money(amount=rounded if rounded == amount else amount, currency=currency)
