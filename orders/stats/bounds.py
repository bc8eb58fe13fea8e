"""How far back orders are counted one by one: no statistics read more orders than a search for a page does."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import BooleanField, Q, QuerySet
from django.db.models.expressions import RawSQL

from events.models import Stream
from orders import selectors
from orders.models import Order
from orders.search.filters import EVERYTHING, AllOf, Amount, Condition, Moment, OneOf
from orders.search.related import probed
from orders.search.text_search import any_of, is_findable
from orders.stats.coverage import Span
from orders.stats.tally import StatsPeriod, StatsWindow
from tenants.context import current_tenant_id

AMONG: Final = """
orders_order.id IN (
    SELECT unnest(%s::uuid[])
    UNION SELECT order_id FROM events_event WHERE tenant_id = %s AND sequence > %s
    UNION SELECT order_id FROM events_event WHERE tenant_id = %s AND sequence IS NULL
)
"""
"""The orders that were found before, and those that changed since."""
Plain = OneOf | Amount | Moment
"""Conditions on one column, which has an index."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Which orders of a time are counted."""

    matching: Q
    counted_from: datetime | None = None
    """Only those that were placed at this time or later; None: those of the whole time."""


def whole_time(condition: Condition | None) -> Reach:
    """All orders that match, however many there are."""
    return Reach(condition.to_q() if condition else EVERYTHING)


def reach_of(time: StatsWindow | StatsPeriod, now: datetime, condition: Condition | None) -> Reach:
    """All orders that match, if the time has few orders, or if an index finds those that match and they are few.

    Otherwise those among the newest orders of the time, as many as a page searches.
    """
    each = condition and probed(condition, is_alternative=True)
    matching = each.to_q() if each else EVERYTHING
    most = selectors.MOST_SEARCHED if each == condition else selectors.MOST_PROBED
    columns = by_column(condition)
    oldest = selectors.end_of_search(most, orders_of(time, now, columns.get("created_at")))
    if oldest is None or any(are_few(part, most) for field, part in columns.items() if field != "created_at"):
        return Reach(matching)
    head = head_now()  # Read before the search, which may miss an order that changes later: its event comes later, too.
    few = any_of((condition,)) if condition and connection.vendor == "postgresql" and is_findable(condition) else None
    if few is not None:
        return Reach(matching & Q(among(few, head)))
    return Reach(matching, oldest + timedelta.resolution)


def by_column(condition: Condition | None) -> dict[str, AllOf]:
    """What every matching order has to fulfil in one column that has an index, by the column's name."""
    found: defaultdict[str, list[Condition]] = defaultdict(list)
    for part in plain_parts(condition):
        found["total" if isinstance(part, Amount) else part.field].append(part)
    return {field: AllOf(tuple(parts)) for field, parts in found.items()}


def plain_parts(condition: Condition | None) -> Iterator[Plain]:
    """The conditions on one column that every matching order fulfils."""
    if isinstance(condition, Plain):
        yield condition
    elif isinstance(condition, AllOf):
        for part in condition.parts:
            yield from plain_parts(part)


def orders_of(time: StatsWindow | StatsPeriod, now: datetime, created: Condition | None) -> QuerySet[Order]:
    """The orders of the time that were also created as the condition says."""
    orders: QuerySet[Order] = Order.objects.filter(created.to_q() if created else EVERYTHING)
    return Span(0, *time.limits(now)).of(orders, "created_at")


def are_few(condition: Condition, most: int) -> bool:
    """Whether an index finds at most so many orders that fulfil this condition on one column."""
    number: int = Order.objects.filter(condition.to_q()).order_by()[: most + 1].count()
    return number <= most


def head_now() -> int:
    """The sequence of the last numbered event."""
    head = Stream.objects.filter(tenant_id=current_tenant_id()).values_list("head", flat=True).first()
    return head or 0


def among(order_ids: list[UUID], head: int) -> RawSQL:
    """Whether an order is one of these, or has an event after this one: no order that could match now is left out."""
    tenant_id = Order._meta.get_field("tenant").get_db_prep_value(current_tenant_id(), connection)
    return RawSQL(AMONG, [order_ids, tenant_id, head, tenant_id], BooleanField())  # noqa: S611  # a constant
