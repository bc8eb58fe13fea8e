"""The filter language of orders. A condition means the same in SQL, on every database, as in Python over a snapshot.

``to_q()`` selects rows of ``Order``; ``matches()`` judges a snapshot (:mod:`orders.event_types`). Texts are compared
exactly, character by character; only :class:`Mentions` searches.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Literal, Protocol

from django.db.models import Q
from django.utils.dateparse import parse_datetime

from orders.naming import searchable
from orders.validation import MAX_AMOUNT

MAX_DEPTH, MAX_CONDITIONS, MAX_VALUES, MAX_TEXT = 10, 100, 100, 200
MAX_WORDS = 10
"""Words that a filter searches for, all of its texts together."""

Snapshot = Mapping[str, Any]
Comparison = Literal["gt", "gte", "lt", "lte"]

NOTHING = Q(pk__in=[])
EVERYTHING = ~NOTHING
COMPARE: dict[Comparison, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


class InvalidFilter(ValueError):
    """The filter is larger than allowed; the message says in what."""


class Condition(Protocol):
    """What an order fulfils or not."""

    def to_q(self) -> Q:
        """The rows that fulfil it. Never SQL's NULL, so that a negation is the rest."""

    def matches(self, snapshot: Snapshot) -> bool:
        """Whether the order of the snapshot fulfils it."""


def is_storable(text: str) -> bool:
    """Whether a database can hold the text; asked for one that it can't, PostgreSQL raises."""
    return not any(character == "\x00" or "\ud800" <= character <= "\udfff" for character in text)


@dataclass(frozen=True, slots=True)
class OneOf:
    """The field has one of these texts."""

    field: Literal["id", "status", "currency", "customer_email", "external_reference"]
    values: tuple[str, ...]

    def to_q(self) -> Q:
        """An empty field is none of them."""
        storable = [value for value in self.values if is_storable(value)]
        return Q(**{f"{self.field}__isnull": False, f"{self.field}__in": storable})

    def matches(self, snapshot: Snapshot) -> bool:
        """The same in Python."""
        return snapshot[self.field] in self.values


@dataclass(frozen=True, slots=True)
class Missing:
    """The field is empty."""

    field: Literal["external_reference"]

    def to_q(self) -> Q:
        """NULL, in SQL."""
        return Q(**{f"{self.field}__isnull": True})

    def matches(self, snapshot: Snapshot) -> bool:
        """None, in Python."""
        return snapshot[self.field] is None


@dataclass(frozen=True, slots=True)
class Amount:
    """The total compared with a number of any size and any number of places; currencies are not converted."""

    comparison: Comparison
    value: Decimal

    def to_q(self) -> Q:
        """The column has two places and an end: the number is brought to the next one that it can hold."""
        upwards = self.comparison in {"gt", "gte"}
        if self.value > MAX_AMOUNT or self.value < 0:
            return EVERYTHING if upwards == (self.value < 0) else NOTHING
        rounding = ROUND_FLOOR if self.comparison in {"gt", "lte"} else ROUND_CEILING
        return Q(**{f"total__{self.comparison}": self.value.quantize(Decimal("0.01"), rounding)})

    def matches(self, snapshot: Snapshot) -> bool:
        """The same in Python."""
        return COMPARE[self.comparison](Decimal(snapshot["total"]), self.value)


@dataclass(frozen=True, slots=True)
class Created:
    """The time of creation compared with a moment that knows its time zone."""

    comparison: Comparison
    value: datetime

    def to_q(self) -> Q:
        """To the microsecond."""
        return Q(**{f"created_at__{self.comparison}": self.value})

    def matches(self, snapshot: Snapshot) -> bool:
        """The same in Python."""
        return COMPARE[self.comparison](parse_datetime(snapshot["created_at"]), self.value)


@dataclass(frozen=True, slots=True)
class Mentions:
    """Every word occurs in the number, the reference, the customer's e-mail or name; case does not matter."""

    words: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Mentions":
        """The words of a search."""
        return cls(tuple(searchable(text).split()))

    def to_q(self) -> Q:
        """``search_text`` and the words are folded alike, so LIKE's own idea of case has nothing to say."""
        if not all(map(is_storable, self.words)):
            return NOTHING
        return AllOf(tuple(_Occurs(word) for word in self.words)).to_q()

    def matches(self, snapshot: Snapshot) -> bool:
        """The same in Python."""
        searched = (
            snapshot[name] or "" for name in ("number", "external_reference", "customer_email", "customer_name")
        )
        text = searchable("\n".join(searched))
        return all(word in text for word in self.words)


@dataclass(frozen=True, slots=True)
class _Occurs:
    word: str

    def to_q(self) -> Q:
        return Q(search_text__contains=self.word)

    def matches(self, snapshot: Snapshot) -> bool:
        return Mentions((self.word,)).matches(snapshot)


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds; of no parts, that is so."""

    parts: tuple[Condition, ...]

    def to_q(self) -> Q:
        """The parts joined by AND."""
        joined = EVERYTHING
        for part in self.parts:
            joined &= part.to_q()
        return joined

    def matches(self, snapshot: Snapshot) -> bool:
        """The same in Python."""
        return all(part.matches(snapshot) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds; of no parts, none does."""

    parts: tuple[Condition, ...]

    def to_q(self) -> Q:
        """The parts joined by OR."""
        joined = NOTHING
        for part in self.parts:
            joined |= part.to_q()
        return joined

    def matches(self, snapshot: Snapshot) -> bool:
        """The same in Python."""
        return any(part.matches(snapshot) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Condition

    def to_q(self) -> Q:
        """The other rows."""
        return ~self.part.to_q()

    def matches(self, snapshot: Snapshot) -> bool:
        """The same in Python."""
        return not self.part.matches(snapshot)
