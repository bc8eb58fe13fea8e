"""JSON as it was written: amounts stay decimals, and values that would be silently changed or lost are refused."""

import json
from collections.abc import Mapping
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from typing import IO, Any, NoReturn

from django.conf import settings
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

MAX_DIGITS = 100
EXACTLY = Context(prec=MAX_DIGITS, Emax=MAX_EMAX, Emin=MIN_EMIN)


class BodyTooLarge(APIException):
    """The body is larger than we take."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is larger than 1 MiB."


class ExactJSONParser(BaseParser):
    """Parses one JSON object (RFC 8259) in UTF-8; floats become Decimals, exactly."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """The object.

        Raises:
            BodyTooLarge: the body has more bytes than ``DATA_UPLOAD_MAX_MEMORY_SIZE``.
            ParseError: it is not JSON, or holds NaN, a repeated name, a lone surrogate or a number of over 100 digits.
        """
        body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise BodyTooLarge
        try:
            parsed = exact_json(body)
        except RecursionError:
            raise ParseError("The JSON is nested too deeply.") from None
        except ValueError as error:
            raise ParseError(f"The body is not valid JSON: {error}") from None
        if not isinstance(parsed, dict):
            raise ParseError("The body must be a JSON object.")
        return parsed


def exact_json(body: bytes) -> Any:
    """The value of the JSON text ``body``.

    Raises:
        ValueError: it is not JSON, or has a value that JSON's own types can't hold exactly.
    """
    text = body.decode("utf-8")
    parsed = json.loads(
        text, parse_float=decimal, parse_int=integer, parse_constant=no_constant, object_pairs_hook=without_repeats
    )
    if "\\u" in text:  # Only an escape can write half a surrogate pair, and then it can't be encoded again.
        json.dumps(parsed, ensure_ascii=False, default=str).encode("utf-8")
    return parsed


def decimal(text: str) -> Decimal:
    """The number, exactly. ``1.50`` is ``1.5``: zeros at the end of a JSON number mean nothing, unlike a string's."""
    short(text)
    try:
        return EXACTLY.normalize(Decimal(text))
    except ArithmeticError:
        raise ValueError("a number's exponent is out of range") from None


def integer(text: str) -> int:
    """The whole number."""
    return int(short(text))


def short(text: str) -> str:
    """Text of a number that does not take long to convert."""
    if len(text) > MAX_DIGITS:
        raise ValueError(f"a number has more than {MAX_DIGITS} digits")
    return text


def no_constant(name: str) -> NoReturn:
    """NaN and Infinity, which Python's parser takes and JSON does not have."""
    raise ValueError(f"{name} is not a number")


def without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object without a repeated name, whose value would be a guess."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("an object has the same name twice")
    return made
