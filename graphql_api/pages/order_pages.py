"""Pages of orders."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from strawberry.types import Info

from graphql_api.access.context import Context
from graphql_api.pages.slices import Counted, Slice, key_of, page_of
from orders import selectors
from orders.search.filters import Condition
from orders.search.text_search import searches_text
from tenants.pagination.keyset import Keyset, PageRequest, Source


def order_page(
    info: Info[Context, Any],
    keyset: Keyset,
    condition: Condition | None,
    columns: selectors.Columns,
    asked: PageRequest,
    count: Callable[[], Counted],
) -> Slice:
    """A page of the orders that match.

    Orders that have to be searched for words one after the other are so many at most. A page that ends there may have
    too few orders, or none; its cursor leads on from where it ended.

    Raises:
        ApiError: such a page cannot be asked for, or the answer grows too large.
    """
    found = selectors.orders_found(condition, columns)
    if not isinstance(found, Source) or not searches_text(condition):
        return page_of(info, keyset, found, asked, count)
    bounds = [(key_of(info, keyset, cursor), forwards) for cursor, forwards in asked.cursors]
    searched = selectors.searched(keyset, bounds, backwards=asked.backwards)
    if searched is None:
        return page_of(info, keyset, found, asked, count)
    last, until = searched
    part = page_of(info, keyset, found, asked, count, until=until)
    if part.page.has_previous if asked.backwards else part.page.has_next:
        return part
    if asked.backwards:
        return replace(part, page=replace(part.page, has_previous=True), reached={0: last})
    return replace(part, page=replace(part.page, has_next=True), reached={-1: last})
