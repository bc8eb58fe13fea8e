"""Conditions on an order's lines and tags, which are rows of their own."""

from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.lookups import IsNull

from orders.models import OrderLine
from orders.search.filters import NOTHING, AllOf, AnyOf, Condition, LineField, Not, Predicate, is_storable
from orders.tables.order_parts import OrderTag
from tenants.context import current_tenant_id

FIRST_HAVING: Final = """
SELECT found.order_id FROM unnest(%s::text[]) AS one(text), LATERAL (
    SELECT order_id FROM {table} WHERE tenant_id = %s AND {column} = one.text LIMIT %s
) AS found LIMIT %s
"""
"""Reads an index from each text's first row on, and ends at its limit, however many rows there are."""


@dataclass(frozen=True, slots=True)
class SomeLine:
    """One line of the order has, in each of these fields, one of these texts, and some text in each of ``given``.

    A line without a name has the empty text there.
    """

    fields: tuple[tuple[LineField, tuple[str, ...]], ...]
    given: tuple[LineField, ...] = ()

    @property
    def is_findable(self) -> bool:
        """Whether an index finds the rows."""
        return bool(self.fields)

    def rows(self) -> QuerySet[OrderLine] | None:
        """Such lines of the order of the query around this; None if there can be none."""
        lines: QuerySet[OrderLine] = OrderLine.objects.filter(order_id=OuterRef("pk")).order_by()
        for field, values in self.fields:
            wanted = [value for value in values if is_storable(value)]
            if not wanted:
                return None
            lines = lines.filter(**{f"{field}__in": wanted})
        for field in self.given:
            lines = lines.exclude(**{field: ""})
        return lines

    def to_q(self) -> Q:
        """By the indexes of lines."""
        return NOTHING if (rows := self.rows()) is None else Q(Exists(rows))

    def compiled(self) -> Predicate:
        """The condition as a function of an event's order."""
        wanted = [(field, frozenset(values)) for field, values in self.fields]
        given = self.given
        if len(wanted) == 1 and not given:
            [(only, texts)] = wanted
            return lambda judged: not texts.isdisjoint(judged.texts_of_lines(only))
        return lambda judged: any(
            all(line[field] in values for field, values in wanted) and all(line[field] for field in given)
            for line in judged.snapshot["lines"]
        )


@dataclass(frozen=True, slots=True)
class Tagged:
    """The order has one of these tags."""

    tags: tuple[str, ...]

    @property
    def is_findable(self) -> bool:
        """Whether an index finds the rows."""
        return True

    def rows(self) -> QuerySet[OrderTag] | None:
        """Such tags of the order of the query around this; None if there can be none."""
        storable = [tag for tag in self.tags if is_storable(tag)]
        tags: QuerySet[OrderTag] = OrderTag.objects.filter(order_id=OuterRef("pk"), tag__in=storable)
        return tags if storable else None

    def to_q(self) -> Q:
        """By the index of tags."""
        return NOTHING if (rows := self.rows()) is None else Q(Exists(rows))

    def compiled(self) -> Predicate:
        """The condition as a function of an event. Events of earlier versions have no tags."""
        tags = frozenset(self.tags)
        return lambda judged: not tags.isdisjoint(judged.snapshot.get("tags", ()))


Related = SomeLine | Tagged


@dataclass(frozen=True, slots=True)
class Probed:
    """A condition on lines or tags, to be checked order by order.

    PostgreSQL reads for an ``EXISTS`` below ``OR`` all rows that fulfil it, of all orders, before the first order. A
    subquery with a limit it runs for each order that it comes to, by the index of the order's rows.
    """

    part: Related

    def to_q(self) -> Q:
        """Never NULL."""
        rows: QuerySet[Any] | None = self.part.rows()
        return NOTHING if rows is None else Q(IsNull(Subquery(rows.values("order_id")[:1]), False))

    def compiled(self) -> Predicate:
        """The condition as a function of an event's order."""
        return self.part.compiled()


def probed(condition: Condition, *, is_alternative: bool = False) -> Condition:
    """An equal condition, whose parts on lines and tags are checked order by order where they are alternatives."""
    if is_alternative and isinstance(condition, Related):
        return Probed(condition)
    if isinstance(condition, Not):
        return Not(probed(condition.part, is_alternative=is_alternative))
    if isinstance(condition, AllOf | AnyOf):
        inside = is_alternative or isinstance(condition, AnyOf)
        return replace(condition, parts=tuple(probed(part, is_alternative=inside) for part in condition.parts))
    return condition


def first_having(related: Related, most: int) -> list[UUID]:
    """The orders of the first rows, up to a limit, that have the texts of one of the fields."""
    column, texts = ("tag", related.tags) if isinstance(related, Tagged) else related.fields[0]
    table = (OrderTag if isinstance(related, Tagged) else OrderLine)._meta.db_table
    tenant_id = OrderLine._meta.get_field("tenant").get_db_prep_value(current_tenant_id(), connection)
    statement = FIRST_HAVING.format(table=table, column=column)
    with connection.cursor() as cursor:
        cursor.execute(statement, [[*filter(is_storable, texts)], tenant_id, most, most])
        return [order_id for (order_id,) in cursor.fetchall()]
