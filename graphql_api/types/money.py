"""Amounts with their currency."""

from collections.abc import Sequence
from decimal import Decimal

import strawberry

from graphql_server.ports.columns import Columns
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
    return Money(amount=rounded(amount, currency), currency=currency)


def money_columns(amounts: Sequence[Decimal], currencies: Sequence[str]) -> Columns:
    """:func:`money` of each."""
    smallest = SMALLEST.get(currencies[0], CENT)
    if currencies.count(currencies[0]) < len(currencies) or not all(map(smallest.same_quantum, amounts)):
        amounts = [*map(rounded, amounts, currencies)]
    values = {"amount": amounts, "currency": currencies}
    return Columns(Money, len(amounts), values.__getitem__, lambda: [*map(money, amounts, currencies)])


def rounded(amount: Decimal, currency: str) -> Decimal:
    """The amount of :func:`money`."""
    smallest = SMALLEST.get(currency, CENT)
    if not amount.same_quantum(smallest):
        fitting = amount.quantize(smallest)
        return fitting if fitting == amount else amount
    return amount
