"""How many orders came when, for how much, and their statuses: kept up to date event by event.

A count is exact as of a position in the event log, so a reader that holds a count and applies every
later event once stays exact without counting again.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum

from events.models import Event
from orders.event_types import CHANGED_OUT_OF_BAND, CREATED, snapshot_before
from orders.search.filters import Judged, Predicate, Snapshot
from orders.states import Status

MOST_INTERVALS = 400
INTERVAL_LENGTHS = (60, 5 * 60, 15 * 60, 3600, 3 * 3600, 86400)
"""The possible lengths of a period's intervals, in seconds."""
LONGEST = timedelta(days=366)
Placed = Callable[[datetime], bool]
"""Whether orders count that were placed at this time."""


def anytime(placed: datetime) -> bool:
    """Orders of all times count."""
    return True


class Intervals:
    """Time in intervals of ``seconds``, which begin at whole intervals of UTC."""

    seconds: int

    def interval_of(self, moment: datetime) -> int:
        """The number of the interval, since 1970, that a moment lies in."""
        return int(moment.timestamp()) // self.seconds

    def begin_of(self, interval: int) -> datetime:
        """When an interval begins."""
        return datetime.fromtimestamp(interval * self.seconds, UTC)


class StatsWindow(Intervals, Enum):
    """How far back orders are counted, the current interval included."""

    HOUR = (60, 60)
    DAY = (96, 15 * 60)
    WEEK = (84, 2 * 60 * 60)

    def __init__(self, intervals: int, seconds: int) -> None:
        self.intervals = intervals
        self.seconds = seconds

    def shown(self, now: datetime) -> range:
        """The numbers of the intervals at ``now``."""
        last = self.interval_of(now)
        return range(last - self.intervals + 1, last + 1)

    def limits(self, now: datetime) -> tuple[datetime, None]:
        """Orders count at ``now`` that were placed from this time on; there is no end."""
        return self.begin_of(self.shown(now)[0]), None

    def has(self, placed: datetime) -> bool:
        """Whether an order of this time counts: always. :meth:`Tally.at` drops the intervals before the window."""
        return True


@dataclass(frozen=True, slots=True)
class StatsPeriod(Intervals):
    """Orders from ``begin`` on, and before ``end``, at most :data:`LONGEST`; intervals are as short as may be."""

    begin: datetime
    end: datetime
    seconds: int

    @classmethod
    def of(cls, begin: datetime, end: datetime) -> "StatsPeriod":
        """The period between two times."""
        needed = (end - begin).total_seconds() / (MOST_INTERVALS - 1)  # The first and the last may be partial.
        return cls(begin, end, next((one for one in INTERVAL_LENGTHS if one >= needed), INTERVAL_LENGTHS[-1]))

    def shown(self, now: datetime) -> range:
        """The numbers of all intervals."""
        return range(self.interval_of(self.begin), self.interval_of(self.end - timedelta.resolution) + 1)

    def limits(self, now: datetime) -> tuple[datetime, datetime]:
        """Orders count that were placed from the first time on, and before the second."""
        return self.begin, self.end

    def has(self, placed: datetime) -> bool:
        """Whether an order of this time counts."""
        return self.begin <= placed < self.end


@dataclass(slots=True)
class Total:
    """A number of orders and their revenue."""

    orders: int = 0
    total: Decimal = Decimal(0)

    def add(self, other: "Total") -> None:
        """Add the other numbers to these."""
        self.orders += other.orders
        self.total += other.total


@dataclass(slots=True)
class Tally:
    """The orders of a time by interval, currency and status, as of ``position``; counted again at ``counted_at``.

    With a ``condition`` only orders count that fulfil it. With ``counted_from``, only those that were placed then or
    later: there were too many to count all.
    """

    time: StatsWindow | StatsPeriod
    condition: Predicate | None = None
    position: int = 0
    counted_at: int = 0
    has_bypass: bool = False
    counted_from: datetime | None = None
    sums: dict[tuple[int, str, str], Total] = field(default_factory=lambda: defaultdict(Total))

    def count(self, interval: int, currency: str, status: str, orders: int, total: Decimal) -> None:
        """Add these numbers; they may be negative."""
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

    def change(self, event: Event, sign: int, among: Placed = anytime) -> None:
        """Count an event's effect on its order, or with ``-1`` undo it; of orders placed at other times it has none.

        An event about a bypass changes nothing: its order changed at some earlier time, in the rows alone.
        """
        if event.type == CHANGED_OUT_OF_BAND:
            return
        self.count_order(event.payload["order"], sign, among)
        if event.type != CREATED:
            self.count_order(snapshot_before(event.payload), -sign, among)

    def count_order(self, snapshot: Snapshot, sign: int, among: Placed) -> None:
        """Count an order as its snapshot has it, if it counts."""
        judged = Judged(snapshot)
        placed = judged.moment("created_at")
        if self.counted_from is not None and placed < self.counted_from:
            return
        if among(placed) and self.time.has(placed) and (self.condition is None or self.condition(judged)):
            interval = self.time.interval_of(placed)
            self.count(interval, snapshot["currency"], snapshot["status"], sign, sign * judged.total)

    @property
    def is_off(self) -> bool:
        """Whether the events since the count do not fit it, because orders changed past the services: count again.

        That is so after an event about a bypass, and if a number would be below zero.
        """
        below = any(found.orders < 0 or found.total < 0 for found in self.sums.values())
        return self.has_bypass or (below and self.position > self.counted_at)

    def forget_before(self, interval: int) -> None:
        """Drop the intervals that have left the window."""
        for key in [key for key in self.sums if key[0] < interval]:
            del self.sums[key]

    def at(self, now: datetime) -> "Stats":
        """The statistics at ``now``. No number is below zero, even if orders were changed past the services."""
        shown = self.time.shown(now)
        if self.counted_from is not None:
            first = min(self.time.interval_of(self.counted_from), shown[-1])
            shown = range(max(shown[0], first), shown[-1] + 1)
        self.forget_before(shown[0])
        stats = Stats(self.time, self.position, now, self.counted_from)
        stats.intervals = [Interval(self.time.begin_of(number)) for number in shown]
        for (interval, currency, status), found in self.sums.items():
            total = Total(max(found.orders, 0), max(found.total, Decimal(0)))
            stats.by_status[Status(status)] += total.orders
            # An order that another host's clock has placed in the next interval counts in the last one.
            stats.intervals[min(interval - shown[0], len(shown) - 1)].add(currency, status, total)
        return stats


@dataclass(slots=True)
class Interval:
    """The orders of one interval."""

    begin: datetime
    orders: int = 0
    revenue: dict[str, Decimal] = field(default_factory=dict)

    def add(self, currency: str, status: str, found: Total) -> None:
        """Count these orders; cancelled orders add no revenue."""
        self.orders += found.orders
        if status != Status.CANCELLED:
            self.revenue[currency] = self.revenue.get(currency, Decimal(0)) + found.total


@dataclass(slots=True)
class Stats:
    """The numbers at one moment."""

    time: StatsWindow | StatsPeriod
    position: int
    now: datetime
    bound: datetime | None = None
    """Only orders of this time or later were counted; None: all."""
    by_status: dict[Status, int] = field(default_factory=lambda: dict.fromkeys(Status, 0))
    intervals: list[Interval] = field(default_factory=list)

    @property
    def since(self) -> datetime:
        """The time of the first order that counts, at the earliest."""
        return self.time.limits(self.now)[0]

    @property
    def counted_from(self) -> datetime:
        """The time from which on all orders that match are counted; the begin, if all are."""
        return self.since if self.bound is None else max(self.since, self.bound)

    @property
    def is_complete(self) -> bool:
        """Whether all orders of the time that match are counted."""
        return self.counted_from == self.since

    @property
    def until(self) -> datetime:
        """The time before which all orders that count were placed."""
        return self.time.limits(self.now)[1] or self.now

    @property
    def orders(self) -> int:
        """The number of orders that were placed."""
        return sum(self.by_status.values())

    @property
    def revenue(self) -> dict[str, Decimal]:
        """The revenue of orders that were not cancelled, by currency."""
        found: dict[str, Decimal] = {}
        for interval in self.intervals:
            for currency, amount in interval.revenue.items():
                found[currency] = found.get(currency, Decimal(0)) + amount
        return dict(sorted(found.items()))
