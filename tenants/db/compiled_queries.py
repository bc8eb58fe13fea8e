"""Query sets that are compiled once: Django makes the SQL, and later executions only fill in values.

Building a query set, its SQL and its row reader takes several times as long as running a short statement.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, Self, TypeVar
from uuid import uuid4

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import Model, QuerySet, UUIDField, Value

from tenants.context import current_tenant_id, tenant_context

M = TypeVar("M", bound=Model)

PLACEHOLDER = uuid4()
"""Stands for the tenant in a statement that is made. No tenant has it: one that stayed would find nothing."""


class Slot(Value):
    """A value that is given when the statement runs: ``filter(total__gt=Slot("total", DecimalField()))``."""

    def __init__(self, name: str, output_field: Any) -> None:
        super().__init__(name, output_field)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """A parameter."""
        return "%s", [self]

    def filled(self, value: Any, connection: Any) -> Any:
        """The SQL and parameters of the statement."""
        return self.output_field.get_db_prep_value(value, connection)


TENANT = Slot("tenant", UUIDField())


@dataclass(frozen=True, slots=True)
class Rows(Generic[M]):
    """Makes a model's objects of rows that have the columns of a query set, in its order."""

    model: type[M]
    using: str
    columns: tuple[str, ...]
    converters: tuple[tuple[int, Any, Any], ...]

    @classmethod
    def of(cls, rows: QuerySet[M]) -> Self:
        """For the rows of this query set, and of statements that return the same columns."""
        compiler = rows.query.get_compiler(rows.db)
        compiler.setup_query()
        selected: list[Any] = [column for column, *_ in compiler.select or ()]
        columns = tuple(column.target.attname for column in selected)
        converters = tuple((place, *one) for place, one in compiler.get_converters(selected).items())
        return cls(rows.model, rows.db, columns, converters)

    def objects(self, rows: Iterable[Sequence[Any]]) -> list[M]:
        """The objects of these rows, as the driver returned them."""
        if self.converters:
            connection = connections[self.using]
            rows = [self.converted(list(row), connection) for row in rows]
        make, using, columns = self.model.from_db, self.using, self.columns
        return [make(using, columns, row) for row in rows]

    def converted(self, row: list[Any], connection: Any) -> list[Any]:
        """The row in Python's types, as far as the driver leaves that to Django."""
        for place, converters, column in self.converters:
            for convert in converters:
                row[place] = convert(row[place], column, connection)
        return row


class Found(Sequence[M]):
    """The rows of a statement, as the driver returned them. The objects are made when one of them is needed."""

    def __init__(self, rows: Rows[M], raw: Sequence[Sequence[Any]]) -> None:
        self.rows = rows
        self.raw = raw

    @cached_property
    def objects(self) -> list[M]:
        """The objects, made once."""
        return self.rows.objects(self.raw)

    def column(self, name: str) -> list[Any]:
        """The values of a column (``order_id``) in Python's types.

        Raises:
            LookupError: it was not read.
        """
        try:
            place = self.rows.columns.index(name)
        except ValueError:
            raise LookupError(name) from None
        values = [row[place] for row in self.raw]
        for at, converters, column in self.rows.converters:
            if at == place:
                connection = connections[self.rows.using]
                for convert in converters:
                    values = [convert(value, column, connection) for value in values]
        return values

    def __len__(self) -> int:
        return len(self.raw)

    def __getitem__(self, place: Any) -> Any:
        """One of the objects; a slice of the rows is found rows again, without objects."""
        return Found(self.rows, self.raw[place]) if isinstance(place, slice) else self.objects[place]


@dataclass(frozen=True, slots=True)
class Statement(Generic[M]):
    """A SELECT of a model's rows, for any tenant, whose slots have yet to be filled."""

    rows: Rows[M]
    sql: str
    parameters: tuple[Any, ...]
    slots: tuple[tuple[int, Slot], ...]

    @classmethod
    def of(cls, build: Callable[[], QuerySet[M]]) -> Self | None:
        """The statement of the query set that ``build`` makes in a tenant's context; None if no row can match it."""
        with tenant_context(PLACEHOLDER):
            rows = build()
            compiler = rows.query.get_compiler(rows.db)
            try:
                sql, given = compiler.as_sql()
            except EmptyResultSet:
                return None
        placeholder = TENANT.filled(PLACEHOLDER, compiler.connection)
        parameters = tuple(TENANT if value == placeholder else value for value in given)
        slots = tuple((place, value) for place, value in enumerate(parameters) if isinstance(value, Slot))
        return cls(Rows.of(rows), sql, parameters, slots)

    def read(self, **values: Any) -> list[M]:
        """The current tenant's rows, as objects."""
        return self.found(**values).objects

    def found(self, **values: Any) -> Found[M]:
        """The current tenant's rows."""
        connection = connections[self.rows.using]
        values["tenant"] = current_tenant_id()
        parameters = list(self.parameters)
        for place, slot in self.slots:
            parameters[place] = slot.filled(values[slot.value], connection)
        with connection.cursor() as cursor:
            cursor.execute(self.sql, parameters)
            return Found(self.rows, cursor.fetchall())
