"""INSERT many rows with one statement, and UPDATE a row, by statements whose text is made once for each model.

``bulk_create`` compiles its statement again each time and reads values back that the rows have already: for the four
INSERTs of an order that costs more than running them.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from django.db import DEFAULT_DB_ALIAS, connection, connections, models

from tenants.db import sql
from tenants.db.copying import stored

PLAIN = (models.CharField, models.TextField, models.IntegerField)
AS_THEY_ARE = {
    "postgresql": (*PLAIN, models.UUIDField, models.DecimalField, models.DateTimeField, models.ForeignKey),
    "sqlite": PLAIN,
}
"""Fields whose values each database's driver takes as the rows have them."""

CONFLICTS = {False: "", True: " ON CONFLICT DO NOTHING"}

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
    if isinstance(field, models.GenericIPAddressField) and vendor == "postgresql":
        return str_or_none
    return lambda value: field.get_db_prep_save(value, connection)


def str_or_none(address: Any) -> str | None:
    """An address as text, which PostgreSQL reads itself; none if it is empty."""
    return str(address) if address else None


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
    if not rows:
        return 0
    database, count = connections[DEFAULT_DB_ALIAS], 0
    key = columns_of(type(rows[0]), database.vendor).key
    returns_keys = bool(key) and not skip_conflicts and database.features.can_return_rows_from_bulk_insert
    end = f" RETURNING {database.ops.quote_name(key)}" if returns_keys else CONFLICTS[skip_conflicts]
    with database.cursor() as cursor:
        for some, statement, values in statements(database, rows):
            cursor.execute(statement + end, values)
            if returns_keys:
                for row, (number,) in zip(some, cursor.fetchall(), strict=True):
                    setattr(row, key, number)
            count += cursor.rowcount
    inserted(rows)
    return count


def insert_later(rows: Sequence[models.Model], *, skip_conflicts: bool = False) -> None:
    """:func:`insert` of rows whose automatic keys are not needed, as deferred statements."""
    if rows:
        database = connections[DEFAULT_DB_ALIAS]
        for _, statement, values in statements(database, rows):
            sql.send_later(statement + CONFLICTS[skip_conflicts], values, database)
        inserted(rows)


def statements(
    database: Any, rows: Sequence[models.Model]
) -> Iterator[tuple[Sequence[models.Model], str, list[Any] | None]]:
    """The INSERTs, each with its rows, its text and the values still to be bound: on PostgreSQL the text holds them."""
    if not rows:
        return
    columns = columns_of(type(rows[0]), database.vendor)
    size = database.ops.bulk_batch_size(columns.names, rows)
    for start in range(0, len(rows), size):
        some, values, places = rows[start : start + size], None, f"({columns.places})"
        given = [columns.values(row) for row in some]
        if database.vendor == "postgresql":
            texts = [f"({', '.join(database.literals(one))})" for one in given]
        else:
            texts, values = [places] * len(some), [value for one in given for value in one]
        yield some, f"INSERT INTO {columns.table} VALUES {', '.join(texts)}", values  # noqa: S608  # bound


def inserted(rows: Sequence[models.Model]) -> None:
    """Note in the rows that the database has them."""
    for row in rows:
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def update_later(row: models.Model, names: Iterable[str]) -> None:
    """Write these fields of an existing row, by its key, as a deferred statement."""
    text, prepared = update_of(type(row), tuple(names), connection.vendor)
    values = [(prepare(value) if prepare else value) for name, prepare in prepared for value in [row.__dict__[name]]]
    sql.send_later(text, values)


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
