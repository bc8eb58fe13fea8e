"""INSERT many rows with one statement, and UPDATE a row, by statements whose text is made once for each model.

``bulk_create`` compiles its statement again each time and reads values back that the rows have already: for the four
INSERTs of an order that costs more than running them.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from django.db import connection, models

from tenants.db.backend.literals import literal
from tenants.db.copying import stored
from tenants.db.deferred import Later

PLAIN = (models.CharField, models.TextField, models.IntegerField)
AS_THEY_ARE = {
    "postgresql": (*PLAIN, models.UUIDField, models.DecimalField, models.DateTimeField, models.ForeignKey),
    "sqlite": PLAIN,
}
"""Fields whose values each database's driver takes as the rows have them."""

Prepare = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a model's rows: all but an automatic key and those that the database computes."""

    names: tuple[str, ...]
    """The rows' attributes."""
    prepare: tuple[tuple[int, Prepare], ...]
    """At which places a value is to be prepared for the database, and how."""
    table: str
    """``"table" ("column", …)``."""
    places: str
    """``%s, %s, …``."""
    key: str
    """The automatic key's attribute and column, or nothing."""

    def values(self, row: models.Model) -> list[Any]:
        """The row's values, as the driver takes them."""
        known = row.__dict__
        values = [known[name] for name in self.names]
        for place, prepared in self.prepare:
            values[place] = prepared(values[place])
        return values


@cache
def columns_of(model: type[models.Model], vendor: str) -> Columns:
    """The columns of the model on this kind of database."""
    quote = connection.ops.quote_name
    fields = stored(model)
    prepare = ((place, prepared) for place, field in enumerate(fields) if (prepared := preparation(field, vendor)))
    listed = ", ".join(quote(str(field.column)) for field in fields)
    return Columns(
        names=tuple(field.attname for field in fields),
        prepare=tuple(prepare),
        table=f"{quote(model._meta.db_table)} ({listed})",
        places=", ".join(["%s"] * len(fields)),
        key=model._meta.pk.attname if isinstance(model._meta.pk, models.AutoField) else "",
    )


def preparation(field: Any, vendor: str) -> Prepare | None:
    """The function that converts the field's value for the driver; None if the driver takes it unchanged."""
    if isinstance(field, models.JSONField):
        return json_text
    if isinstance(field, AS_THEY_ARE[vendor]):
        return None
    return lambda value: field.get_db_prep_save(value, connection)


def json_text(value: Any) -> str:
    """A JSON value as text, which both databases take."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # It has a number of more than 64 bits.
        return json.dumps(value)


def insert(rows: Sequence[models.Model], *, skip_conflicts: bool = False) -> int:
    """Insert new rows of one model, in order; how many there were. Automatic keys are filled in, where they can be.

    One statement, or a few where the database limits how many values one may have. Signals, database defaults and
    multi-table inheritance are not its business. With ``skip_conflicts`` rows that a constraint refuses are left out,
    and automatic keys stay unknown.
    """
    return _insert(rows, str, skip_conflicts=skip_conflicts)


def insert_later(rows: Sequence[models.Model], *, skip_conflicts: bool = False) -> None:
    """:func:`insert` of rows whose automatic keys are not needed, as statements that can wait: see :class:`Later`."""
    _insert(rows, Later, skip_conflicts=skip_conflicts)


def _insert(rows: Sequence[models.Model], text: type[str], *, skip_conflicts: bool) -> int:
    if not rows:
        return 0
    columns, count = columns_of(type(rows[0]), connection.vendor), 0
    size = connection.ops.bulk_batch_size(columns.names, rows)
    end = " ON CONFLICT DO NOTHING" if skip_conflicts else ""
    is_asked = bool(columns.key) and text is str and not skip_conflicts
    returns_keys = is_asked and connection.features.can_return_rows_from_bulk_insert
    if returns_keys:
        end = f" RETURNING {connection.ops.quote_name(columns.key)}"
    with connection.cursor() as cursor:
        for start in range(0, len(rows), size):
            some = rows[start : start + size]
            texts, values = composed(cursor, f"({columns.places})", [columns.values(row) for row in some])
            cursor.execute(text(f"INSERT INTO {columns.table} VALUES {', '.join(texts)}{end}"), values)  # noqa: S608  # bound
            if returns_keys:
                for row, (key,) in zip(some, cursor.fetchall(), strict=True):
                    setattr(row, columns.key, key)
            count += cursor.rowcount
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias
    return count


def update_later(row: models.Model, names: Iterable[str]) -> None:
    """Write these fields of an existing row, by its key, as a statement that can wait: see :class:`Later`."""
    text, prepared = update_of(type(row), tuple(names), connection.vendor)
    values = [(prepare(value) if prepare else value) for name, prepare in prepared for value in [row.__dict__[name]]]
    with connection.cursor() as cursor:
        cursor.execute(Later(text), values)


@cache
def update_of(
    model: type[models.Model], names: tuple[str, ...], vendor: str
) -> tuple[str, tuple[tuple[str, Prepare | None], ...]]:
    """The UPDATE of these fields of one row, and the attributes that it takes, the key last, with their conversions."""
    quote = connection.ops.quote_name
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    key = model._meta.pk
    changed = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)
    text = f"UPDATE {quote(model._meta.db_table)} SET {changed} WHERE {quote(str(key.column))} = %s"  # noqa: S608  # bound
    return text, tuple((field.attname, preparation(field, vendor)) for field in [*fields, key])


def composed(cursor: Any, one: str, rows: list[list[Any]]) -> tuple[list[str], list[Any] | None]:
    """The rows' texts, and the values that are still to be bound in them: on PostgreSQL they are bound here."""
    if connection.vendor != "postgresql":
        return [one] * len(rows), [value for values in rows for value in values]
    return [f"({', '.join([literal(value) or cursor.mogrify('%s', [value]) for value in row])})" for row in rows], None
