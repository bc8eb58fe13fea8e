"""The parameters in an address: each known, clean, and given once unless it is a list."""

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from django.db.models import Q
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from orders.search.articles import articles_like
from orders.search.filters import MAX_TEXT, MAX_WORDS, Amount, AnyOf, Condition, Mentions, Moment
from orders.search.related import SomeLine, Tagged, probed
from orders.search.text_search import few_matching
from orders.selectors import is_among
from orders.states import ProcessingStatus, Status
from tenants.pagination.keyset import DEFAULT_SIZE, MAX_SIZE
from tenants.values.texts import unsafe_character

FIELDS = ("status", "processing_status", "currency", "number", "external_reference")
ENUMS = {"status": Status.values, "processing_status": ProcessingStatus.values}
ORDER_FILTERS = (*FIELDS, "sku", "tag")
"""The filters that may be repeated."""
AMOUNT_DIGITS: Final = 15


def wrong(name: str, message: str) -> ValidationError:
    """The refusal of a query parameter or header."""
    return ValidationError({name: [message]})


def check_parameters(request: Request, *, lists: Collection[str] = (), single: Collection[str] = ()) -> None:
    """Refuse what the operation does not have.

    Raises:
        ValidationError: a parameter is unknown, has control characters, or is repeated and no list.
    """
    known = (*lists, *single)
    for name, values in request.query_params.lists():
        if name not in known:
            raise wrong(name[:100], f"Must be one of {', '.join(known)}.")
        if any(unsafe_character(value) for value in values):
            raise wrong(name, "Must not contain control characters.")
        if name in single and len(values) > 1:
            raise wrong(name, "Must be given once.")


def order_filters(request: Request) -> Q:
    """The filters of orders: a repeated parameter means any of its values.

    Raises:
        ValidationError: no order can have such a status.
    """
    wanted = {name: request.query_params.getlist(name) for name in ORDER_FILTERS if name in request.query_params}
    for name, known in ENUMS.items():
        if not set(wanted.get(name, ())) <= set(known):
            raise wrong(name, f"Must be one of {', '.join(known)}.")
    condition = Q(**{f"{name}__in": wanted[name] for name in FIELDS if name in wanted})
    if "sku" in wanted:
        condition &= SomeLine((("sku", tuple(wanted["sku"])),)).to_q()
    if "tag" in wanted:
        condition &= Tagged(tuple(wanted["tag"])).to_q()
    for name, read in ORDER_BOUNDS.items():
        if name in request.query_params:
            condition &= found_by(read(name, request.query_params[name]))
    return condition


def found_by(condition: Condition) -> Q:
    """The condition for a reader of pages: few orders by indexes, many one after the other."""
    few = few_matching(condition)
    each = probed(condition).to_q()
    return each if few is None else Q(is_among(few)) & each


def least_total(name: str, text: str) -> Condition:
    """Totals from this amount on."""
    return Amount("gte", amount(name, text))


def most_total(name: str, text: str) -> Condition:
    """Totals up to this amount."""
    return Amount("lte", amount(name, text))


def created_from(name: str, text: str) -> Condition:
    """Orders from this moment on."""
    return Moment("created_at", "gte", moment(name, text))


def created_before(name: str, text: str) -> Condition:
    """Orders before this moment."""
    return Moment("created_at", "lt", moment(name, text))


def search(name: str, text: str) -> Condition:
    """The search of the board: the words of a text, also in the SKUs and the names of lines.

    Raises:
        ValidationError: it is too long.
    """
    mentions = Mentions.of(text)
    if len(text) > MAX_TEXT or len(mentions.words) > MAX_WORDS:
        raise wrong(name, f"Must have at most {MAX_TEXT} characters and {MAX_WORDS} words.")
    found = articles_like(text)
    return AnyOf((mentions, SomeLine((("sku", found.skus),)), SomeLine((("name", found.names),))))


ORDER_BOUNDS: Final[dict[str, Callable[[str, str], Condition]]] = {
    "total_least": least_total,
    "total_most": most_total,
    "created_from": created_from,
    "created_before": created_before,
    "search": search,
}
"""The filters that are given once, each with what reads it."""


def amount(name: str, text: str) -> Decimal:
    """The number in a parameter.

    Raises:
        ValidationError: it is no plain decimal.
    """
    whole, _, fraction = text.partition(".")
    digits = f"{whole}{fraction}"
    if not (whole and digits.isascii() and digits.isdigit() and len(digits) <= AMOUNT_DIGITS and text[-1] != "."):
        raise wrong(name, f"Must be a plain decimal of at most {AMOUNT_DIGITS} digits, such as 12.50.")
    return Decimal(text)


def moment(name: str, text: str) -> datetime:
    """The moment in a parameter.

    Raises:
        ValidationError: it is no ISO 8601 date and time with an offset from UTC.
    """
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise wrong(name, "Must be a date and time with an offset from UTC, such as 2026-11-30T12:00:00Z.")


def limit_of(text: str | None) -> int:
    """The requested page size.

    Raises:
        ValidationError: it is not a whole number from 1 to 100.
    """
    return DEFAULT_SIZE if text is None else whole_number(text, "limit", MAX_SIZE)


def whole_number(text: str, name: str, most: int) -> int:
    """A parameter's whole number from 1 on.

    Raises:
        ValidationError: it is none, or more than ``most``.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and 1 <= int(text) <= most):
        raise wrong(name, f"Must be a whole number from 1 to {most}.")
    return int(text)
