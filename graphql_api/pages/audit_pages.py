"""Pages of the audit trail, newest first."""

from strawberry.types import Info

from graphql_api.access.context import Context
from graphql_api.pages.slices import Slice, page_of
from graphql_server.errors import ApiError, Code
from tenants.pagination.keyset import Keyset, PageRequest, number

NEWEST_FIRST = Keyset("audit.position.desc", (number("position"),), descending=True)


def position_of(text: str) -> int:
    """A position that a client sent: it counts up to 64 bits, so it is a string.

    Raises:
        ApiError: it is not one.
    """
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text) < 2**63):
        raise ApiError(Code.BAD_USER_INPUT, "after must be a position, a whole number in digits.")
    return int(text)


def audit_page(info: Info[Context, None], records: object, asked: PageRequest) -> Slice:
    """A page of the trail, newest first."""
    return page_of(info, NEWEST_FIRST, records, asked)
