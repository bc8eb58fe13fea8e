"""Pages of deliveries, those of the newest events first."""

from typing import Any

from strawberry.types import Info

from events import log
from events.errors import CursorAhead
from graphql_api.context import Context
from graphql_api.pages.event_pages import expired
from graphql_api.pages.slices import Slice, page_of, tenant_of
from graphql_server.errors import ApiError, Code
from tenants.pagination.keyset import InvalidPage, Keyset, Window, number, uuid

NEWEST_FIRST = Keyset("deliveries.sequence.desc", (number("sequence"), uuid("id")), descending=True)


def delivery_page(info: Info[Context, Any], rows: object, first: int | None, after: str | None) -> Slice:
    """A page of the ledger, newest events first.

    Raises:
        ApiError: the cursor is not one of this list, or ahead of the log.
    """
    if after is not None:
        key_before(info, after)
    return page_of(info, NEWEST_FIRST, rows, Window(first=first, after=after))


def key_before(info: Info[Context, Any], cursor: str) -> list[Any]:
    """The sort key that a list, newest first, goes on below.

    Raises:
        ApiError: the cursor is not one of this list, or ahead of the log.
    """
    tenant_id = tenant_of(info)
    try:
        key = NEWEST_FIRST.values(tenant_id, cursor)
    except InvalidPage as error:
        raise ApiError(Code.BAD_USER_INPUT, str(error)) from None
    head = log.head(tenant_id)
    if key[0] > head:
        raise expired(tenant_id, CursorAhead(head))
    return key
