"""What happened to one order and was done about it, read for all orders of a page at once."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Model
from strawberry.types import Info

from events import cursors
from events.models import Delivery, Event
from events.selectors import deliveries, newest_of_each_order
from graphql_api.context import Context
from graphql_api.loading.batch import peers_of, read_once, together
from graphql_api.pages.audit_pages import NEWEST_FIRST, position_before
from graphql_api.pages.delivery_pages import NEWEST_FIRST as NEWEST_DELIVERIES_FIRST
from graphql_api.pages.delivery_pages import key_before
from graphql_api.pages.event_pages import position_of
from graphql_api.pages.slices import Slice, forward_slice, size_of, tenant_of
from orders import models, selectors


def events_of(info: Info[Context, Any], order: models.Order, first: int | None, after: str | None) -> Slice:
    """A page of the order's events, oldest first."""
    size, peers, tenant_id = size_of(first), peers_of(order), tenant_of(info)

    def read() -> dict[UUID, list[Event]]:
        rows = selectors.numbered_events(order_ids={peer.pk for peer in peers})
        if after is not None:
            rows = rows.filter(sequence__gt=position_of(info, after))
        found = selectors.first_of_each(rows, group="order_id", order_by="sequence", limit=size + 1)
        return grouped(found, "order_id")

    found = read_once(peers, ("events", size, after), read)
    return forward_slice(
        info, found[order.pk], size, after=after, cursor_of=lambda event: cursors.encode(tenant_id, event.sequence)
    )


def audit_of(info: Info[Context, Any], order: models.Order, first: int | None, after: str | None) -> Slice:
    """A page of the order's audit records, newest first."""
    size, peers, tenant_id = size_of(first), peers_of(order), tenant_of(info)

    def read() -> dict[str, list[Any]]:
        rows = selectors.audit_records(object_ids={str(peer.pk) for peer in peers})
        if after is not None:
            rows = rows.filter(position__lt=position_before(info, after))
        found = selectors.first_of_each(rows, group="object_id", order_by="-position", limit=size + 1)
        return grouped(found, "object_id")

    found = read_once(peers, ("audit", size, after), read)
    return forward_slice(
        info,
        found[str(order.pk)],
        size,
        after=after,
        cursor_of=lambda record: NEWEST_FIRST.cursor(tenant_id, record),
    )


def deliveries_of(info: Info[Context, Any], order: models.Order, first: int | None, after: str | None) -> Slice:
    """A page of the order's deliveries, those about its newest events first."""
    size, peers, tenant_id = size_of(first), peers_of(order), tenant_of(info)

    def read() -> dict[UUID, list[Delivery]]:
        rows = deliveries(order_ids={peer.pk for peer in peers})
        if after is not None:
            rows = rows.filter(NEWEST_DELIVERIES_FIRST.beyond(key_before(info, after), forwards=True))
        return grouped(newest_of_each_order(rows, limit=size + 1), "order_id")

    found = read_once(peers, ("deliveries", size, after), read)
    return forward_slice(
        info,
        found[order.pk],
        size,
        after=after,
        cursor_of=lambda delivery: NEWEST_DELIVERIES_FIRST.cursor(tenant_id, delivery),
    )


def grouped(rows: Iterable[Model], name: str) -> dict[Any, list[Any]]:
    """The rows by one of their fields, in their order; all know each other."""
    groups: dict[Any, list[Any]] = defaultdict(list)
    for row in together(rows):
        groups[getattr(row, name)].append(row)
    return groups
