"""Rules for a client's JSON, so that every database and every reader gives it back unchanged.

Allowed numbers are those that a double holds exactly or by its shortest decimal, as JavaScript's ``JSON.parse`` reads
them, so that no browser shows another number than was sent. docs/decisions/0026 says why the bound is 2^53 and not 64
bits.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tenants.values.texts import unsafe_character

MAX_BYTES, MAX_DEPTH, MAX_VALUES, MAX_NAME = 16 * 1024, 10, 1000, 100
LARGEST_NUMBER = 2**53 - 1
SHORT_FLOAT = 1e-6
"""From here on, a float takes no more characters in plain digits than with an exponent, but for a few."""

Path = tuple[str, ...]


class InvalidJson(ValueError):
    """The value at ``path`` breaks a rule; the message says which."""

    def __init__(self, path: Path, message: str, code: str = "INVALID") -> None:
        super().__init__(message)
        self.path, self.code = path, code


def check_object(value: object, path: Path) -> dict[str, Any]:
    """A JSON object of at most 16 KiB, 10 levels and 1,000 values, with names of at most 100 characters.

    The bytes are counted as PostgreSQL keeps them, without exponents: ``1e-300`` is 302 characters.

    Raises:
        InvalidJson: it is not; ``path`` leads to the value, or to the object that has the wrong name.
    """
    if not isinstance(value, Mapping):
        raise InvalidJson(path, "Must be a JSON object.")
    walk = Walk()
    walk.check(value, path, MAX_DEPTH)
    if len(json.dumps(value)) + walk.written_out > MAX_BYTES:
        raise InvalidJson(path, f"Must be at most {MAX_BYTES} bytes of JSON.", "LIMIT_EXCEEDED")
    return dict(value)


@dataclass(slots=True)
class Walk:
    """A walk through a value: counts its values, and the digits that its JSON text does not show."""

    values: int = 0
    written_out: int = 0

    def check(self, value: object, path: Path, levels: int) -> None:
        """Check the value and all values in it.

        Raises:
            InvalidJson: a value breaks a rule.
        """
        self.values += 1
        if self.values > MAX_VALUES:
            raise InvalidJson(path, f"Must have at most {MAX_VALUES} values.", "LIMIT_EXCEEDED")
        if isinstance(value, Mapping | list):
            if levels == 0:
                raise InvalidJson(path, f"Must have at most {MAX_DEPTH} levels.")
            named = value.items() if isinstance(value, Mapping) else enumerate(value)
            for name, inner in named:
                key = checked_name(name, path) if isinstance(value, Mapping) else str(name)
                self.check(inner, (*path, key), levels - 1)
        else:
            self.check_scalar(value, path)

    def check_scalar(self, value: object, path: Path) -> None:
        """Check a value that is neither an object nor a list.

        Raises:
            InvalidJson: it breaks a rule.
        """
        match value:
            case None | bool():
                pass
            case str():
                if unsafe := unsafe_character(value, lines=True):
                    raise InvalidJson(path, f"Must not contain the character {unsafe}.")
            case int() | float() | Decimal():
                self.check_number(value, path)
            case _:
                raise InvalidJson(path, "Must be JSON.")

    def check_number(self, value: int | float | Decimal, path: Path) -> None:
        """Check a number; a Decimal is one that no double is equal to.

        Raises:
            InvalidJson: it would come back as another, or not at all.
        """
        if not isinstance(value, int) and not math.isfinite(value):
            raise InvalidJson(path, "Numbers must be finite.")
        if not -LARGEST_NUMBER <= value <= LARGEST_NUMBER:
            raise InvalidJson(
                path, f"Numbers must be at most {LARGEST_NUMBER}, up or down; write a larger one as text."
            )
        if isinstance(value, Decimal):
            raise InvalidJson(path, "Numbers must be exact as 64-bit floats; send a number with more digits as text.")
        if isinstance(value, float) and 0 < abs(value) < SHORT_FLOAT:
            self.written_out += len(format(Decimal(repr(value)), "f"))


def checked_name(name: object, path: Path) -> str:
    """A name in the object at ``path``: one line of at most 100 characters.

    Raises:
        InvalidJson: it is not.
    """
    if not isinstance(name, str):
        raise InvalidJson(path, "Names must be text.")
    if len(name) > MAX_NAME:
        raise InvalidJson(path, f"Names must have at most {MAX_NAME} characters.", "LIMIT_EXCEEDED")
    if unsafe := unsafe_character(name):
        raise InvalidJson(path, f"A name must not contain the character {unsafe}.")
    return name


def floats(value: Any) -> Any:
    """The JSON with floats instead of Decimals, for storage. A Decimal that no float equals stays."""
    match value:
        case Decimal():
            nearest = float(value)
            return nearest if Decimal(repr(nearest)) == value else value
        case dict():
            return {name: floats(inner) for name, inner in value.items()}
        case list():
            return [floats(inner) for inner in value]
    return value
