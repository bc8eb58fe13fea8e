"""``OrderWhere``: the filter language of orders as GraphQL input."""

from collections.abc import Iterator
from dataclasses import is_dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final, Literal

import strawberry
from strawberry.utils.str_converters import to_camel_case

from graphql_api.filtering.field_filters import (
    AmountFilter,
    IdFilter,
    MomentFilter,
    OptionalTextFilter,
    OrderLineFilter,
    OrderStatusFilter,
    ProcessingStatusFilter,
    TagsFilter,
    TextFilter,
    amounts,
    moments_of,
    one_of,
    some_line,
    tagged,
    text,
    too_large,
)
from orders.search.filters import (
    MAX_CONDITIONS,
    MAX_DEPTH,
    MAX_RELATED,
    MAX_TEXT,
    MAX_WORDS,
    AllOf,
    AnyOf,
    Condition,
    Mentions,
    Moment,
    Not,
    TextField,
)

EQUAL: Final[tuple[Literal["id", "status", "processing_status"], ...]] = ("id", "status", "processing_status")
"""The fields that are compared for equality alone."""
TEXTS: Final[tuple[TextField, ...]] = ("currency", "customer_email", "external_reference")
MOMENTS: Final[tuple[Literal["created_at", "updated_at"], ...]] = ("created_at", "updated_at")


@strawberry.input(
    description=(
        "A filter for orders, with the same meaning in lists and subscriptions. All conditions must match. A null "
        f"condition is ignored. At most {MAX_CONDITIONS} conditions, {MAX_RELATED} of them on lines and tags, nested "
        f"at most {MAX_DEPTH} levels deep."
    )
)
class OrderWhere:
    """A condition on orders."""

    id: IdFilter | None = strawberry.field(default=None, description="The order's `id`.")
    status: OrderStatusFilter | None = strawberry.field(default=None, description="The order's status.")
    processing_status: ProcessingStatusFilter | None = strawberry.field(
        default=None, description="The status of the order's background processing."
    )
    currency: TextFilter | None = strawberry.field(
        default=None, description=("The order's currency, as an ISO 4217 code.")
    )
    customer_email: TextFilter | None = strawberry.field(default=None, description="The customer's e-mail address.")
    external_reference: OptionalTextFilter | None = strawberry.field(
        default=None, description="Your own reference for the order."
    )
    total: AmountFilter | None = strawberry.field(default=None, description="The order's total.")
    created_at: MomentFilter | None = strawberry.field(default=None, description="When the order was created.")
    updated_at: MomentFilter | None = strawberry.field(default=None, description="When the order last changed.")
    lines: OrderLineFilter | None = strawberry.field(default=None, description="The order's lines.")
    tags: TagsFilter | None = strawberry.field(default=None, description="The order's tags.")
    text: str | None = strawberry.field(
        default=None,
        description=(
            "A text search that ignores case. Every word must occur in the order's number, external reference, "
            f"customer e-mail or customer name. At most {MAX_TEXT} characters, and at most {MAX_WORDS} words in the "
            "whole filter."
        ),
    )
    all_of: list["OrderWhere"] | None = strawberry.field(
        default=None, name="AND", description="All conditions must match. An empty list matches every order."
    )
    any_of: list["OrderWhere"] | None = strawberry.field(
        default=None, name="OR", description="At least one condition must match. An empty list matches no order."
    )
    not_: "OrderWhere | None" = strawberry.field(
        default=None, name="NOT", description=("The condition must not match.")
    )


class Reading:
    """Turns one ``where`` into a condition, within the limits."""

    def __init__(self) -> None:
        self.conditions = 0
        self.words = 0
        self.related = 0

    def condition(self, where: OrderWhere, depth: int = 1) -> Condition:
        """The condition in ``where``.

        Raises:
            ApiError: it is too large, or an id in it is malformed.
        """
        if depth > MAX_DEPTH:
            raise too_large(f"is nested more than {MAX_DEPTH} deep")
        parts = [*self.own(where), *self.nested(where, depth)]
        self.conditions += len(parts)
        if self.conditions > MAX_CONDITIONS:
            raise too_large(f"has more than {MAX_CONDITIONS} conditions")
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def own(self, where: OrderWhere) -> Iterator[Condition]:
        """The conditions on fields."""
        for field in EQUAL:
            if given := getattr(where, field):
                yield from one_of(field, given.eq, given.in_)
        for name in TEXTS:
            yield from text(name, getattr(where, name))
        if where.total:
            yield from amounts(where.total)
        for moment in MOMENTS:
            yield from (Moment(moment, *bound) for bound in moments_of(getattr(where, moment)).items())
        for condition in (*some_line(where.lines), *tagged(where.tags)):
            yield self.one_related(condition)
        if where.text is not None:
            yield self.search(where.text)

    def search(self, text: str) -> Condition:
        """The condition on all texts of an order."""
        if len(text) > MAX_TEXT:
            raise too_large(f"searches for more than {MAX_TEXT} characters")
        search = Mentions.of(text)
        self.words += len(search.words)
        if self.words > MAX_WORDS:
            raise too_large(f"searches for more than {MAX_WORDS} words")
        return search

    def one_related(self, condition: Condition) -> Condition:
        """The condition on lines or tags, counted."""
        self.related += 1
        if self.related > MAX_RELATED:
            raise too_large(f"has more than {MAX_RELATED} conditions on lines and tags")
        return condition

    def nested(self, where: OrderWhere, depth: int) -> Iterator[Condition]:
        """The conditions on conditions."""
        if where.all_of is not None:
            yield AllOf(self.each(where.all_of, depth))
        if where.any_of is not None:
            yield AnyOf(self.each(where.any_of, depth))
        if where.not_ is not None:
            yield Not(self.condition(where.not_, depth + 1))

    def each(self, wheres: list[OrderWhere], depth: int) -> tuple[Condition, ...]:
        """The conditions of a list."""
        return tuple(self.condition(where, depth + 1) for where in wheres)


def condition_of(where: OrderWhere | None) -> Condition | None:
    """The condition in ``where``; None without one.

    Raises:
        ApiError: it is too large, or an id in it is malformed.
    """
    return Reading().condition(where) if where is not None else None


def as_variables(given: Any) -> Any:
    """An input object as the JSON of a variable, which means the same; nulls are left out."""
    if isinstance(given, list):
        return [as_variables(one) for one in given]
    if isinstance(given, Enum):
        return given.name
    if isinstance(given, Decimal | datetime):
        return given.isoformat() if isinstance(given, datetime) else str(given)
    if not is_dataclass(given):
        return given
    fields = given.__strawberry_definition__.fields  # type: ignore[union-attr]  # an input type
    values = {one.graphql_name or to_camel_case(one.python_name): getattr(given, one.python_name) for one in fields}
    return {name: as_variables(value) for name, value in values.items() if value is not None}
