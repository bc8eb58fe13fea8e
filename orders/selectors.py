"""Reads of orders and of what happened to them. All of them see the current tenant's rows only."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import cache, lru_cache
from itertools import chain, islice
from typing import Any, Final, cast
from uuid import UUID

from django.db.models import BooleanField, F, Q, QuerySet, UUIDField
from django.db.models.expressions import RawSQL

from audit.models import AuditLog
from events.models import Event
from orders.errors import OrderNotFound
from orders.event_types import ACTIONS, OTHER_ACTION, PROCESSING
from orders.models import Order, OrderLine
from orders.search.filters import Condition, is_storable
from orders.search.lookups import Among, Ids
from orders.search.related import probed
from orders.search.text_search import searches_text
from orders.tables.order_parts import Refund
from tenants.db.compiled_queries import Found, Slot, Statement
from tenants.pagination.keyset import Bounds, Keyset, Source

MOST_COUNTED: Final = 10_000
"""The most orders that are counted exactly."""
MOST_SEARCHED: Final = 10_000
"""The most orders that are searched for words, one after the other, for a page or a count."""
MOST_PROBED: Final = 3_000
"""The most orders that are searched if the lines or tags of each are read too."""
Columns = tuple[str, ...] | None
"""Which columns are read beside the id; None: all."""


def orders_matching(condition: Condition | None = None, columns: Columns = None) -> QuerySet[Order]:
    """The orders that fulfil the condition, or all."""
    orders: QuerySet[Order] = Order.objects.defer("search_text") if columns is None else Order.objects.only(*columns)
    return orders.filter(condition.to_q()) if condition else orders


def orders_found(
    condition: Condition | None, few: list[UUID] | None, columns: Columns = None
) -> QuerySet[Order] | Source[Order]:
    """The matching orders, to be read in pages: among ``few`` (:func:`few_matching`), or one after the other."""
    return among(few, condition, columns) if few is not None else Source(orders_one_by_one, (condition, columns))


def orders_one_by_one(condition: Condition | None, columns: Columns) -> QuerySet[Order]:
    """The matching orders, for a reader of the first few: each order is checked when it is read."""
    return orders_matching(condition and probed(condition), columns)


def most_searched(condition: Condition | None) -> int | None:
    """The most orders that are read for a page if each is checked; None: indexes find the matching orders."""
    if condition is not None and probed(condition) != condition:
        return MOST_PROBED
    return MOST_SEARCHED if searches_text(condition) else None


def count_of_orders(condition: Condition | None, few: list[UUID] | None) -> tuple[int, bool]:
    """The number of orders that fulfil the condition, at most ``MOST_COUNTED``; and whether that is all of them.

    So no count reads more matching rows than that, however many orders there are. A search that can mean more than
    ``few`` counts in the newest orders alone, as many as a page reads.
    """
    found = among(few, condition, ()) if few is not None else orders_one_by_one(condition, ())
    most = most_searched(condition) if few is None else None
    oldest = end_of_search(most, Order.objects.all()) if most else None
    if oldest:
        found = found.filter(created_at__gt=oldest)
    number = found.order_by()[: MOST_COUNTED + 1].count()
    return min(number, MOST_COUNTED), oldest is None and number <= MOST_COUNTED


def searched(keyset: Keyset, bounds: Bounds, most: int, *, backwards: bool) -> tuple[Order, Order] | None:
    """The last order that a page reads which checks ``most`` orders, one after the other, and the next one.

    None if there are no more than those within the bounds. Only the columns of the sort order are read.
    """
    rows = Order.objects.only(*(column.name for column in keyset.columns))
    last = keyset.part(rows, bounds, limit=most + 1, backwards=backwards)[most - 1 :]
    found = list(last)
    return (found[0], found[1]) if len(found) > 1 else None


def end_of_search(most: int, orders: QuerySet[Order]) -> datetime | None:
    """When the newest of these orders was placed that is not searched for a count; None if all are searched."""
    placed: QuerySet[Order, datetime] = orders.order_by("-created_at", "-id").values_list("created_at", flat=True)
    return next(iter(placed[most : most + 1]), None)


def among(order_ids: list[UUID], condition: Condition | None, columns: Columns = None) -> QuerySet[Order]:
    """Those of these orders that match the condition."""
    return orders_one_by_one(condition, columns).filter(is_among(order_ids))


def is_among(order_ids: list[UUID]) -> RawSQL:
    """Whether an order is one of these, on PostgreSQL, to which the array is one value, whatever its length."""
    return RawSQL("orders_order.id = ANY(%s::uuid[])", [order_ids], BooleanField())  # a constant


def order_known_as(**name: Any) -> Order | None:
    """The order with this ``id``, ``number`` or ``external_reference``, or None."""
    if any(isinstance(value, str) and not is_storable(value) for value in name.values()):
        return None
    return orders_matching().filter(**name).first()


def orders_by_id(ids: Iterable[UUID]) -> dict[UUID, Order]:
    """Those of these orders that exist."""
    return orders_matching().in_bulk(list(ids))


def load_lines(orders: Iterable[Order], columns: Columns = None) -> None:
    """Read the lines of these orders by one statement: ``lines.all()`` of each has them then.

    As ``prefetch_related``, which builds a query for every order that it then does not run, and has lines refer to
    their order, so that the garbage collector alone frees them (docs/decisions/0038).
    """
    found = list(orders)
    if not found:
        return
    read, sizes = lines_of_orders([order.id for order in found], columns)
    lines = iter(read)
    for order, size in zip(found, sizes, strict=True):
        own = [*islice(lines, size)]
        for line in own:
            line.currency = order.currency
        order.__dict__.setdefault("_prefetched_objects_cache", {})["lines"] = own


def lines_of_orders(order_ids: Sequence[UUID], columns: Columns = None) -> tuple[Found[OrderLine], list[int]]:
    """The lines of these orders, order by order and each order's by position, and how many each has; one statement."""
    found = lines_statement(columns).found(orders=order_ids)
    groups: dict[int, list[Any]] = {one.int: [] for one in order_ids}  # a UUID's hash takes longer than all the rest
    owners, positions = found.column("order_id"), found.column("position")
    for place in sorted(range(len(positions)), key=positions.__getitem__):
        groups[owners[place].int].append(found.raw[place])
    sorted_groups = [groups[one.int] for one in order_ids]
    rows = [*chain.from_iterable(sorted_groups)]
    return Found(found.rows, rows), [*map(len, sorted_groups)]


def lines_by_id(ids: Iterable[UUID]) -> dict[UUID, OrderLine]:
    """Those of these lines that exist, with their orders, which have the currency."""
    found: dict[UUID, OrderLine] = OrderLine.objects.select_related("order").in_bulk(list(ids))
    return found


def load_refunds(orders: Iterable[Order]) -> None:
    """Read the refunds of those of these orders that have some, by one statement: ``known_refunds`` of each has them.

    Without refunds no statement runs.
    """
    refunded = {order.id: order for order in orders if order.refunded_total}
    if not refunded:
        return
    known: dict[UUID, list[Refund]] = {order_id: [] for order_id in refunded}
    for refund in Refund.objects.filter(order_id__in=[*known]):
        known[refund.order_id].append(refund)
    for order_id, refunds in known.items():
        refunded[order_id].remember_refunds(refunds)


def refunds_by_id(ids: Iterable[UUID]) -> dict[UUID, Refund]:
    """Those of these refunds that exist, each with its currency."""
    refunds: QuerySet[Refund] = Refund.objects.annotate(currency=F("order__currency"))
    return refunds.in_bulk(list(ids))


@lru_cache(maxsize=100)
def lines_statement(columns: Columns) -> Statement[OrderLine]:
    """Selects the lines of some orders, in no order."""

    def build() -> QuerySet[OrderLine]:
        lines: QuerySet[OrderLine] = OrderLine.objects.filter(Among(F("order_id"), Ids("orders"))).order_by()
        if columns is None:
            return lines
        return lines.only("order_id", "position", *[one for one in columns if one != "currency"])  # it is the order's

    return cast("Statement[OrderLine]", Statement.of(build))


def numbered_events(
    *, types: Collection[str] | None = None, order_ids: Collection[UUID] | None = None
) -> QuerySet[Event]:
    """The events that have a sequence, of these types and orders if any are given."""
    events: QuerySet[Event] = Event.objects.filter(sequence__isnull=False)
    if types is not None:
        events = events.filter(type__in=list(types))
    return events if order_ids is None else events.filter(order_id__in=list(order_ids))


def events_by_id(ids: Iterable[UUID]) -> dict[UUID, Event]:
    """Those of these events that have a sequence."""
    return numbered_events().in_bulk(list(ids), field_name="id")


def audit_records(
    *, actions: Collection[str] | None = None, object_ids: Collection[str] | None = None
) -> QuerySet[AuditLog]:
    """The audit records, of these actions and of these objects if any are given.

    ``OTHER_ACTION`` stands for all actions that are not of orders' events.
    """
    records: QuerySet[AuditLog] = AuditLog.objects.all()
    if not all(map(is_storable, [*(actions or ()), *(object_ids or ())])):
        return records.none()
    if actions is not None:
        others = ~Q(action__in=ACTIONS) if OTHER_ACTION in actions else Q()
        records = records.filter(Q(action__in=list(actions)) | others)
    return records if object_ids is None else records.filter(object_id__in=list(object_ids))


def is_recorded(order: Order, step: str) -> bool:
    """Whether there is an event for this finished step of the order's processing."""
    statement = recorded(step)
    return bool(statement and statement.read(order=order.id))


@cache
def recorded(step: str) -> Statement[Event] | None:
    """Selects the event of an order's finished step; there are few steps."""
    of_step = {"type": PROCESSING, "payload__details__step": step}
    return Statement.of(lambda: Event.objects.filter(order_id=Slot("order", UUIDField()), **of_step).only("id"))


def existing(order_id: UUID) -> Order:
    """The tenant's order, with its lines.

    Raises:
        OrderNotFound: there is none; another tenant's gives the same error.
    """
    order: Order | None = Order.objects.filter(pk=order_id).first()
    return with_lines(order)


def with_lines(order: Order | None) -> Order:
    """The order, its lines read.

    Raises:
        OrderNotFound: it is None.
    """
    if order is None:
        raise OrderNotFound
    load_lines([order])
    return order


def taken_references(orders: Sequence[Order]) -> set[str]:
    """The external references among these that another order of the tenant has."""
    wanted = [order.external_reference for order in orders if order.external_reference]
    if not wanted:
        return set()
    return set(Order.objects.filter(external_reference__in=wanted).values_list("external_reference", flat=True))
