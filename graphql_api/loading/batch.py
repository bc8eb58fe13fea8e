"""Rows that were read together: related data of one of them is read for all of them, by one statement.

So nested lists cost as many statements for a page of a hundred as for one row, whatever is selected under whatever
alias, and no code has to analyse the document first.

A row refers to the rows that it was read with by weak references. Rows that referred to each other would be freed by
the garbage collector alone, which stops all threads for it: docs/decisions/0038.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Any, TypeVar
from weakref import ref

from django.db.models import Model
from strawberry.types import Info

from graphql_api.access.context import Context
from graphql_server.errors import ApiError, Code
from graphql_server.ports.columns import Columns
from tenants.db.compiled_queries import Found

MAX_NODES = 20_000
"""The most nodes of lists in one answer, nested lists included."""

M = TypeVar("M", bound=Model)
T = TypeVar("T")


class Batch:
    """The rows, the data that was read for them, and the selected fields (:mod:`graphql_api.loading.read_columns`).

    Iterating yields the rows that are still in use. What is read for them must not refer to them.
    """

    __slots__ = ("_rows", "read", "selected_fields")

    def __init__(
        self, rows: Iterable[Model], selected_fields: frozenset[str] | None, read: dict[Hashable, Any]
    ) -> None:
        self._rows = [*map(ref, rows)]
        self.read = read
        self.selected_fields = selected_fields

    def __iter__(self) -> Iterator[Any]:
        return (row for one in self._rows if (row := one()) is not None)


def as_batch(rows: Iterable[M], selected_fields: frozenset[str] | None = None) -> Sequence[M]:
    """The rows. Each of them knows that they were read together. Rows of a kept statement stay columns."""
    if not isinstance(rows, Found):
        return known_together(list(rows), selected_fields, {})
    read: dict[Hashable, Any] = {}

    def made() -> list[M]:
        return known_together(rows.objects, selected_fields, read)

    return Columns(rows.rows.model, len(rows), rows.column, made, read)


def known_together(rows: list[M], selected_fields: frozenset[str] | None, read: dict[Hashable, Any]) -> list[M]:
    """The rows. Each of them knows that they were read together, and what was ``read`` for them already."""
    batch = Batch(rows, selected_fields, read)
    for row in rows:
        row.__dict__["_batch"] = batch
    return rows


def batch_of(row: Model) -> Batch:
    """The rows that ``row`` was read with, itself included."""
    if "_batch" not in row.__dict__:
        as_batch([row])
    batch: Batch = row.__dict__["_batch"]
    return batch


def read_once(batch: Batch | Columns, key: Hashable, read: Callable[[], T]) -> T:
    """The data of these rows under ``key``; read at the first call."""
    if key not in batch.read:
        batch.read[key] = read()
    found: T = batch.read[key]
    return found


def charge(info: Info[Context, Any], nodes: int) -> None:
    """Count nodes of lists against the limit of an answer.

    Raises:
        ApiError: there are too many.
    """
    loaders = info.context.loaders
    loaders["nodes"] = loaders.get("nodes", 0) + nodes
    if loaders["nodes"] > MAX_NODES:
        raise ApiError(
            Code.QUERY_TOO_EXPENSIVE, (f"The response has more than {MAX_NODES:,} nodes. Request fewer at once.")
        )
