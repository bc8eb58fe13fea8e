"""Amounts of money: the largest, and how people write them."""

import re
from decimal import Decimal

MAX_AMOUNT = Decimal("99999999.99")
PLAIN_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?", re.ASCII)


def written_places(number: Decimal) -> int:
    """The number of digits after the decimal point, zeros included."""
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0  # a finite number's is one


def as_decimal(value: object) -> Decimal | None:
    """The number that ``value`` is in ASCII digits without an exponent, or None."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    if isinstance(value, Decimal):
        if not value.is_finite() or abs(value.adjusted()) > 40:
            return None
        return value
    if isinstance(value, int) and abs(value) > MAX_AMOUNT * 10:
        return MAX_AMOUNT * 10 if value > 0 else -MAX_AMOUNT
    text = str(value)
    return Decimal(text) if len(text) <= 100 and PLAIN_NUMBER.fullmatch(text) else None
