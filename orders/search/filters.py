"""The filter language of orders. A condition has one meaning: in SQL on every database, and in Python on a snapshot.

``to_q()`` selects rows of ``Order``; ``compiled()`` judges a snapshot (:mod:`orders.event_types`), any number of times
and without parsing anything again. Texts are compared exactly, character by character; only :class:`Mentions` searches.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Literal, Protocol

from django.db.models import Q

from orders.values.amounts import MAX_AMOUNT
from orders.values.naming import searchable

MAX_DEPTH, MAX_CONDITIONS, MAX_VALUES, MAX_TEXT = 10, 100, 100, 200
MAX_WORDS = 10
"""The most words that a filter searches for, in all of its texts together."""
MAX_RELATED = 10
"""The most conditions on lines and tags in a filter: each may search a table for each order."""

SEARCHED = ("number", "external_reference", "customer_email", "customer_name")
"""The fields in which :class:`Mentions` searches."""

Snapshot = Mapping[str, Any]
Comparison = Literal["gt", "gte", "lt", "lte"]
TextField = Literal["currency", "customer_email", "external_reference"]
LineField = Literal["sku", "name"]

NOTHING = Q(pk__in=[])
EVERYTHING = ~NOTHING
COMPARE: dict[Comparison, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


class Judged:
    """An order's snapshot to be checked by any number of conditions, which share parsed and folded values."""

    __slots__ = ("_moments", "_text", "_texts_of_lines", "_total", "snapshot")

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._total: Decimal | None = None
        self._moments: dict[str, datetime] = {}
        self._text: str | None = None
        self._texts_of_lines: dict[str, frozenset[str]] = {}

    @property
    def total(self) -> Decimal:
        """The order's total."""
        if self._total is None:
            self._total = Decimal(self.snapshot["total"])
        return self._total

    def moment(self, field: str) -> datetime:
        """The time in this field."""
        if field not in self._moments:
            self._moments[field] = datetime.fromisoformat(self.snapshot[field])
        return self._moments[field]

    def texts_of_lines(self, field: LineField) -> frozenset[str]:
        """The different values that the lines have in this field."""
        if field not in self._texts_of_lines:
            self._texts_of_lines[field] = frozenset(line[field] for line in self.snapshot["lines"])
        return self._texts_of_lines[field]

    @property
    def text(self) -> str:
        """The texts that :class:`Mentions` searches, folded."""
        if self._text is None:
            self._text = searchable("\n".join(self.snapshot[name] or "" for name in SEARCHED))
        return self._text


Predicate = Callable[[Judged], bool]


def cents(amount: Decimal) -> int:
    """An amount of two places in hundredths."""
    return int(amount.scaleb(2))


class Condition(Protocol):
    """A condition on an order. Conditions are immutable; equal ones mean the same."""

    def to_q(self) -> Q:
        """The rows that match. Never SQL's NULL, so that a negation selects all other rows."""

    def compiled(self) -> Predicate:
        """A function that says whether the order of a snapshot matches; make it once and call it for each order."""


def is_storable(text: str) -> bool:
    """Whether a database can hold the text; PostgreSQL raises for a text that it can't hold."""
    return not any(character == "\x00" or "\ud800" <= character <= "\udfff" for character in text)


@dataclass(frozen=True, slots=True)
class OneOf:
    """The field has one of these texts."""

    field: Literal["id", "status", "processing_status"] | TextField
    values: tuple[str, ...]

    def to_q(self) -> Q:
        """An empty field matches no value."""
        storable = [value for value in self.values if is_storable(value)]
        return Q(**{f"{self.field}__isnull": False, f"{self.field}__in": storable})

    def compiled(self) -> Predicate:
        """The condition as a function of an event's order."""
        field, values = self.field, frozenset(self.values)
        return lambda judged: judged.snapshot[field] in values


@dataclass(frozen=True, slots=True)
class Missing:
    """The field is empty: the column of references has NULL then, the others an empty text."""

    field: TextField

    def to_q(self) -> Q:
        """Never NULL, in SQL."""
        return Q(external_reference__isnull=True) if self.field == "external_reference" else Q((self.field, ""))

    def compiled(self) -> Predicate:
        """None or an empty text, in Python."""
        field = self.field
        return lambda judged: not judged.snapshot[field]


@dataclass(frozen=True, slots=True)
class Amount:
    """Compares the total with a number of any size and any number of decimal places. Currencies are not converted."""

    comparison: Comparison
    value: Decimal

    def to_q(self) -> Q:
        """In whole cents, to which the number is rounded so that the same totals match."""
        upwards = self.comparison in {"gt", "gte"}
        if self.value > MAX_AMOUNT or self.value < 0:
            return EVERYTHING if upwards == (self.value < 0) else NOTHING
        rounding = ROUND_FLOOR if self.comparison in {"gt", "lte"} else ROUND_CEILING
        return Q(**{f"total_cents__{self.comparison}": cents(self.value.quantize(Decimal("0.01"), rounding))})

    def compiled(self) -> Predicate:
        """The condition as a function of an event's order."""
        compare, value = COMPARE[self.comparison], self.value
        return lambda judged: compare(judged.total, value)


@dataclass(frozen=True, slots=True)
class Moment:
    """A time of the order compared with a moment that knows its time zone."""

    field: Literal["created_at", "updated_at"]
    comparison: Comparison
    value: datetime

    def to_q(self) -> Q:
        """To the microsecond."""
        return Q(**{f"{self.field}__{self.comparison}": self.value})

    def compiled(self) -> Predicate:
        """The condition as a function of an event's order."""
        field, compare, value = self.field, COMPARE[self.comparison], self.value
        return lambda judged: compare(judged.moment(field), value)


@dataclass(frozen=True, slots=True)
class Mentions:
    """Every word occurs in the number, the reference, the customer's e-mail or name; case does not matter."""

    words: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Mentions":
        """The words of a search."""
        return cls(tuple(searchable(text).split()))

    def to_q(self) -> Q:
        """``search_text`` and the words are folded in the same way, so LIKE's own handling of case has no effect."""
        if not all(map(is_storable, self.words)):
            return NOTHING
        return AllOf(tuple(_Occurs(word) for word in self.words)).to_q()

    def compiled(self) -> Predicate:
        """The condition as a function of an event's order."""
        words = self.words

        def mentions(judged: Judged) -> bool:
            text = judged.text
            for word in words:  # noqa: SIM110  # a generator would cost more than the search
                if word not in text:
                    return False
            return True

        return mentions


@dataclass(frozen=True, slots=True)
class _Occurs:
    word: str

    def to_q(self) -> Q:
        return Q(search_text__contains=self.word)

    def compiled(self) -> Predicate:
        return Mentions((self.word,)).compiled()


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part matches. Without parts, every order matches."""

    parts: tuple[Condition, ...]

    def to_q(self) -> Q:
        """The parts joined by AND."""
        joined = EVERYTHING
        for part in self.parts:
            joined &= part.to_q()
        return joined

    def compiled(self) -> Predicate:
        """The condition as a function of an event's order."""
        parts = tuple(part.compiled() for part in self.parts)

        def every(judged: Judged) -> bool:
            for part in parts:  # noqa: SIM110  # as above
                if not part(judged):
                    return False
            return True

        return parts[0] if len(parts) == 1 else every


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part matches. Without parts, no order matches."""

    parts: tuple[Condition, ...]

    def to_q(self) -> Q:
        """The parts joined by OR."""
        joined = NOTHING
        for part in self.parts:
            joined |= part.to_q()
        return joined

    def compiled(self) -> Predicate:
        """The condition as a function of an event's order."""
        parts = tuple(part.compiled() for part in self.parts)

        def some(judged: Judged) -> bool:
            for part in parts:  # noqa: SIM110  # as above
                if part(judged):
                    return True
            return False

        return parts[0] if len(parts) == 1 else some


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not match."""

    part: Condition

    def to_q(self) -> Q:
        """The other rows."""
        return ~self.part.to_q()

    def compiled(self) -> Predicate:
        """The condition as a function of an event's order."""
        part = self.part.compiled()
        return lambda judged: not part(judged)
