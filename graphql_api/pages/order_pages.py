"""Pages of orders."""

from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from strawberry.types import Info

from graphql_api.access.context import Context
from graphql_api.pages.slices import Counted, Slice, key_of, page_of
from orders import selectors
from orders.search.filters import Condition
from orders.search.text_search import few_matching
from tenants.pagination.keyset import Keyset, PageRequest


def order_page(
    info: Info[Context, Any],
    keyset: Keyset,
    condition: Condition | None,
    columns: selectors.Columns,
    asked: PageRequest,
) -> Slice:
    """A page of the orders that match.

    Orders that have to be checked one after the other are so many at most. A page that ends there may have too few
    orders, or none; its cursor leads on from where it ended.

    Raises:
        ApiError: the arguments describe no page, or the answer grows too large.
    """
    few, most = few_matching(condition), selectors.most_searched(condition)
    found, count = selectors.orders_found(condition, few, columns), partial(total_of, condition, few)
    if few is not None or most is None:
        return page_of(info, keyset, found, asked, count)
    bounds = [(key_of(info, keyset, cursor), forwards) for cursor, forwards in asked.cursors]
    searched = selectors.searched(keyset, bounds, most, backwards=asked.backwards)
    if searched is None:
        return page_of(info, keyset, found, asked, count)
    last, until = searched
    part = page_of(info, keyset, found, asked, count, until=until)
    if part.page.has_previous if asked.backwards else part.page.has_next:
        return part
    if asked.backwards:
        return replace(part, page=replace(part.page, has_previous=True), reached={0: last})
    return replace(part, page=replace(part.page, has_next=True), reached={-1: last})


def total_of(condition: Condition | None, few: list[UUID] | None) -> Counted:
    """The number of orders that match."""
    return Counted(*selectors.count_of_orders(condition, few))
