"""Values as literals of PostgreSQL's SQL, as psycopg writes them, without its search for an adapter of each."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from types import NoneType
from typing import Any, Final
from uuid import UUID


def text(value: str) -> str | None:
    """A text; None with a backslash, whose meaning a setting decides, or with a NUL, which PostgreSQL refuses."""
    return None if "\\" in value or "\0" in value else "'" + value.replace("'", "''") + "'"


def whole(value: int) -> str:
    """A whole number; two minus signs in a row would begin a comment."""
    return str(value) if value >= 0 else f" {value}"


def amount(value: Decimal) -> str | None:
    """A decimal number; None if it is not finite."""
    return str(value) if value.is_finite() and not value.is_signed() else None


def moment(value: datetime) -> str | None:
    """A time; None without a time zone."""
    return f"'{value}'::timestamptz" if value.tzinfo else None


Writer = Callable[[Any], str | None]


class Writers(dict[type, Writer]):
    """The functions that write values, by their types; a value of another type is left to psycopg."""

    def __missing__(self, kind: type) -> Writer:
        """A kind of text, such as a choice of a model's field, is written as text."""
        self[kind] = writer = text if issubclass(kind, str) else lambda _: None
        return writer


WRITERS: Final = Writers(
    {
        str: text,
        int: whole,
        Decimal: amount,
        datetime: moment,
        UUID: lambda value: f"'{value.hex}'::uuid",
        bool: lambda value: "true" if value else "false",
        NoneType: lambda value: "NULL",
    }
)
"""By class, a function that writes a value as psycopg does, or returns None to leave it to psycopg."""
