"""JSON columns that can be shown whatever they hold."""

import json
import math
from typing import Any

import orjson
from django.db import models
from django.db.models.fields.json import KeyTransform

LONGEST = 20
"""No integer of 64 bits has more characters."""


class JSONField(models.JSONField):
    """Django's, read so that every encoder can write the value again.

    PostgreSQL gives a float such as 1e22 back as an integer of 23 digits, which neither orjson nor msgpack can write.
    An integer beyond 64 bits is read as the nearest double, as a browser reads it; a number beyond a double's range
    as null. orders.validation refuses such numbers; older rows and raw SQL may have them.
    """

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """The value in Python's types."""
        if value is None or (isinstance(expression, KeyTransform) and not isinstance(value, str)):
            return value
        return read_json(value)

    def deconstruct(self) -> Any:
        """Like Django's own: the column is the same."""
        name, _, arguments, options = super().deconstruct()
        return name, "django.db.models.JSONField", arguments, options


def read_json(text: str) -> Any:
    """The value of a JSON text that a database holds, in numbers and texts that orjson can write."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        value = json.loads(text, parse_int=whole_number, parse_float=finite, parse_constant=finite)
    try:
        orjson.dumps(value)
    except TypeError:  # half a surrogate pair, which SQLite keeps as an escape
        return json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    return value


def whole_number(text: str) -> int | float | None:
    """A whole number; one beyond 64 bits as a float, in time that does not grow with the square of its length."""
    exact = int(text) if len(text) <= LONGEST else None
    return exact if exact is not None and -(2**63) <= exact < 2**64 else finite(text)


def finite(text: str) -> float | None:
    """The number, if it is one that a double holds."""
    number = float(text)
    return number if math.isfinite(number) else None
