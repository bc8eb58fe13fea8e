"""Which parts of a time the kept counts cover, and which conditions they can answer."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet

from orders.search.filters import AllOf, AnyOf, Condition, Missing, Not, OneOf
from orders.stats.tally import StatsPeriod, StatsWindow

KEPT_LENGTHS: Final = (86400, 3600, 900)
"""The lengths of the intervals of kept counts, in seconds; each is a multiple of the next."""
FINEST: Final = KEPT_LENGTHS[-1]


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a time. ``seconds`` is the length of the intervals in which its counts are kept; 0 if none are."""

    seconds: int
    begin: datetime
    end: datetime | None
    """The first moment after it; None if it has no end."""

    def of(self, rows: QuerySet[Any], moment: str) -> QuerySet[Any]:
        """The rows whose ``moment``, a column, lies in this part."""
        bounds = {f"{moment}__gte": self.begin}
        return rows.filter(**bounds, **({} if self.end is None else {f"{moment}__lt": self.end}))

    def has(self, moment: datetime) -> bool:
        """Whether the moment lies in this part."""
        return self.begin <= moment and (self.end is None or moment < self.end)


def spans_of(time: StatsWindow | StatsPeriod, now: datetime) -> list[Span]:
    """The parts for which counts are kept, in order: long intervals in the middle, and shorter ones around them.

    There are none on SQLite, which does not notice changes past the services, so counts there may be wrong.
    """
    begin, end = time.limits(now)
    spans: list[Span] = []
    for seconds in KEPT_LENGTHS:
        first, last = whole(begin, seconds, up=True), end and whole(end, seconds)
        if time.seconds % seconds or (last and first >= last):
            continue
        if not spans:
            spans = [Span(seconds, first, last)]
            continue
        spans.insert(0, Span(seconds, first, spans[0].begin))
        if spans[-1].end:
            spans.append(Span(seconds, spans[-1].end, last))
    return [span for span in spans if span.begin != span.end] if connection.vendor == "postgresql" else []


def whole(moment: datetime, seconds: int, *, up: bool = False) -> datetime:
    """The moment, rounded down to the begin of an interval, or rounded up to one."""
    number = -(-moment.timestamp() // seconds) if up else moment.timestamp() // seconds
    return datetime.fromtimestamp(number * seconds, UTC)


def edges_of(time: StatsWindow | StatsPeriod, now: datetime, spans: list[Span]) -> list[Span]:
    """The parts of the time before and after the spans. Each is shorter than an interval."""
    begin, end = time.limits(now)
    edges = [Span(0, begin, spans[0].begin)]
    if spans[-1].end:
        edges.append(Span(0, spans[-1].end, end))
    return [edge for edge in edges if edge.begin != edge.end]


def are_about_counts(condition: Condition | None) -> bool:
    """Whether counts are enough to check the condition: it is about currencies and statuses alone."""
    if isinstance(condition, OneOf | Missing):
        return condition.field in {"currency", "status"}
    if isinstance(condition, Not):
        return are_about_counts(condition.part)
    return condition is None or (isinstance(condition, AllOf | AnyOf) and all(map(are_about_counts, condition.parts)))
