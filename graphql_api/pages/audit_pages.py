"""Pages of the audit trail, newest first."""

from typing import Any, cast

from strawberry.types import Info

from graphql_api.context import Context
from graphql_api.pages.slices import Slice, page_of, tenant_of
from graphql_server.errors import ApiError, Code
from tenants.pagination.keyset import InvalidPage, Keyset, Window, number

NEWEST_FIRST = Keyset("audit.position.desc", (number("position"),), descending=True)


def position_of(text: str) -> int:
    """A position that a client sent: it counts up to 64 bits, so it is a string.

    Raises:
        ApiError: it is not one.
    """
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text) < 2**63):
        raise ApiError(Code.BAD_USER_INPUT, "after must be a position, a whole number in digits.")
    return int(text)


def position_before(info: Info[Context, Any], cursor: str) -> int:
    """The position that a list, newest first, goes on below.

    Raises:
        ApiError: the cursor is not one of this list.
    """
    try:
        return cast("int", NEWEST_FIRST.values(tenant_of(info), cursor)[0])
    except InvalidPage as error:
        raise ApiError(Code.BAD_USER_INPUT, str(error)) from None


def audit_page(info: Info[Context, None], records: object, first: int | None, after: str | None) -> Slice:
    """A page of the trail, newest first."""
    return page_of(info, NEWEST_FIRST, records, Window(first=first, after=after))
