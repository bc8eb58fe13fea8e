"""Scalars that accept only unambiguous values."""

import math
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import strawberry
from graphql import FloatValueNode, IntValueNode, StringValueNode, ValueNode
from strawberry.scalars import JSON
from strawberry.types.scalar import ScalarDefinition

from graphql_server.errors import ApiError, Code

MAX_DECIMAL_CHARACTERS = 40
PLAIN_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
NO_DECIMAL = 'A Decimal is a plain number in at most 40 ASCII characters, without an exponent, such as "12.50".'
NO_MOMENT = 'A DateTime is a moment in ISO 8601 with its offset from UTC, such as "2026-11-22T09:30:00Z".'


def decimal_of(text: str) -> Decimal:
    """The number that ``text`` plainly writes. Signed zero is zero."""
    if len(text) > MAX_DECIMAL_CHARACTERS or not PLAIN_DECIMAL.fullmatch(text):
        raise ApiError(Code.BAD_USER_INPUT, NO_DECIMAL)
    number = Decimal(text)
    return number if number else abs(number)


def parse_decimal(value: object) -> Decimal:
    """A JSON string or number. A float is the shortest decimal that reads back as it."""
    if isinstance(value, float) and math.isfinite(value):
        return decimal_of(format(Decimal(repr(value)), "f"))
    if isinstance(value, str | int) and not isinstance(value, bool):
        return decimal_of(str(value) if isinstance(value, str) or abs(value) < 10**40 else "")
    raise ApiError(Code.BAD_USER_INPUT, NO_DECIMAL)


def parse_decimal_literal(node: ValueNode, _variables: dict[str, Any] | None = None) -> Decimal:
    """A literal in the document, exactly as it is written."""
    if isinstance(node, StringValueNode | IntValueNode | FloatValueNode):
        return decimal_of(node.value)
    raise ApiError(Code.BAD_USER_INPUT, NO_DECIMAL)


def parse_moment(value: object) -> datetime:
    """A moment, in UTC."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ApiError(Code.BAD_USER_INPUT, NO_MOMENT)


SCALARS: dict[object, ScalarDefinition] = {
    Decimal: strawberry.scalar(
        name="Decimal",
        description=(
            "An exact decimal number. Responses contain it as a string. Input may be a string or a number, of "
            "plain ASCII digits, at most 40 characters, without an exponent. A string is safer: JSON tools may "
            "round a number."
        ),
        serialize=str,
        parse_value=parse_decimal,
        parse_literal=parse_decimal_literal,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description=(
            "A date and time in ISO 8601, with microseconds. Responses are in UTC. Input must include its offset "
            "from UTC, such as `Z` or `+02:00`."
        ),
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=datetime.isoformat,
        parse_value=parse_moment,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="Any JSON value.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc8259",
        serialize=lambda value: value,
        parse_value=lambda value: value,
    ),
}
