"""Count a tenant's orders by interval, currency and status, as of one position in the event log."""

from collections.abc import Iterator, Sequence
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

from events import clock, log_reader
from events.errors import CursorExpired
from events.models import Event, Stream
from orders.event_types import CHANGED_OUT_OF_BAND
from orders.models import Bypass, Order
from orders.search.filters import Condition
from orders.stats.bounds import Reach, reach_of, whole_time
from orders.stats.coverage import Span, are_about_counts, edges_of, spans_of
from orders.stats.tally import StatsPeriod, StatsWindow, Tally
from orders.tables.order_counts import OrderCount, OrderCountPosition
from tenants.context import current_tenant_id

COUNTED, HEAD, WAITING, KEPT, BYPASSES = "counted", "head", "waiting", "kept", "bypasses"
NAMES = ("kind", "interval", "money", "state", "n", "amount")
AMOUNT = DecimalField(max_digits=20, decimal_places=2)
MOST_ADDED: Final = 5000
"""The most events that are added to kept counts. If there are more, the orders are counted."""
READ_AT_A_TIME: Final = 500
"""The most events without a sequence that one statement reads."""
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
        """By SQLite's ``strftime``."""
        template = "CAST(strftime('%%%%s', %(expressions)s) AS INTEGER) / %(seconds)s"
        return self.as_sql(compiler, connection, template=template, **context)


def count_orders(
    time: StatsWindow | StatsPeriod, now: datetime | None = None, condition: Condition | None = None
) -> Tally:
    """Count the current tenant's orders of a period, or of the window that ends ``now``, as of the last numbered event.

    With a condition, only orders count that match it. Where kept counts are enough, they are added up: the numbers are
    the same, in less time. If neither they nor an index can answer, the newest orders alone are counted, and the tally
    says from when on.
    """
    now = now or clock.now()
    spans = spans_of(time, now) if are_about_counts(condition) else []
    tally = added_up(time, now, condition, spans) if spans else None
    return tally or counted(time, now, condition, reach_of(time, now, condition)).tally


@dataclass(slots=True)
class Found:
    """The result of one statement, and so of one state of the database."""

    tally: Tally
    """The numbers, and the sequence of the last numbered event as its position."""
    waiting: list[int] = field(default_factory=list)
    """The insertion ids of the events that have no sequence yet."""
    bypasses: int = 0
    """The number of changes past the services that were noticed."""
    kept_to: int | None = None
    """The sequence of the last event that the kept counts include; None if there are no counts."""
    kept_bypasses: int = 0
    """How many changes past the services had been noticed when the orders were counted for the kept counts."""

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
                self.kept_to, self.kept_bypasses = number, interval
            else:
                self.bypasses = number

    def waiting_events(self) -> Iterator[Event]:
        """The events that have no sequence yet: the orders show their effects, which come after the position."""
        return events_of(self.waiting)

    def later_events(self) -> list[Event] | None:
        """The numbered events that the kept counts do not include; None if the counts cannot be used."""
        if self.kept_to is None or self.kept_bypasses != self.bypasses:
            return None
        number = self.tally.position - self.kept_to
        return next_events(self.kept_to, number) if number <= MOST_ADDED else None


def events_of(insertion_ids: Sequence[int]) -> Iterator[Event]:
    """These events, few at a time: where numbering is behind there are many, and a statement takes 65,535 values."""
    for begin in range(0, len(insertion_ids), READ_AT_A_TIME):
        yield from Event.objects.filter(insertion_id__in=insertion_ids[begin : begin + READ_AT_A_TIME])


def next_events(sequence: int, limit: int) -> list[Event] | None:
    """The current tenant's events after this one; None if counts cannot be kept up by them.

    That is so if some were pruned, or if one reports an order that changed past the services.
    """
    try:
        events = log_reader.read_after(current_tenant_id(), sequence, limit=limit) if limit else []
    except CursorExpired:
        return None
    return None if any(event.type == CHANGED_OUT_OF_BAND for event in events) else events


def counted(
    time: StatsWindow | StatsPeriod, now: datetime, condition: Condition | None = None, reach: Reach | None = None
) -> Found:
    """Count the orders themselves: all that match, or those within the reach.

    One statement reads the orders, the position, and the events without a sequence. The effects of those events are
    subtracted, since they come after the position.
    """
    reach = reach or whole_time(condition)
    found = Found(Tally(time, condition.compiled() if condition else None, counted_from=reach.counted_from))
    begin, end = time.limits(now)
    span = Span(0, max(begin, reach.counted_from or begin), end)
    found.read(counts_of_orders(span, reach.matching, time.seconds), head(), waiting(), bypasses())
    for event in found.waiting_events():
        found.tally.change(event, -1)
    return found


def added_up(
    time: StatsWindow | StatsPeriod, now: datetime, condition: Condition | None, spans: list[Span]
) -> Tally | None:
    """Add up the kept counts of these spans, and the effects of later events; None if the counts cannot be used.

    The orders before and after the spans are counted by the same statement, as they are now. So there the effects of
    events without a sequence are subtracted, and in the spans the effects of numbered events are added.
    """
    edges, matching = edges_of(time, now, spans), whole_time(condition).matching
    found = Found(Tally(time, condition.compiled() if condition else None))
    found.read(
        *(kept_counts(span, matching, time.seconds) for span in spans),
        *(counts_of_orders(edge, matching, time.seconds) for edge in edges),
        *(head(), kept(), bypasses()),
        *([waiting()] if edges else []),
    )
    later = found.later_events()
    if later is None:
        return None
    for event in found.waiting_events():
        found.tally.change(event, -1, lambda placed: any(edge.has(placed) for edge in edges))
    for event in later:
        found.tally.change(event, 1, lambda placed: any(span.has(placed) for span in spans))
    return found.tally


# --- The parts of the statement ---------------------------------------------------------------------------------------


def kept_counts(span: Span, matching: Q, seconds: int) -> Rows:
    """The span's numbers, from kept counts."""
    rows = span.of(OrderCount.objects.filter(matching, seconds=span.seconds), "begin")
    return sums(rows, "begin", Sum("orders"), seconds)


def counts_of_orders(span: Span, matching: Q, seconds: int) -> Rows:
    """The span's numbers, from the orders."""
    return sums(span.of(Order.objects.filter(matching), "created_at"), "created_at", Count("id"), seconds)


def sums(rows: QuerySet[Any], moment: str, number: Aggregate, seconds: int) -> Rows:
    """The numbers of orders and their totals, by interval of so many seconds, currency and status."""
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
    """One number of each row, or two, in the columns of :func:`sums`."""
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
    """The sequence of the last numbered event."""
    return fact(Stream.objects.filter(tenant_id=current_tenant_id()), HEAD, F("head"))


def waiting() -> Rows:
    """The insertion ids of the events that have no sequence yet."""
    return fact(Event.objects.filter(sequence=None), WAITING, F("insertion_id"))


def kept() -> Rows:
    """The last event that the kept counts include, and the bypasses that were known then; no row without counts."""
    rows = OrderCountPosition.objects.filter(tenant_id=current_tenant_id(), sequence__gte=0)
    return fact(rows, KEPT, F("sequence"), F("bypasses"))


def bypasses() -> Rows:
    """The number of changes past the services that were noticed; no row if there were none."""
    return fact(Bypass.objects.values("tenant_id"), BYPASSES, Count("id"))


def text(value: str) -> Value:
    """A constant."""
    return Value(value, output_field=CharField())
