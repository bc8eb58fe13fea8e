"""Canonical JSON: one text for one value, by RFC 8785 (JCS) as far as its numbers reach.

RFC 8785 knows the numbers that a double holds. A longer integer, which it leaves undefined, is written out in all its
digits here, so that no digit can change unnoticed. A database that returns 1e22 as 1 and 22 zeros changes nothing.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import orjson

LARGEST_PLAIN = 2**53 - 1
LAST_BEFORE_SURROGATES = "\ud7ff"


def canonical(value: Any) -> bytes:
    """The value's canonical JSON in UTF-8.

    Raises:
        TypeError: a value is not JSON, such as a key that is no text.
        ValueError: a number is not finite, or a text not Unicode.
    """
    if is_plain(value):
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    return b"".join(spelled(value))


def is_plain(value: Any) -> bool:
    """Whether orjson, with sorted keys, writes the value as RFC 8785 does.

    It does not for numbers other than small integers, nor for keys that sort differently in UTF-16.
    """
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return True
    if kind is int:
        return bool(-LARGEST_PLAIN <= value <= LARGEST_PLAIN)
    if kind is dict:
        return all(map(is_plain_key, value)) and all(map(is_plain, value.values()))
    return kind is list and all(map(is_plain, value))


def is_plain_key(key: Any) -> bool:
    """Whether the key sorts the same by code points and in UTF-16."""
    return type(key) is str and (key.isascii() or max(key) <= LAST_BEFORE_SURROGATES)


def spelled(value: Any) -> list[bytes]:
    """The canonical JSON of any value, in parts."""
    match value:
        case None | bool() | str():
            return [orjson.dumps(value)]
        case int() | float():
            return [number(value).encode()]
        case Mapping():
            return spelled_object(value)
        case list() | tuple():
            parts = [part for inner in value for part in (b",", *spelled(inner))]
            return [b"[", *parts[1:], b"]"]
    raise TypeError(f"{type(value).__name__} cannot be written as JSON.")


def spelled_object(value: Mapping[Any, Any]) -> list[bytes]:
    """An object with its keys in the order of their UTF-16 code units."""
    if not all(isinstance(key, str) for key in value):
        raise TypeError("The keys of a JSON object are texts.")
    parts = []
    for key in sorted(value, key=lambda key: key.encode("utf-16-be")):
        parts += [b",", orjson.dumps(key), b":", *spelled(value[key])]
    return [b"{", *parts[1:], b"}"]


def number(value: float) -> str:
    """A number as ECMAScript writes its double; an integer that no double holds, in all its digits.

    Raises:
        ValueError: it is not finite.
    """
    try:
        double = float(value)
    except OverflowError:
        return str(value)
    if double - double != 0:
        raise ValueError("JSON has finite numbers only.")
    if isinstance(value, int) and value != int(Decimal(repr(double))):
        return str(value)
    return shortest(double)


def shortest(double: float) -> str:
    """ECMAScript's ``Number::toString``: the fewest digits that name it, with an exponent from 1e21 and below 1e-6."""
    if double == 0:
        return "0"
    sign, digits, exponent = Decimal(repr(double)).normalize().as_tuple()
    text = "".join(map(str, digits))
    point = len(text) + int(exponent)
    if len(text) <= point <= 21:
        body = text + "0" * (point - len(text))
    elif 0 < point <= 21:
        body = f"{text[:point]}.{text[point:]}"
    elif -6 < point <= 0:
        body = f"0.{'0' * -point}{text}"
    else:
        fraction = f".{text[1:]}" if text[1:] else ""
        body = f"{text[0]}{fraction}e{point - 1:+d}"
    return f"-{body}" if sign else body
