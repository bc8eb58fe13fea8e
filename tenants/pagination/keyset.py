"""Pages of a tenant's rows by sort key: a page goes on after the last row seen, so inserts neither repeat nor skip one.

A cursor is the signed sort key of a row, and is valid only for the order that it was made for.
"""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import F, Model, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from tenants.db.compiled_queries import Slot, Statement
from tenants.pagination.sealing import BrokenSeal, seal, unseal

DEFAULT_SIZE, MAX_SIZE = 20, 100
KEPT_STATEMENTS = 500
"""The most pages whose SQL is kept."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

M = TypeVar("M", bound=Model)
Bounds = Sequence[tuple[list[Any], bool]]
"""Sort keys, each with whether the rows after it are meant, or those before."""


class InvalidPage(ValueError):
    """The arguments do not describe a page; the message says why."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sort key and how its value is packed into a cursor."""

    name: str
    packing: str
    to_packed: Callable[[Any], Any] = lambda value: value
    from_packed: Callable[[Any], Any] = lambda value: value


def moment(name: str) -> Column:
    """A column of points in time."""
    return Column(
        name, "q", lambda value: (value - _EPOCH) // _MICROSECOND, lambda packed: _EPOCH + packed * _MICROSECOND
    )


def number(name: str) -> Column:
    """A column of integers."""
    return Column(name, "q")


def text(name: str) -> Column:
    """A column of texts of any length; the last one of its sort key."""
    return Column(name, "", str.encode, bytes.decode)


def uuid(name: str) -> Column:
    """A column of UUIDs."""
    return Column(name, "16s", lambda value: value.bytes, lambda packed: UUID(bytes=packed))


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A requested page: this number of the ``first`` or the ``last`` rows between the cursors."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None

    @property
    def size(self) -> int:
        """The most rows of the page.

        Raises:
            InvalidPage: both ends are given, or fewer than 0 or more than 100 rows.
        """
        if self.first is not None and self.last is not None:
            raise InvalidPage("Give first or last, not both.")
        name = "first" if self.last is None else "last"
        size = self.first if self.last is None else self.last
        if size is None:
            return DEFAULT_SIZE
        if not 0 <= size <= MAX_SIZE:
            raise InvalidPage(f"{name} must be from 0 to {MAX_SIZE}; it is {size}.")
        return size

    @property
    def backwards(self) -> bool:
        """Whether the page is read from its end."""
        return self.last is not None

    @property
    def cursors(self) -> list[tuple[str, bool]]:
        """The cursors, each with whether the rows after it are meant, or those before."""
        return [(one, way) for one, way in ((self.after, True), (self.before, False)) if one is not None]

    def page(self, found: Sequence[M]) -> "Page[M]":
        """The page of these rows, in the order of reading: one more than the page holds, if there are more.

        In the direction of reading, there are more if one more row was found; in the other, if a cursor was given.
        """
        more, rows = len(found) > self.size, found[: self.size]
        if self.backwards:
            return Page(rows[::-1], has_next=self.before is not None, has_previous=more)
        return Page(rows, has_next=more, has_previous=self.after is not None)


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """Rows in their order, and whether there are more on either side."""

    rows: Sequence[M]
    has_next: bool
    has_previous: bool


@dataclass(frozen=True, slots=True)
class Keyset:
    """An order of rows. ``columns`` together are unique; ``purpose`` names the order, its direction included."""

    purpose: str
    columns: tuple[Column, ...]
    descending: bool = False
    _struct: struct.Struct = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        packing = ">" + "".join(column.packing for column in self.columns)
        object.__setattr__(self, "_struct", struct.Struct(packing))

    def cursor(self, tenant_id: UUID, row: Model) -> str:
        """The cursor of ``row``."""
        return self.cursor_at(tenant_id, *[getattr(row, column.name) for column in self.columns])

    def cursor_at(self, tenant_id: UUID, *values: Any) -> str:
        """The cursor of a sort key."""
        packed = [column.to_packed(value) for column, value in zip(self.columns, values, strict=True)]
        rest = b"" if self.columns[-1].packing else packed.pop()
        return seal(self.purpose, tenant_id, self._struct.pack(*packed) + rest)

    def values(self, tenant_id: UUID, cursor: str) -> list[Any]:
        """The sort key of ``cursor``.

        Raises:
            InvalidPage: it was not made here for this tenant and order; another tenant's gives the same error.
        """
        try:
            content = unseal(self.purpose, tenant_id, cursor)
            end = len(content) if self.columns[-1].packing else self._struct.size
            packed = (*self._struct.unpack(content[:end]), content[end:])[: len(self.columns)]
        except (BrokenSeal, struct.error):
            raise InvalidPage("The cursor does not belong to this list and sort order.") from None
        return [column.from_packed(value) for column, value in zip(self.columns, packed, strict=True)]

    def beyond(self, values: list[Any], *, forwards: bool) -> Q:
        """The rows after the sort key, or before it."""
        way = "lt" if self.descending is forwards else "gt"
        beyond, equal = Q(), Q()
        for column, value in zip(self.columns, values, strict=True):
            beyond |= equal & Q(**{f"{column.name}__{way}": value})
            equal &= Q(**{column.name: value})
        if len(self.columns) == 1:
            return beyond
        first = self.columns[0].name
        return Q(**{f"{first}__{way}e": values[0]}) & beyond  # The first part lets an index find the place.

    def part(self, rows: QuerySet[M], bounds: Bounds, *, limit: int, backwards: bool) -> QuerySet[M]:
        """The first ``limit`` rows within bounds; walking backwards, the last, in reverse."""
        for values, forwards in bounds:
            rows = rows.filter(self.beyond(values, forwards=forwards))
        return rows.order_by(*self.ordering(backwards=backwards))[:limit]

    def ordering(self, *, backwards: bool = False) -> list[str]:
        """The arguments of ``order_by``."""
        sign = "-" if self.descending is not backwards else ""
        return [sign + column.name for column in self.columns]

    def first_of_each(self, rows: QuerySet[Any], *, group: str, limit: int, backwards: bool = False) -> QuerySet[Any]:
        """The first ``limit`` rows of each group, in this order with the groups mixed, by one statement.

        Walking backwards, the last, in reverse.
        """
        ordering = self.ordering(backwards=backwards)
        rank = Window(RowNumber(), partition_by=F(group), order_by=ordering)
        found: QuerySet[Any] = rows.annotate(rank=rank).filter(rank__lte=limit).order_by(*ordering)
        return found

    def read(
        self, tenant_id: UUID, rows: "QuerySet[M] | Source[M]", asked: PageRequest, *, until: Model | None = None
    ) -> Page[M]:
        """The page of ``rows``, by one statement; its SQL is kept if it is a :class:`Source`'s. A page of 0 is empty.

        With ``until``, a row within the page's bounds, only rows before that are read, in the order of reading.

        Raises:
            InvalidPage: the arguments describe no page.
        """
        limit, backwards = asked.size + 1, asked.backwards
        bounds = [(self.values(tenant_id, cursor), forwards) for cursor, forwards in asked.cursors]
        if until is not None:
            end = [getattr(until, column.name) for column in self.columns]
            bounds = [*(one for one in bounds if one[1] is not backwards), (end, backwards)]
        if isinstance(rows, Source):
            return asked.page(rows.read(self, bounds, limit=limit, backwards=backwards))
        return asked.page(list(self.part(rows, bounds, limit=limit, backwards=backwards)))


@dataclass(frozen=True, slots=True)
class Source(Generic[M]):
    """The rows that ``select(*arguments)`` selects; all of it is hashable.

    Equal sources have equal SQL, which is kept.
    """

    select: Callable[..., QuerySet[M]]
    arguments: tuple[Any, ...] = ()

    def read(self, keyset: Keyset, bounds: Bounds, *, limit: int, backwards: bool) -> Sequence[M]:
        """The page of rows that :meth:`Keyset.part` describes."""
        ways = tuple(forwards for _, forwards in bounds)
        statement: Statement[M] | None = kept_statement(self, keyset, ways, limit, backwards)
        values = {f"{way}.{at}": value for key, way in bounds for at, value in enumerate(key)}
        return statement.found(**values) if statement else []

    def statement(self, keyset: Keyset, ways: tuple[bool, ...], limit: int, *, backwards: bool) -> Statement[M] | None:
        """The statement of such a page, with slots for the sort keys."""

        def build() -> QuerySet[M]:
            rows = self.select(*self.arguments)
            fields = [rows.model._meta.get_field(column.name) for column in keyset.columns]
            bounds = [([Slot(f"{way}.{at}", field) for at, field in enumerate(fields)], way) for way in ways]
            return keyset.part(rows, bounds, limit=limit, backwards=backwards)

        return Statement.of(build)


@lru_cache(maxsize=KEPT_STATEMENTS)
def kept_statement(
    source: Source[Any], keyset: Keyset, ways: tuple[bool, ...], limit: int, backwards: bool
) -> Statement[Any] | None:
    """See :meth:`Source.statement`."""
    return source.statement(keyset, ways, limit, backwards=backwards)
