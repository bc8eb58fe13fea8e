"""JSON from clients (RFC 8259)."""

import json
import re
from typing import Any, Final, NoReturn

import orjson

LONGEST = 20  # No integer of 64 bits has more characters; a longer integer becomes a float, as in orjson.
SMALL: Final = 8_192
"""Texts of up to this many characters may be read by the standard library: that takes a millisecond."""
HEAD: Final = 1_000
ID: Final = re.compile(r'"id"\s*:\s*"([^"\\]{1,256})"')
TYPE: Final = re.compile(r'"type"\s*:\s*"([a-z_]{1,40})"')


def loads(text: bytes | str) -> Any:
    """The value of a JSON text in UTF-8. A megabyte takes at most 15 ms.

    A number beyond a double's range becomes infinite: no type accepts that, and its refusal names the place of the
    number. A text of more than :data:`SMALL` characters with such a number is refused as a whole.

    Raises:
        ValueError: the text is not JSON: NaN, a lone surrogate, or nested too deeply.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if "infinity" not in error.msg:
            raise ValueError(error.msg) from None
        if len(text) > SMALL:
            raise ValueError(f"the number at character {error.pos + 1:,} is beyond a double's range") from None
    return loads_with_infinities(text if isinstance(text, str) else text.decode())


def loads_with_infinities(text: str) -> Any:
    """Like :func:`read`, with the standard library, which is slower and reads numbers of any size."""
    try:
        value = json.loads(text, parse_int=integer, parse_constant=no_number)
    except RecursionError:
        raise ValueError("depth limit exceeded") from None
    try:
        orjson.dumps(value)
    except TypeError:
        raise ValueError("no low surrogate in string") from None
    return value


def integer(text: str) -> int | float:
    """A whole number; beyond 64 bits a float, in time that does not grow with the square of its length."""
    exact = int(text) if len(text) <= LONGEST else None
    return float(text) if exact is None or not -(2**63) <= exact < 2**64 else exact


def no_number(name: str) -> NoReturn:
    """Refuse NaN and Infinity, which Python's parser accepts and JSON does not have."""
    raise ValueError("unexpected character, expected a JSON value")


def object_in(text: str) -> dict[str, Any]:
    """The object in an invalid text as far as it can be read, for the error to name it; empty if it can't be read.

    Of a text of more than :data:`SMALL` characters only the ``id`` and the ``type`` are read, if it begins with them.
    """
    if len(text) > SMALL:
        found = {"id": ID.search(text, 0, HEAD), "type": TYPE.search(text, 0, HEAD)}
        return {name: match[1] for name, match in found.items() if match}
    try:
        value = json.loads(text, parse_int=integer)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def is_unicode(text: str) -> bool:
    """Whether a text can be written in UTF-8; a text with a lone surrogate can not."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
