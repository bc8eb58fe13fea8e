"""Insert many thousand rows as the lines of PostgreSQL's COPY: several times as fast as INSERT.

Row-level security refuses COPY to every login but a superuser's; for others, and on SQLite, the lines are inserted.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

import orjson
from django.db import connection, models

from tenants.db import sql

NULL: Final = r"\N"
ESCAPED: Final = {ord("\\"): r"\\", ord("\t"): r"\t", ord("\n"): r"\n", ord("\r"): r"\r"}
MOST_VALUES: Final = 5000
"""The most values of an INSERT."""


def may_copy() -> bool:
    """Whether this login may use COPY on tables with policies."""
    return connection.vendor == "postgresql" and sql.rows("SELECT current_setting('is_superuser')") == [("on",)]


def line(row: models.Model) -> str:
    """A row as a line of COPY's text format, with its end."""
    return "\t".join([text(field, getattr(row, field.attname)) for field in stored(type(row))]) + "\n"


@cache
def stored(model: type[models.Model]) -> list[Any]:
    """The fields of a line, in order: all but an automatic key and those that the database computes."""
    fields = model._meta.local_concrete_fields
    return [field for field in fields if not field.generated and not isinstance(field, models.AutoField)]


def text(field: Any, value: Any) -> str:
    """A value of a line."""
    if value is None:
        return NULL
    if isinstance(field, models.JSONField):
        return escaped(orjson.dumps(value).decode())
    return value.isoformat() if isinstance(value, datetime) else escaped(str(value))


def escaped(value: str) -> str:
    """A text as part of a line."""
    return value.translate(ESCAPED)


def unescaped(value: str) -> str | None:
    """The text of a line's value; None for NULL."""
    if "\\" not in value:
        return value
    parts = [part.replace(r"\t", "\t").replace(r"\n", "\n").replace(r"\r", "\r") for part in value.split(r"\\")]
    return None if value == NULL else "\\".join(parts)


def write(model: type[models.Model], lines: Sequence[str], *, by_copy: bool) -> list[int]:
    """Insert the rows of these lines in the caller's transaction; return their automatic keys, if they have any."""
    if not lines:
        return []
    table, columns, key = target(model)
    if by_copy:
        return copy(table, columns, key, lines)
    keys: list[int] = []
    size = MOST_VALUES // len(columns)
    end = f" RETURNING {key}" if key else ""
    with connection.cursor() as cursor:
        for start in range(0, len(lines), size):
            some = lines[start : start + size]
            values = [value for one in some for value in inserted(model, one)]
            rows = ", ".join([sql.places(columns)] * len(some))
            cursor.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES {rows}{end}", values)  # noqa: S608
            keys += [number for (number,) in cursor.fetchall()] if key else []
    return keys


def copy(table: str, columns: list[str], key: str, lines: Sequence[str]) -> list[int]:
    """Insert the rows by COPY: automatic keys are reserved first."""
    keys: list[int] = []
    if key:
        reserve = "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)"
        keys = [number for (number,) in sql.rows(reserve, table.strip('"'), key.strip('"'), len(lines))]
        columns, lines = [key, *columns], [f"{number}\t{one}" for number, one in zip(keys, lines, strict=True)]
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as into:
        into.write("".join(lines))
    return keys


@cache
def target(model: type[models.Model]) -> tuple[str, list[str], str]:
    """The table, the columns of a line, and the automatic key's column, if there is one."""
    quote, key = connection.ops.quote_name, model._meta.pk
    columns = [quote(str(field.column)) for field in stored(model)]
    return quote(model._meta.db_table), columns, quote(str(key.column)) if isinstance(key, models.AutoField) else ""


def inserted(model: type[models.Model], row: str) -> Iterable[Any]:
    """The values of a line, as the driver takes them."""
    for field, value in zip(stored(model), row.removesuffix("\n").split("\t"), strict=True):
        plain: Any = unescaped(value)
        if plain is not None and not isinstance(field, models.JSONField):
            plain = field.get_db_prep_save(field.to_python(plain), connection)
        yield plain
