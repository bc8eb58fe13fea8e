"""Lookups for filters."""

import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import TextField
from django.db.models.lookups import In

from tenants.db.compiled_queries import Slot


class Ids(Slot):
    """A slot for any number of UUIDs: one parameter and not one each, so that the statement's text is the same."""

    def __init__(self, name: str) -> None:
        super().__init__(name, TextField())

    def filled(self, value: Iterable[UUID], connection: Any) -> str:
        """An array, written as PostgreSQL reads one; as JSON to others."""
        if connection.vendor == "postgresql":
            return f"{{{','.join([one.hex for one in value])}}}"
        return json.dumps([one.hex for one in value])


class Among(In):
    """Like ``IN``: ``filter(Among(F("order_id"), Ids("orders")))``."""

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """SQLite's way of reading an array."""
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} IN (SELECT value FROM json_each(%s))", (*parameters, self.rhs)  # noqa: S608  # a column

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """The comparison with an array."""
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s::uuid[])", (*parameters, self.rhs)
