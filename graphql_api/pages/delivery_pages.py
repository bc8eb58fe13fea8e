"""Pages of deliveries, those of the newest events first."""

from typing import Any

from strawberry.types import Info

from events import log_reader
from events.errors import CursorAhead
from graphql_api.access.context import Context
from graphql_api.pages.event_pages import expired
from graphql_api.pages.slices import Slice, key_of, page_of, tenant_of
from tenants.pagination.keyset import Keyset, PageRequest, number, uuid

NEWEST_FIRST = Keyset("deliveries.sequence.desc", (number("sequence"), uuid("id")), descending=True)


def delivery_page(info: Info[Context, Any], rows: object, asked: PageRequest) -> Slice:
    """A page of the ledger, newest events first.

    Raises:
        ApiError: a cursor is not one of this list, or ahead of the log.
    """
    for cursor, _ in asked.cursors:
        key_at(info, cursor)
    return page_of(info, NEWEST_FIRST, rows, asked)


def key_at(info: Info[Context, Any], cursor: str) -> list[Any]:
    """The sort key of a cursor.

    Raises:
        ApiError: the cursor is not one of this list, or ahead of the log.
    """
    tenant_id, key = tenant_of(info), key_of(info, NEWEST_FIRST, cursor)
    head = log_reader.head(tenant_id)
    if key[0] > head:
        raise expired(tenant_id, CursorAhead(head))
    return key
