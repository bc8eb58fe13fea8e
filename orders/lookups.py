"""Lookups of our own."""

from typing import Any

from django.db.models.lookups import In


class Among(In):
    """As ``IN``: ``filter(Among(F("order_id"), ids))``. On PostgreSQL the UUIDs are one parameter and not one each.

    So the statement's text does not depend on how many there are, and the driver need not take it apart anew.
    """

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """The comparison with an array, written as PostgreSQL reads one."""
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s::uuid[])", (*parameters, f"{{{','.join(map(str, self.rhs))}}}")
