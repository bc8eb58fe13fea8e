"""Query sets that are compiled once. Django says what is read and in which words; afterwards only values are filled in.

Building a query set, its SQL and what reads its rows takes several times as long as running a short statement does.
"""

from collections.abc import Callable
from dataclasses import dataclass
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
        """What is sent to the database."""
        return self.output_field.get_db_prep_value(value, connection)


TENANT = Slot("tenant", UUIDField())


@dataclass(frozen=True, slots=True)
class Statement(Generic[M]):
    """A SELECT of a model's rows, for any tenant, whose slots have yet to be filled."""

    model: type[M]
    using: str
    sql: str
    parameters: tuple[Any, ...]
    slots: tuple[tuple[int, Slot], ...]
    columns: tuple[str, ...]
    converters: tuple[tuple[int, Any, Any], ...]

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
        selected: list[Any] = [column for column, *_ in compiler.select or ()]
        columns = tuple(column.target.attname for column in selected)
        converters = tuple((place, *one) for place, one in compiler.get_converters(selected).items())
        return cls(rows.model, rows.db, sql, parameters, slots, columns, converters)

    def read(self, **values: Any) -> list[M]:
        """The current tenant's rows."""
        connection = connections[self.using]
        values["tenant"] = current_tenant_id()
        parameters = list(self.parameters)
        for place, slot in self.slots:
            parameters[place] = slot.filled(values[slot.value], connection)
        with connection.cursor() as cursor:
            cursor.execute(self.sql, parameters)
            found: Any = cursor.fetchall()
        if self.converters:
            found = [self.converted(list(row), connection) for row in found]
        make, using, columns = self.model.from_db, self.using, self.columns
        return [make(using, columns, row) for row in found]

    def converted(self, row: list[Any], connection: Any) -> list[Any]:
        """The row in Python's types, as far as the driver leaves that to Django."""
        for place, converters, column in self.converters:
            for convert in converters:
                row[place] = convert(row[place], column, connection)
        return row
