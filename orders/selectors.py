"""Reads of orders and of what happened to them. All of them see the current tenant's rows only."""

from collections.abc import Collection, Iterable
from functools import lru_cache
from operator import attrgetter
from typing import Any, cast
from uuid import UUID

from django.db.models import BooleanField, F, Model, QuerySet, Window
from django.db.models.expressions import RawSQL
from django.db.models.functions import RowNumber

from audit.models import AuditLog
from events.models import Event
from orders.models import Order, OrderLine
from orders.search.filters import Condition, is_storable
from orders.search.lookups import Among, Ids
from orders.search.text_search import few_mentioning
from tenants.db.compiled_queries import Statement
from tenants.pagination.keyset import Source

Columns = tuple[str, ...] | None
"""Which columns are read beside the id; None: all."""


def orders_matching(condition: Condition | None = None, columns: Columns = None) -> QuerySet[Order]:
    """The orders that fulfil the condition, or all."""
    orders: QuerySet[Order] = Order.objects.defer("search_text") if columns is None else Order.objects.only(*columns)
    return orders.filter(condition.to_q()) if condition else orders


def orders_found(condition: Condition | None = None, columns: Columns = None) -> QuerySet[Order] | Source[Order]:
    """The same, to be read in pages: few orders are found by the words that they mention, many one after the other."""
    few = few_mentioning(condition)
    return Source(orders_matching, (condition, columns)) if few is None else among(few, condition, columns)


def count_of_orders(condition: Condition | None = None) -> int:
    """How many orders fulfil the condition, or how many there are."""
    few = few_mentioning(condition)
    return (orders_matching(condition) if few is None else among(few, condition)).count()


def among(order_ids: list[UUID], condition: Condition | None, columns: Columns = None) -> QuerySet[Order]:
    """Those of these orders that fulfil the condition; PostgreSQL's array is one value, whatever its length."""
    is_among = RawSQL("orders_order.id = ANY(%s::uuid[])", [order_ids], BooleanField())  # a constant
    return orders_matching(condition, columns).filter(is_among)


def order_known_as(**name: Any) -> Order | None:
    """The order with this ``id``, ``number`` or ``external_reference``, or None."""
    if any(isinstance(value, str) and not is_storable(value) for value in name.values()):
        return None
    return orders_matching().filter(**name).first()


def orders_by_id(ids: Iterable[UUID]) -> dict[UUID, Order]:
    """Those of these orders that there are."""
    return orders_matching().in_bulk(list(ids))


def load_lines(orders: Iterable[Order], columns: Columns = None) -> None:
    """Read the lines of these orders by one statement: ``lines.all()`` of each has them then.

    As ``prefetch_related_objects``, which builds a query for every order that it then does not run.
    """
    by_id = {order.pk: order for order in orders}
    for order in by_id.values():
        order._prefetched_objects_cache = {"lines": []}
    for line in sorted(lines_statement(columns).read(orders=by_id), key=attrgetter("position")):
        order = by_id[line.order_id]
        line._state.fields_cache["order"] = order  # as ``line.order = order``, which takes twenty times as long
        order._prefetched_objects_cache["lines"].append(line)


@lru_cache(maxsize=100)
def lines_statement(columns: Columns) -> Statement[OrderLine]:
    """Selects the lines of some orders, in no order."""

    def build() -> QuerySet[OrderLine]:
        lines: QuerySet[OrderLine] = OrderLine.objects.filter(Among(F("order_id"), Ids("orders"))).order_by()
        return lines if columns is None else lines.only("order_id", "position", *columns)

    return cast("Statement[OrderLine]", Statement.of(build))


def numbered_events(
    *, types: Collection[str] | None = None, order_ids: Collection[UUID] | None = None
) -> QuerySet[Event]:
    """The events that have their place in the stream, of these types and orders where any are named."""
    events: QuerySet[Event] = Event.objects.filter(sequence__isnull=False)
    if types is not None:
        events = events.filter(type__in=list(types))
    return events if order_ids is None else events.filter(order_id__in=list(order_ids))


def events_by_id(ids: Iterable[UUID]) -> dict[UUID, Event]:
    """Those of these events that have their place in the stream."""
    return numbered_events().in_bulk(list(ids), field_name="id")


def audit_records(*, action: str | None = None, object_ids: Collection[str] | None = None) -> QuerySet[AuditLog]:
    """The audit records, of this action and of these objects where any are named."""
    records: QuerySet[AuditLog] = AuditLog.objects.all()
    texts = [text for text in (action, *(object_ids or ())) if text is not None]
    if not all(map(is_storable, texts)):
        return records.none()
    if action is not None:
        records = records.filter(action=action)
    return records if object_ids is None else records.filter(object_id__in=list(object_ids))


def first_of_each(rows: QuerySet[Any], *, group: str, order_by: str, limit: int) -> list[Model]:
    """The first ``limit`` rows of each group, groups mixed, by one statement."""
    ordering = F(order_by[1:]).desc() if order_by.startswith("-") else F(order_by).asc()
    rank = Window(RowNumber(), partition_by=F(group), order_by=ordering)
    return list(rows.annotate(rank=rank).filter(rank__lte=limit).order_by(order_by))
