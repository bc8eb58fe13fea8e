"""Count a tenant's orders by interval, currency and status, as of one position in the event log."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db.models import (
    Aggregate,
    BigIntegerField,
    CharField,
    Count,
    DecimalField,
    F,
    Func,
    Q,
    QuerySet,
    Sum,
    Value,
)

from events import clock
from events.models import Event, Stream
from orders.event_types import CHANGED_OUT_OF_BAND
from orders.models import Bypass, Order
from orders.order_parts import OrderCount, OrderCountPosition
from orders.search.filters import EVERYTHING, Condition
from orders.stats.coverage import Span, are_about_counts, edges_of, spans_of
from orders.stats.tally import StatsPeriod, StatsWindow, Tally
from tenants.context import current_tenant_id

COUNTED, HEAD, WAITING, KEPT, BYPASSES = "counted", "head", "waiting", "kept", "bypasses"
NAMES = ("kind", "interval", "money", "state", "n", "amount")
AMOUNT = DecimalField(max_digits=20, decimal_places=2)
MOST_ADDED: Final = 5000
"""How many events are added to kept counts at most. If there are more, the orders are counted."""
Rows = QuerySet[Any, Any]


class IntervalNumber(Func):
    """The number of the interval, since 1970, that a moment lies in."""

    output_field = BigIntegerField()

    def __init__(self, moment: str, seconds: int) -> None:
        super().__init__(F(moment), seconds=seconds)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """By the seconds since 1970."""
        template = "floor(date_part('epoch', %(expressions)s))::bigint / %(seconds)s"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """The same in SQLite's words."""
        template = "CAST(strftime('%%%%s', %(expressions)s) AS INTEGER) / %(seconds)s"
        return self.as_sql(compiler, connection, template=template, **context)


def count_orders(
    time: StatsWindow | StatsPeriod, now: datetime | None = None, condition: Condition | None = None
) -> Tally:
    """Count the current tenant's orders of a period, or of the window that ends ``now``, as of the last numbered event.

    With a condition only orders count that fulfil it. Kept counts are added up where they serve, which gives the same
    numbers in less time.
    """
    now = now or clock.now()
    spans = spans_of(time, now) if are_about_counts(condition) else []
    tally = added_up(time, now, condition, spans) if spans else None
    return tally or counted(time, now, condition).tally


@dataclass(slots=True)
class Found:
    """What one statement found in one state of the database."""

    tally: Tally
    waiting: list[int] = field(default_factory=list)
    """The insertion ids of the events that wait for their number."""
    bypasses: int = 0
    """How many changes past the services were noticed."""
    kept: tuple[int, int] | None = None
    """The last event that the kept counts include, and how many bypasses were noticed when they were made."""

    def read(self, rows: Rows, *more: Rows) -> None:
        """Run the statement that reads all of these."""
        for kind, interval, currency, status, number, total in rows.union(*more, all=True):
            if kind == COUNTED:
                self.tally.count(interval, currency, status, number, total)
            elif kind == HEAD:
                self.tally.position = self.tally.counted_at = number
            elif kind == WAITING:
                self.waiting.append(number)
            elif kind == KEPT:
                self.kept = (number, interval)
            else:
                self.bypasses = number

    def waiting_events(self) -> Iterable[Event]:
        """The events that wait for their number. They are not in the numbers, which are as of the position."""
        return Event.objects.filter(insertion_id__in=self.waiting) if self.waiting else ()

    def later_events(self) -> Iterable[Event] | None:
        """The numbered events that the kept counts do not include; None if there are too many, or the counts are wrong.

        Without an event that says so, orders change past the services alone, which is noticed.
        """
        head = self.tally.position
        if self.kept is None or self.kept[1] != self.bypasses or head - self.kept[0] > MOST_ADDED:
            return None
        events = Event.objects.filter(sequence__gt=self.kept[0], sequence__lte=head)
        return events.order_by("sequence") if self.kept[0] < head else ()


def counted(time: StatsWindow | StatsPeriod, now: datetime, condition: Condition | None = None) -> Found:
    """Count the orders themselves.

    One statement reads the orders, the position, and the events that wait for their number. The effects of those are
    subtracted, since they come after the position.
    """
    orders = Order.objects.filter(matching(condition), **time.bounds(now))
    found = Found(Tally(time, condition.compiled() if condition else None))
    found.read(sums(orders, "created_at", Count("id"), time.seconds), head(), waiting(), bypasses())
    for event in found.waiting_events():
        found.tally.change(event, -1)
    return found


def added_up(
    time: StatsWindow | StatsPeriod, now: datetime, condition: Condition | None, spans: list[Span]
) -> Tally | None:
    """Add up the counts that are kept of these parts, and the effects of later events; None if they do not serve.

    In the other parts orders are counted one by one, by the same statement. They are as of now: so there the events
    that wait for their number are subtracted, and everywhere else the numbered ones are added.
    """
    edges = edges_of(time, now, spans)
    found = Found(Tally(time, condition.compiled() if condition else None))
    found.read(
        *(sums(counts(one).filter(matching(condition)), "begin", Sum("orders"), time.seconds) for one in spans),
        *(sums(orders(one).filter(matching(condition)), "created_at", Count("id"), time.seconds) for one in edges),
        *(head(), kept(), bypasses()),
        *([waiting()] if edges else []),
    )
    later = found.later_events()
    if later is None or any(event.type == CHANGED_OUT_OF_BAND for event in later):
        return None
    for event in found.waiting_events():
        found.tally.change(event, -1, lambda placed: any(edge.has(placed) for edge in edges))
    for event in later:
        found.tally.change(event, 1, lambda placed: any(span.has(placed) for span in spans))
    return found.tally


# --- The parts of the statement ---------------------------------------------------------------------------------------


def matching(condition: Condition | None) -> Q:
    """The rows that fulfil the condition."""
    return condition.to_q() if condition else EVERYTHING


def counts(span: Span) -> QuerySet[OrderCount]:
    """The counts of the span's intervals."""
    return span.of(OrderCount.objects.filter(seconds=span.seconds), "begin")


def orders(span: Span) -> QuerySet[Order]:
    """The orders that were placed in the span."""
    return span.of(Order.objects.all(), "created_at")


def sums(rows: QuerySet[Any], moment: str, number: Aggregate, seconds: int) -> Rows:
    """The numbers of orders and their totals, by interval, currency and status."""
    number.output_field = BigIntegerField()
    found: Rows = (
        rows.order_by()
        .annotate(kind=text(COUNTED), interval=IntervalNumber(moment, seconds), money=F("currency"), state=F("status"))
        .values("kind", "interval", "money", "state")
        .annotate(n=number, amount=Sum("total", output_field=AMOUNT))
        .values_list(*NAMES)
    )
    return found


def fact(rows: QuerySet[Any], kind: str, number: Any, other: Any = None) -> Rows:
    """One number of each row, and another if needed."""
    found: Rows = (
        rows.order_by()
        .annotate(
            kind=text(kind),
            interval=other or Value(0, output_field=BigIntegerField()),
            money=text(""),
            state=text(""),
            n=number,
            amount=Value(Decimal(0), output_field=AMOUNT),
        )
        .values_list(*NAMES)
    )
    return found


def head() -> Rows:
    """The last sequence that was given."""
    return fact(Stream.objects.filter(tenant_id=current_tenant_id()), HEAD, F("head"))


def waiting() -> Rows:
    """The insertion ids of the events that wait for their number."""
    return fact(Event.objects.filter(sequence=None), WAITING, F("insertion_id"))


def kept() -> Rows:
    """How far the kept counts reach."""
    rows = OrderCountPosition.objects.filter(tenant_id=current_tenant_id(), sequence__gte=0)
    return fact(rows, KEPT, F("sequence"), F("bypasses"))


def bypasses() -> Rows:
    """How many changes past the services were noticed; no row if none were."""
    return fact(Bypass.objects.values("tenant_id"), BYPASSES, Count("id"))


def text(value: str) -> Value:
    """A constant."""
    return Value(value, output_field=CharField())
