"""The one set of rules for what an order may hold; every door goes through it.

Each ``check_*`` returns the value as it is to be kept, or adds what is wrong to ``errors`` and returns something
harmless. Text is kept byte for byte or refused, never mended.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from orders.currencies import PLACES
from orders.errors import FieldError, InvalidOrder

MAX_AMOUNT, WRITTEN_PLACES = Decimal("99999999.99"), 2
MAX_LINES, MAX_QUANTITY = 500, 1_000_000
MAX_EMAIL, MAX_NAME, MAX_SKU, MAX_REFERENCE, MAX_KEY = 254, 200, 64, 100, 255
MAX_METADATA_BYTES, MAX_METADATA_DEPTH, MAX_JSON_INTEGER = 16 * 1024, 10, 2**63 - 1
BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
UNSAFE = re.compile(rf"[\x00-\x1f\x7f-\x9f\ud800-\udfff{''.join(BIDI)}]")
"""Unicode's categories Cc and Cs, and ``BIDI``."""
PLAIN_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?", re.ASCII)

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NewLine:
    """One line to be: ``quantity`` pieces at ``unit_price`` in the order's currency."""

    sku: str
    quantity: int
    unit_price: Decimal
    name: str = ""


@dataclass(slots=True)
class Errors:
    """Collects what is wrong, so that a form's user sees all of it at once."""

    found: list[FieldError] = field(default_factory=list)

    def add(self, path: Path, message: str, code: str = "INVALID") -> None:
        """Note that the field at ``path`` breaks a rule."""
        self.found.append(FieldError(code, path, message))

    def raise_if_any(self) -> None:
        """Raise :class:`InvalidOrder` if something was wrong."""
        if self.found:
            raise InvalidOrder(self.found)


def unsafe_character(text: str) -> str | None:
    """The first control, bidi-override or lone-surrogate character, as ``U+XXXX``, or None."""
    found = UNSAFE.search(text)
    return f"U+{ord(found[0]):04X}" if found else None


def check_text(text: object, path: Path, errors: Errors, *, longest: int, required: bool = False) -> str:
    """Text of at most ``longest`` characters without control or bidi-override characters."""
    if not isinstance(text, str):
        errors.add(path, "Must be text.")
        return ""
    if required and not text.strip():
        errors.add(path, "Must not be empty.", "REQUIRED")
    elif len(text) > longest:
        errors.add(path, f"Must have at most {longest} characters.", "LIMIT_EXCEEDED")
    elif unsafe := unsafe_character(text):
        errors.add(path, f"Must not contain the character {unsafe}.")
    return text


def check_email(text: object, path: Path, errors: Errors) -> str:
    """An e-mail address, or nothing."""
    before = len(errors.found)
    address = check_text(text, path, errors, longest=MAX_EMAIL)
    if address and len(errors.found) == before:
        try:
            validate_email(address)
        except ValidationError:
            errors.add(path, "Must be an e-mail address.")
    return address


def check_currency(text: object, path: Path, errors: Errors) -> str:
    """A currency of ISO 4217, in capitals."""
    if not isinstance(text, str) or text not in PLACES:
        errors.add(path, "Must be an ISO 4217 currency code with at most two decimal places, such as EUR.")
        return "XXX"
    return text


def check_amount(value: object, path: Path, errors: Errors, *, currency: str) -> Decimal:
    """A finite amount from 0 to 99999999.99 with no more places than the currency has. Floats are taken as printed.

    Two places may be written of every currency, as we write them ourselves; a third is refused even if it is a nought.
    """
    amount = as_decimal(value)
    if amount is None:
        errors.add(path, "Must be a plain decimal number, such as 12.50.")
        return Decimal(0)
    places = PLACES.get(currency, 2)
    if amount < 0:
        errors.add(path, "Must not be negative.")
    elif amount > MAX_AMOUNT:
        errors.add(path, f"Must be at most {MAX_AMOUNT}.", "LIMIT_EXCEEDED")
    elif written_places(amount) > WRITTEN_PLACES or amount != amount.quantize(Decimal(1).scaleb(-places)):
        errors.add(path, f"Must have at most {places} decimal places.")
    else:
        return abs(amount.quantize(Decimal("0.01")))  # There is no negative nought.
    return Decimal(0)


def written_places(number: Decimal) -> int:
    """How many digits stand behind the point, noughts included."""
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0  # a finite number's is one


def as_decimal(value: object) -> Decimal | None:
    """The number that ``value`` plainly writes in ASCII digits without an exponent, or None."""
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


def check_quantity(value: object, path: Path, errors: Errors) -> int:
    """A whole number of pieces from 1 to a million."""
    if isinstance(value, bool) or not isinstance(value, int):
        errors.add(path, "Must be a whole number.")
    elif value < 1:
        errors.add(path, "Must be at least 1.")
    elif value > MAX_QUANTITY:
        errors.add(path, f"Must be at most {MAX_QUANTITY}.", "LIMIT_EXCEEDED")
    else:
        return value
    return 1


def check_lines(lines: Sequence[NewLine], path: Path, errors: Errors, *, currency: str) -> list[NewLine]:
    """One to 500 lines, each with a SKU, a quantity and a price."""
    if not lines:
        errors.add(path, "An order has lines or a total.", "REQUIRED")
    if len(lines) > MAX_LINES:
        errors.add(path, f"Must be at most {MAX_LINES} lines.", "LIMIT_EXCEEDED")
        return []
    return [check_line(line, (*path, str(index)), errors, currency=currency) for index, line in enumerate(lines)]


def check_line(line: NewLine, path: Path, errors: Errors, *, currency: str) -> NewLine:
    """One line; see :func:`check_lines`."""
    return NewLine(
        sku=check_text(line.sku, (*path, "sku"), errors, longest=MAX_SKU, required=True),
        name=check_text(line.name, (*path, "name"), errors, longest=MAX_NAME),
        quantity=check_quantity(line.quantity, (*path, "quantity"), errors),
        unit_price=check_amount(line.unit_price, (*path, "unitPrice"), errors, currency=currency),
    )


def check_metadata(value: object, path: Path, errors: Errors) -> dict[str, Any]:
    """A JSON object of at most 16 KiB and 10 levels, with finite numbers and safe text."""
    if not isinstance(value, Mapping):
        errors.add(path, "Must be a JSON object.")
        return {}
    if problem := json_problem(value, MAX_METADATA_DEPTH):
        errors.add(path, problem)
        return {}
    if len(json.dumps(value)) > MAX_METADATA_BYTES:
        errors.add(path, f"Must be at most {MAX_METADATA_BYTES} bytes of JSON.", "LIMIT_EXCEEDED")
        return {}
    return dict(value)


def json_problem(value: object, depth: int) -> str | None:
    """What keeps ``value`` from being kept as JSON on every database, or None."""
    if not isinstance(value, Mapping | list):
        return scalar_problem(value)
    if depth == 0:
        return f"Must have at most {MAX_METADATA_DEPTH} levels."
    if isinstance(value, Mapping) and not all(isinstance(key, str) for key in value):
        return "Names must be text."
    inner = [*value.keys(), *value.values()] if isinstance(value, Mapping) else value
    return next((problem for one in inner if (problem := json_problem(one, depth - 1))), None)


def scalar_problem(value: object) -> str | None:
    """The same for what is neither an object nor a list."""
    problem = None
    match value:
        case None | bool():
            pass
        case int() if abs(value) > MAX_JSON_INTEGER:
            problem = "Whole numbers must fit into 64 bits."
        case float() if not math.isfinite(value):
            problem = "Numbers must be finite."
        case str() if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
            problem = "Text must not contain NUL or lone surrogates."
        case int() | float() | str():
            pass
        case _:
            problem = "Must be JSON."
    return problem


def check_key(key: str) -> None:
    """An idempotency key: 1 to 255 printable ASCII characters.

    Raises:
        InvalidOrder: it is not.
    """
    if not (1 <= len(key) <= MAX_KEY and key.isascii() and key.isprintable()):
        message = f"Must be 1 to {MAX_KEY} printable ASCII characters."
        raise InvalidOrder([FieldError("INVALID", ("idempotencyKey",), message)])
