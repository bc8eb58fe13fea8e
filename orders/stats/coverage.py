"""Which counts are kept, and which parts of a time they cover."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet

from orders.search.filters import AllOf, AnyOf, Condition, Missing, Not, OneOf
from orders.stats.tally import StatsPeriod, StatsWindow

LENGTHS: Final = (86400, 3600, 900)
"""How long the intervals of kept counts are, in seconds; each is a multiple of the next."""
FINEST: Final = LENGTHS[-1]


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a time. ``seconds`` is the length of the intervals whose counts are kept of it; 0 if none are."""

    seconds: int
    begin: datetime
    end: datetime | None
    """Before when; None if it has no end."""

    def of(self, rows: QuerySet[Any], moment: str) -> QuerySet[Any]:
        """The rows whose moment lies in it."""
        bounds = {f"{moment}__gte": self.begin}
        return rows.filter(**bounds, **({} if self.end is None else {f"{moment}__lt": self.end}))

    def has(self, moment: datetime) -> bool:
        """Whether the moment lies in it."""
        return self.begin <= moment and (self.end is None or moment < self.end)


def spans_of(time: StatsWindow | StatsPeriod, now: datetime) -> list[Span]:
    """The parts for which counts are kept, in order: long intervals in the middle, and shorter ones around them.

    None on SQLite: there changes past the services are not noticed, so that counts could not be trusted.
    """
    begin, end = limits_of(time, now)
    spans: list[Span] = []
    for seconds in LENGTHS:
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
    """The begin of the interval that the moment lies in, or the first one that begins at the moment or later."""
    number = -(-moment.timestamp() // seconds) if up else moment.timestamp() // seconds
    return datetime.fromtimestamp(number * seconds, UTC)


def edges_of(time: StatsWindow | StatsPeriod, now: datetime, spans: list[Span]) -> list[Span]:
    """The parts before and after these, which are shorter than an interval."""
    begin, end = limits_of(time, now)
    edges = [Span(0, begin, spans[0].begin)]
    if spans[-1].end:
        edges.append(Span(0, spans[-1].end, end))
    return [edge for edge in edges if edge.begin != edge.end]


def limits_of(time: StatsWindow | StatsPeriod, now: datetime) -> tuple[datetime, datetime | None]:
    """From when on, and before when, orders are counted; a window has no end, since later orders count in time."""
    bounds = time.bounds(now)
    return bounds["created_at__gte"], bounds.get("created_at__lt")


def are_about_counts(condition: Condition | None) -> bool:
    """Whether the condition can be checked of counts: it is about currencies and statuses alone."""
    if isinstance(condition, OneOf | Missing):
        return condition.field in {"currency", "status"}
    if isinstance(condition, Not):
        return are_about_counts(condition.part)
    return condition is None or (isinstance(condition, AllOf | AnyOf) and all(map(are_about_counts, condition.parts)))
