"""How many orders came when, for how much, and where they stand now: counted once, then kept up event by event.

A count is exact as of a position in the event log, so a reader that holds a count and applies every
later event once stays exact without counting again.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from django.db.models import BigIntegerField, CharField, Count, DateTimeField, DecimalField, F, Sum, Value
from django.db.models.functions import TruncHour, TruncMinute

from events import clock
from events.models import Event, Stream
from orders.event_types import CHANGED_OUT_OF_BAND, CREATED, snapshot_before
from orders.models import Order
from orders.states import Status
from tenants.context import current_tenant_id

COUNTED, HEAD, WAITING = "counted", "head", "waiting"


class Window(Enum):
    """How far back is counted, the current interval included; intervals begin at whole ones of UTC."""

    HOUR = (60, 60)
    DAY = (96, 15 * 60)
    WEEK = (84, 2 * 60 * 60)

    def __init__(self, intervals: int, seconds: int) -> None:
        self.intervals = intervals
        self.seconds = seconds

    def interval_of(self, moment: datetime) -> int:
        """The number of the interval, since 1970, that a moment lies in."""
        return int(moment.timestamp()) // self.seconds

    def begin_of(self, interval: int) -> datetime:
        """When an interval begins."""
        return datetime.fromtimestamp(interval * self.seconds, UTC)

    def since(self, now: datetime) -> datetime:
        """When the first interval begins that counts at ``now``."""
        return self.begin_of(self.interval_of(now) - self.intervals + 1)


@dataclass(slots=True)
class Total:
    """Some orders and what they come to."""

    orders: int = 0
    total: Decimal = Decimal(0)


@dataclass(slots=True)
class Tally:
    """The orders of a window by interval, currency and status, as of ``position``; counted again at ``counted_at``."""

    window: Window
    position: int = 0
    counted_at: int = 0
    has_bypass: bool = False
    sums: dict[tuple[int, str, str], Total] = field(default_factory=lambda: defaultdict(Total))

    def count(self, interval: int, currency: str, status: str, orders: int, total: Decimal) -> None:
        """Add so many orders, or take them away."""
        key = (interval, currency, status)
        found = self.sums[key]
        found.orders += orders
        found.total += total
        if not found.orders and not found.total:
            del self.sums[key]

    def apply(self, event: Event) -> None:
        """Take in the next event; one that was taken in already changes nothing."""
        sequence = event.sequence or 0
        if sequence > self.position:
            self.position = sequence
            self.has_bypass |= event.type == CHANGED_OUT_OF_BAND
            self.change(event, 1)

    def change(self, event: Event, sign: int) -> None:
        """Count what an event did to its order, or with ``-1`` undo it.

        An event that tells of a bypass changes nothing: its order changed at some time before, in the rows alone.
        """
        if event.type == CHANGED_OUT_OF_BAND:
            return
        self.count_order(event.payload["order"], sign)
        if event.type != CREATED:
            self.count_order(snapshot_before(event.payload), -sign)

    def count_order(self, snapshot: dict[str, Any], sign: int) -> None:
        """Count an order as its snapshot has it."""
        placed = self.window.interval_of(datetime.fromisoformat(snapshot["created_at"]))
        self.count(placed, snapshot["currency"], snapshot["status"], sign, sign * Decimal(snapshot["total"]))

    @property
    def is_off(self) -> bool:
        """Whether the events since the count do not fit it, as orders changed past the services: count again.

        So it is after an event that tells of a bypass, and where fewer than no orders would be left.
        """
        below = any(found.orders < 0 or found.total < 0 for found in self.sums.values())
        return self.has_bypass or (below and self.position > self.counted_at)

    def forget_before(self, interval: int) -> None:
        """Drop the intervals that have left the window."""
        for key in [key for key in self.sums if key[0] < interval]:
            del self.sums[key]

    def at(self, now: datetime) -> "Stats":
        """What there is to tell at ``now``. No number is below zero, even if orders were changed past the services."""
        last = self.window.interval_of(now)
        first = last - self.window.intervals + 1
        self.forget_before(first)
        stats = Stats(self.window, self.position, now, self.window.begin_of(first))
        stats.intervals = [Interval(self.window.begin_of(number)) for number in range(first, last + 1)]
        for (interval, currency, status), found in self.sums.items():
            shown = Total(max(found.orders, 0), max(found.total, Decimal(0)))
            stats.by_status[Status(status)] += shown.orders
            # An order that another host's clock has placed in the next interval counts in the last one.
            stats.intervals[min(interval - first, self.window.intervals - 1)].add(currency, status, shown)
        return stats


@dataclass(slots=True)
class Interval:
    """What came in one interval."""

    begin: datetime
    orders: int = 0
    revenue: dict[str, Decimal] = field(default_factory=dict)

    def add(self, currency: str, status: str, found: Total) -> None:
        """Count these orders; cancelled ones bring nothing."""
        self.orders += found.orders
        if status != Status.CANCELLED:
            self.revenue[currency] = self.revenue.get(currency, Decimal(0)) + found.total


@dataclass(slots=True)
class Stats:
    """A window's numbers at one moment."""

    window: Window
    position: int
    now: datetime
    since: datetime
    by_status: dict[Status, int] = field(default_factory=lambda: dict.fromkeys(Status, 0))
    intervals: list[Interval] = field(default_factory=list)

    @property
    def orders(self) -> int:
        """How many were placed."""
        return sum(self.by_status.values())

    @property
    def revenue(self) -> dict[str, Decimal]:
        """What those that were not cancelled come to, by currency."""
        found: dict[str, Decimal] = {}
        for interval in self.intervals:
            for currency, amount in interval.revenue.items():
                found[currency] = found.get(currency, Decimal(0)) + amount
        return dict(sorted(found.items()))


def read(window: Window, now: datetime | None = None) -> Tally:
    """Count the current tenant's orders of the window that ends ``now``, as of the last numbered event.

    One statement sees one state of the database: the orders, the position, and which events wait for their number.
    What those did is undone, since they come after the position.
    """
    tally = Tally(window)
    waiting: list[int] = []
    for kind, placed, currency, status, number, total in rows(window.since(now or clock.now()), window):
        if kind == COUNTED:
            tally.count(window.interval_of(placed), currency, status, number, total)
        elif kind == HEAD:
            tally.position = tally.counted_at = number
        else:
            waiting.append(number)
    for event in Event.objects.filter(insertion_id__in=waiting):
        tally.change(event, -1)
    return tally


def rows(since: datetime, window: Window) -> Iterable[tuple[str, datetime, str, str, int, Decimal]]:
    """Counts, the position and the insertion ids of events without one: (kind, placed, currency, status, n, total)."""
    truncated = TruncHour if window.seconds % 3600 == 0 else TruncMinute
    nothing: dict[str, Any] = {
        "placed": Value(None, output_field=DateTimeField()),
        "money": Value("", output_field=CharField()),
        "state": Value("", output_field=CharField()),
        "amount": Value(Decimal(0), output_field=DecimalField(max_digits=20, decimal_places=2)),
    }
    names = ("kind", "placed", "money", "state", "n", "amount")
    counted = (
        Order.objects.filter(created_at__gte=since)
        .order_by()
        .annotate(
            kind=Value(COUNTED, output_field=CharField()),
            placed=truncated("created_at", tzinfo=UTC),
            money=F("currency"),
            state=F("status"),
        )
        .values("kind", "placed", "money", "state")
        .annotate(
            n=Count("id", output_field=BigIntegerField()),
            amount=Sum("total", output_field=DecimalField(max_digits=20, decimal_places=2)),
        )
        .values_list(*names)
    )
    head = (
        Stream.objects.filter(tenant_id=current_tenant_id())
        .order_by()
        .annotate(kind=Value(HEAD, output_field=CharField()), n=F("head"), **nothing)
        .values_list(*names)
    )
    waiting = (
        Event.objects.filter(sequence=None)
        .order_by()
        .annotate(kind=Value(WAITING, output_field=CharField()), n=F("insertion_id"), **nothing)
        .values_list(*names)
    )
    found: Iterable[tuple[str, datetime, str, str, int, Decimal]] = counted.union(head, waiting, all=True)
    return found
