"""Conditions on an order's lines and tags, which are rows of their own."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from orders.models import OrderLine
from orders.order_parts import OrderTag
from orders.search.filters import NOTHING, LineField, Predicate, is_storable


@dataclass(frozen=True, slots=True)
class SomeLine:
    """One line of the order has, in each of these fields, one of these texts, and some text in each of ``given``.

    A line without a name has the empty text there.
    """

    fields: tuple[tuple[LineField, tuple[str, ...]], ...]
    given: tuple[LineField, ...] = ()

    def to_q(self) -> Q:
        """By the indexes of lines."""
        wanted = [(field, [value for value in values if is_storable(value)]) for field, values in self.fields]
        lines: QuerySet[OrderLine] = OrderLine.objects.filter(order_id=OuterRef("pk")).order_by()
        for field, values in wanted:
            lines = lines.filter(**{f"{field}__in": values})
        for field in self.given:
            lines = lines.exclude(**{field: ""})
        return Q(Exists(lines)) if all(values for _, values in wanted) else NOTHING

    def compiled(self) -> Predicate:
        """The same in Python."""
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

    def to_q(self) -> Q:
        """By the index of tags."""
        storable = [tag for tag in self.tags if is_storable(tag)]
        tags: QuerySet[OrderTag] = OrderTag.objects.filter(order_id=OuterRef("pk"), tag__in=storable)
        return Q(Exists(tags)) if storable else NOTHING

    def compiled(self) -> Predicate:
        """The same in Python; an event of an earlier version says nothing of tags, for there were none."""
        tags = frozenset(self.tags)
        return lambda judged: not tags.isdisjoint(judged.snapshot.get("tags", ()))
