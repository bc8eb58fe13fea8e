"""The events, deliveries and records of an order, read for all orders of a page together."""

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet
from strawberry.types import Info

from events.cursors import OLDEST_FIRST
from events.selectors import deliveries
from graphql_api.access.context import Context
from graphql_api.loading.batch import Batch, as_batch, batch_of, charge, read_once
from graphql_api.pages import audit_pages, delivery_pages
from graphql_api.pages.event_pages import position_of
from graphql_api.pages.slices import Counted, Slice, key_of, size_of, tenant_of
from orders import models, selectors
from tenants.pagination.keyset import Keyset, PageRequest


@dataclass(frozen=True, slots=True)
class History:
    """A list that each order has."""

    keyset: Keyset
    group: str
    """The field of a row that contains its order's id."""
    rows: Callable[[Collection[UUID]], QuerySet[Any]]
    """The rows of some orders."""
    key_at: Callable[[Info[Context, Any], str], list[Any]]
    """The sort key of a cursor; raises an ApiError for a cursor that is not one of the list."""

    def page(self, info: Info[Context, Any], order: models.Order, asked: PageRequest) -> Slice:
        """A page of the order's list. The pages of the orders that were read together take one statement.

        Raises:
            ApiError: the arguments describe no page, or the answer grows too large.
        """
        limit, batch, order_id = size_of(asked) + 1, batch_of(order), str(order.pk)

        def read() -> dict[str, list[Any]]:
            rows = self.rows({one.pk for one in batch})
            for cursor, forwards in asked.cursors:
                rows = rows.filter(self.keyset.beyond(self.key_at(info, cursor), forwards=forwards))
            found = self.keyset.first_of_each(rows, group=self.group, limit=limit, backwards=asked.backwards)
            groups: dict[str, list[Any]] = defaultdict(list)
            for row in as_batch(found):
                groups[str(getattr(row, self.group))].append(row)
            return groups

        page = asked.page(read_once(batch, (self.keyset.purpose, asked), read)[order_id])
        charge(info, len(page.rows))
        return Slice(page, self.keyset, tenant_of(info), lambda: self.count(batch, order_id))

    def count(self, batch: Batch, order_id: str) -> Counted:
        """The length of the order's list. Those of the orders that were read together take one statement."""

        def read() -> dict[str, int]:
            rows = self.rows({one.pk for one in batch}).order_by().values_list(self.group)
            return {str(one): number for one, number in rows.annotate(Count("pk"))}

        return Counted.up_to(read_once(batch, (self.keyset.purpose, "count"), read).get(order_id, 0))


EVENTS = History(
    OLDEST_FIRST,
    "order_id",
    lambda ids: selectors.numbered_events(order_ids=ids),
    lambda info, cursor: [position_of(info, cursor)],
)
"""Oldest first."""
AUDIT_RECORDS = History(
    audit_pages.NEWEST_FIRST,
    "object_id",
    lambda ids: selectors.audit_records(object_ids=[str(one) for one in ids]),
    lambda info, cursor: key_of(info, audit_pages.NEWEST_FIRST, cursor),
)
"""Newest first."""
DELIVERIES = History(
    delivery_pages.NEWEST_FIRST, "order_id", lambda ids: deliveries(order_ids=ids), delivery_pages.key_at
)
"""The deliveries of the order's newest events first."""
