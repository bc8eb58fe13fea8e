"""The parameters in an address: each known, clean, and given once unless it is a list."""

from collections.abc import Collection

from django.db.models import Q
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from orders.search.related import SomeLine, Tagged
from orders.states import ProcessingStatus, Status
from tenants.pagination.keyset import DEFAULT_SIZE, MAX_SIZE
from tenants.values.texts import unsafe_character

FIELDS = ("status", "processing_status", "number", "external_reference")
ENUMS = {"status": Status.values, "processing_status": ProcessingStatus.values}
ORDER_FILTERS = (*FIELDS, "sku", "tag")


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
    return condition


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
