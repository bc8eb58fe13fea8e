"""The one set of rules for orders; every entrance uses it.

Each ``check_*`` returns the value as it will be stored, or adds an error to ``errors`` and returns a harmless value.
Text is kept byte for byte or refused, never changed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from orders.errors import FieldError, InvalidOrder
from orders.values.amounts import MAX_AMOUNT, as_decimal, written_places
from orders.values.currencies import PLACES
from orders.values.emails import is_email_address
from orders.values.json_rules import InvalidJson, check_object
from tenants.values.texts import unsafe_character

WRITTEN_PLACES = 2
MAX_LINES, MAX_QUANTITY = 500, 1_000_000
MAX_REASON, MAX_TRACKING_CODE, MAX_NOTES = 500, 100, 5000
MAX_TAGS, MAX_TAG, MAX_REFUNDS = 20, 40, 100
MAX_EMAIL, MAX_NAME, MAX_SKU, MAX_REFERENCE, MAX_KEY = 254, 200, 64, 100, 255

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line of a new order: ``quantity`` pieces at ``unit_price`` in the order's currency."""

    sku: str
    quantity: int
    unit_price: Decimal
    name: str = ""


@dataclass(slots=True)
class Errors:
    """Collects errors, so that a form's user sees all of them together."""

    found: list[FieldError] = field(default_factory=list)

    def add(self, path: Path, message: str, code: str = "INVALID") -> None:
        """Note that the field at ``path`` breaks a rule."""
        self.found.append(FieldError(code, path, message))

    def raise_if_any(self) -> None:
        """Raise :class:`InvalidOrder` if something was wrong."""
        if self.found:
            raise InvalidOrder(self.found)


def check_text(
    text: object, path: Path, errors: Errors, *, longest: int, required: bool = False, lines: bool = False
) -> str:
    """Check a text: at most ``longest`` safe characters (:mod:`tenants.values.texts`), one line unless ``lines``."""
    if not isinstance(text, str):
        errors.add(path, "Must be text.")
        return ""
    if required and not text.strip():
        errors.add(path, "Must not be empty.", "REQUIRED")
    elif len(text) > longest:
        errors.add(path, f"Must have at most {longest} characters.", "LIMIT_EXCEEDED")
    elif unsafe := unsafe_character(text, lines=lines):
        errors.add(path, f"Must not contain the character {unsafe}.")
    return text


def checked_text(text: str, name: str, *, longest: int) -> str:
    """Return a single line of safe text.

    Raises:
        InvalidOrder: it is not.
    """
    errors = Errors()
    checked = check_text(text, (name,), errors, longest=longest)
    errors.raise_if_any()
    return checked


def check_notes(text: object, path: Path, errors: Errors) -> str:
    """Text of several lines."""
    return check_text(text, path, errors, longest=MAX_NOTES, lines=True)


def check_tags(tags: object, path: Path, errors: Errors) -> list[str]:
    """A few short texts, sorted, each once."""
    if not isinstance(tags, list | tuple):
        errors.add(path, "Must be a list of texts.")
        return []
    if len(tags) > MAX_TAGS:
        errors.add(path, f"Must be at most {MAX_TAGS} tags.", "LIMIT_EXCEEDED")
        return []
    checked = [
        check_text(tag, (*path, str(index)), errors, longest=MAX_TAG, required=True) for index, tag in enumerate(tags)
    ]
    return sorted(set(checked))


def check_email(text: object, path: Path, errors: Errors) -> str:
    """An e-mail address that mail can be sent to, or nothing."""
    before = len(errors.found)
    address = check_text(text, path, errors, longest=MAX_EMAIL)
    if address and len(errors.found) == before and not is_email_address(address):
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

    Two places may be written of every currency, as we write them ourselves; a third is refused even if it is 0.
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
        return abs(amount.quantize(Decimal("0.01")))  # There is no negative zero.
    return Decimal(0)


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
        errors.add(path, "An order must have either lines or a total.", "REQUIRED")
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
    """A JSON object that comes back as it was; see :mod:`orders.values.json_rules`. The first error is noted."""
    try:
        return check_object(value, path)
    except InvalidJson as error:
        errors.add(error.path, str(error), error.code)
        return {}


def check_name(text: object, path: Path, errors: Errors) -> str:
    """The customer's name, without surrounding white space."""
    return check_text(text, path, errors, longest=MAX_NAME)


def check_reference(text: object, path: Path, errors: Errors) -> str | None:
    """The reference by which another system knows the order, or None."""
    return None if text is None else check_text(text, path, errors, longest=MAX_REFERENCE, required=True)


WRITTEN: dict[str, tuple[str, Callable[[object, Path, Errors], Any]]] = {
    "customer_email": ("customerEmail", check_email),
    "customer_name": ("customerName", check_name),
    "external_reference": ("externalReference", check_reference),
    "metadata": ("metadata", check_metadata),
    "notes": ("notes", check_notes),
    "tags": ("tags", check_tags),
}
"""Fields of an order that people write: the name in paths, and the rule. A rule returns the value as it is kept."""


def check_key(key: str) -> None:
    """An idempotency key: 1 to 255 printable ASCII characters.

    Raises:
        InvalidOrder: it is not.
    """
    if not (1 <= len(key) <= MAX_KEY and key.isascii() and key.isprintable()):
        message = f"Must be 1 to {MAX_KEY} printable ASCII characters."
        raise InvalidOrder([FieldError("INVALID", ("idempotencyKey",), message)])
