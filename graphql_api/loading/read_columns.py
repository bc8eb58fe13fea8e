"""Which columns of its rows an operation reads: those that its fields name, and its fields are known before it runs.

A field that is nothing but a function of columns (:func:`shown`) needs no object of the row.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any

import strawberry
from strawberry.types import get_object_definition
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case
from strawberry_django.fields.field import StrawberryDjangoField

from graphql_server.context import Context
from graphql_server.ports.columns import OF_COLUMNS, Columns

COLUMNS = "columns"
SelectedFields = frozenset[str]
"""The schema coordinates (``Order.number``) of the fields that an operation selects."""


def reads(*columns: str) -> dict[str, Any]:
    """A field's ``metadata``: the columns that its resolver reads beside the id. Without it, every column."""
    return {COLUMNS: columns}


def shown(
    function: Callable[..., Any], *columns: str, description: str, together: Callable[..., Sequence[Any]] | None = None
) -> Any:
    """A field that is a function of columns: ``total: Money = shown(money, "total", "currency", description=…)``.

    ``together`` computes it for many rows, of the columns' values; by default, ``function`` is called for each.
    """
    read = attrgetter(*columns)

    def resolver(self: Any) -> Any:
        return function(read(self)) if len(columns) == 1 else function(*read(self))

    def of_columns(rows: Columns, _context: Context) -> Sequence[Any]:
        values = [rows.column(name) for name in columns]
        return together(*values) if together else [*map(function, *values)]

    del resolver.__annotations__["return"]  # The field's annotation is its type.
    return strawberry.field(
        resolver=resolver, description=description, metadata={**reads(*columns), OF_COLUMNS: of_columns}
    )


@lru_cache(maxsize=1_000)
def columns_of(kind: type, selected_fields: SelectedFields | None) -> tuple[str, ...] | None:
    """The columns of this Strawberry type's rows that these fields need; None: all."""
    if selected_fields is None:
        return None
    definition = get_object_definition(kind, strict=True)
    selected = [one for one in definition.fields if f"{definition.name}.{name_of(one)}" in selected_fields]
    try:
        return tuple(sorted({"pk", *(column for field in selected for column in columns_of_field(field))}))
    except LookupError:
        return None


def columns_of_field(field: StrawberryField) -> Iterator[str]:
    """The columns that one field reads.

    Raises:
        LookupError: the columns are not known.
    """
    if field.base_resolver is None and isinstance(field, StrawberryDjangoField):
        yield field.django_name or field.python_name
    else:
        yield from field.metadata[COLUMNS]


def name_of(field: StrawberryField) -> str:
    """The field's name in the schema."""
    return field.graphql_name or to_camel_case(field.python_name)
