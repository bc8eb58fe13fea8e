"""Filters of single fields as GraphQL input, and the conditions that they mean."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal, TypeVar

import strawberry

from graphql_api.ids import uuid_of
from graphql_api.types.enums import OrderProcessingStatus, OrderStatus
from graphql_server.errors import ApiError, Code
from orders.search.filters import (
    MAX_VALUES,
    AllOf,
    Amount,
    Comparison,
    Condition,
    LineField,
    Missing,
    Not,
    OneOf,
    TextField,
)
from orders.search.related import SomeLine, Tagged

COMPARISONS: tuple[Comparison, ...] = ("gt", "gte", "lt", "lte")
Equated = Literal["id", "status", "processing_status"] | TextField
V = TypeVar("V")
IN = f"Equal to one of these values, at most {MAX_VALUES}. An empty list matches nothing."


@strawberry.input(description="Conditions on an id. All of them must match.")
class IdFilter:
    """Equality."""

    eq: strawberry.ID | None = strawberry.field(default=None, description="Equal to this value.")
    in_: list[strawberry.ID] | None = strawberry.field(default=None, name="in", description=IN)


@strawberry.input(description="Conditions on a status. All of them must match.")
class OrderStatusFilter:
    """Equality."""

    eq: OrderStatus | None = strawberry.field(default=None, description="Equal to this value.")
    in_: list[OrderStatus] | None = strawberry.field(default=None, name="in", description=IN)


@strawberry.input(description="Conditions on a processing status. All of them must match.")
class ProcessingStatusFilter:
    """Equality."""

    eq: OrderProcessingStatus | None = strawberry.field(default=None, description="Equal to this value.")
    in_: list[OrderProcessingStatus] | None = strawberry.field(default=None, name="in", description=IN)


@strawberry.input(
    description=("Conditions on a text. All of them must match. The comparison is exact and case-sensitive.")
)
class TextFilter:
    """Equality, or none."""

    eq: str | None = strawberry.field(default=None, description="Equal to this value.")
    in_: list[str] | None = strawberry.field(default=None, name="in", description=IN)
    is_null: bool | None = strawberry.field(
        default=None,
        description="True matches null, false matches any value. References, e-mail addresses and names can be null.",
    )


@strawberry.input(description="Conditions on a text that can be null, as in `TextFilter`.")
class OptionalTextFilter(TextFilter):
    """The type that the filter by reference has had from the beginning: a variable's type can't be deprecated."""


@strawberry.input(description="Conditions on an amount. All of them must match. Currencies are not converted.")
class AmountFilter:
    """A range."""

    eq: Decimal | None = strawberry.field(default=None, description="Equal to this amount.")
    gt: Decimal | None = strawberry.field(default=None, description="Greater than this amount.")
    gte: Decimal | None = strawberry.field(default=None, description="Greater than or equal to this amount.")
    lt: Decimal | None = strawberry.field(default=None, description="Less than this amount.")
    lte: Decimal | None = strawberry.field(default=None, description="Less than or equal to this amount.")


@strawberry.input(description="Conditions on a date and time. All of them must match.")
class MomentFilter:
    """A range."""

    gt: datetime | None = strawberry.field(default=None, description="After this time.")
    gte: datetime | None = strawberry.field(default=None, description="At or after this time.")
    lt: datetime | None = strawberry.field(default=None, description="Before this time.")
    lte: datetime | None = strawberry.field(default=None, description="At or before this time.")


@strawberry.input(
    description=(
        "Conditions on an order's lines: at least one line must match all of them. For conditions on different lines "
        "combine several filters with `AND`."
    )
)
class OrderLineFilter:
    """A condition on one line of the order."""

    sku: TextFilter | None = strawberry.field(default=None, description="The line's article number (SKU).")
    name: TextFilter | None = strawberry.field(default=None, description="The article's name.")


@strawberry.input(
    description="Conditions on an order's tags. All of them must match. The comparison is exact and case-sensitive."
)
class TagsFilter:
    """Membership."""

    has: str | None = strawberry.field(default=None, description="The order has this tag.")
    has_any: list[str] | None = strawberry.field(
        default=None,
        description=f"The order has at least one of these tags, at most {MAX_VALUES}. An empty list matches nothing.",
    )


def too_large(what: str) -> ApiError:
    """The error for a filter beyond the limits."""
    return ApiError(Code.BAD_USER_INPUT, f"The filter {what}.")


def one_of(field: Equated, eq: object, in_: Sequence[object] | None) -> Iterator[Condition]:
    """Equality with one or with some."""
    if eq is not None:
        yield OneOf(field, (plain(field, eq),))
    if in_ is not None:
        yield OneOf(field, tuple(plain(field, value) for value in few(in_)))


def few(values: Sequence[V]) -> Sequence[V]:
    """The values of a list, which are not too many."""
    if len(values) > MAX_VALUES:
        raise too_large(f"names more than {MAX_VALUES} values")
    return values


def some_line(given: OrderLineFilter | None) -> Iterator[Condition]:
    """The condition that some line of the order has these values in its fields."""
    if given is None:
        return
    filters: dict[LineField, TextFilter | None] = {"sku": given.sku, "name": given.name}
    fields: list[tuple[LineField, tuple[str, ...]]] = []
    for field, one in filters.items():
        if one and one.eq is not None:
            fields.append((field, (one.eq,)))
        if one and one.in_ is not None:
            fields.append((field, tuple(few(one.in_))))
        if one and one.is_null:
            fields.append((field, ("",)))
    texts = tuple(field for field, one in filters.items() if one and one.is_null is False)
    if fields or texts:
        yield SomeLine(tuple(fields), texts)


def tagged(given: TagsFilter | None) -> Iterator[Condition]:
    """The tags that the order has."""
    if given and given.has is not None:
        yield Tagged((given.has,))
    if given and given.has_any is not None:
        yield Tagged(tuple(few(given.has_any)))


def plain(field: Equated, value: object) -> str:
    """The value as snapshots have it."""
    if field == "id":
        return str(uuid_of(str(value), "Order"))
    return value.value if isinstance(value, OrderStatus | OrderProcessingStatus) else str(value)


def text(field: TextField, given: TextFilter | None) -> Iterator[Condition]:
    """Equality, and whether there is a text."""
    if given is None:
        return
    yield from one_of(field, given.eq, given.in_)
    if given.is_null is not None:
        missing = Missing(field)
        yield missing if given.is_null else Not(missing)


def amounts(given: AmountFilter) -> Iterator[Condition]:
    """A range of totals."""
    if given.eq is not None:
        yield AllOf((Amount("gte", given.eq), Amount("lte", given.eq)))
    for comparison in COMPARISONS:
        value = getattr(given, comparison)
        if value is not None:
            yield Amount(comparison, value)


def moments_of(given: MomentFilter | None) -> dict[Comparison, datetime]:
    """A range of moments."""
    bounds = {comparison: getattr(given, comparison, None) for comparison in COMPARISONS}
    return {comparison: moment for comparison, moment in bounds.items() if moment is not None}
