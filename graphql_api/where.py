"""``OrderWhere``: the filter language of orders as GraphQL input."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import starmap
from typing import Literal

import strawberry

from graphql_api.ids import uuid_of
from graphql_api.types.enums import OrderStatus
from graphql_server.errors import ApiError, Code
from orders.search.filters import (
    MAX_CONDITIONS,
    MAX_DEPTH,
    MAX_TEXT,
    MAX_VALUES,
    MAX_WORDS,
    AllOf,
    Amount,
    AnyOf,
    Comparison,
    Condition,
    Created,
    Mentions,
    Missing,
    Not,
    OneOf,
)

COMPARISONS: tuple[Comparison, ...] = ("gt", "gte", "lt", "lte")
TextField = Literal["id", "status", "currency", "customer_email", "external_reference"]
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


@strawberry.input(
    description=("Conditions on a text. All of them must match. The comparison is exact and case-sensitive.")
)
class TextFilter:
    """Equality."""

    eq: str | None = strawberry.field(default=None, description="Equal to this value.")
    in_: list[str] | None = strawberry.field(default=None, name="in", description=IN)


@strawberry.input(
    description=(
        "Conditions on a text that may be null. All of them must match. The comparison is exact and case-sensitive."
    )
)
class OptionalTextFilter(TextFilter):
    """Equality, or none."""

    is_null: bool | None = strawberry.field(default=None, description="True matches null, false matches any text.")


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
        "A filter for orders, with the same meaning in lists and subscriptions. All conditions must match. A null "
        f"condition is ignored. At most {MAX_CONDITIONS} conditions, nested at most {MAX_DEPTH} levels deep."
    )
)
class OrderWhere:
    """A condition on orders."""

    id: IdFilter | None = strawberry.field(default=None, description="The order's `id`.")
    status: OrderStatusFilter | None = strawberry.field(default=None, description="The order's status.")
    currency: TextFilter | None = strawberry.field(
        default=None, description=("The order's currency, as an ISO 4217 code.")
    )
    customer_email: TextFilter | None = strawberry.field(default=None, description="The customer's e-mail address.")
    external_reference: OptionalTextFilter | None = strawberry.field(
        default=None, description="Your own reference for the order."
    )
    total: AmountFilter | None = strawberry.field(default=None, description="The order's total.")
    created_at: MomentFilter | None = strawberry.field(default=None, description="When the order was created.")
    text: str | None = strawberry.field(
        default=None,
        description=(
            "A text search. Every word must occur in the order's number, external reference, customer e-mail or "
            f"customer name; upper and lower case are equal. At most {MAX_TEXT} characters, and at most "
            f"{MAX_WORDS} words in the whole filter."
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

    def condition(self, where: OrderWhere, depth: int = 1) -> Condition:
        """What ``where`` says.

        Raises:
            ApiError: it is too large, or an id in it is none.
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
        if where.id:
            yield from one_of("id", where.id.eq, where.id.in_)
        if where.status:
            yield from one_of("status", where.status.eq, where.status.in_)
        if where.currency:
            yield from one_of("currency", where.currency.eq, where.currency.in_)
        if where.customer_email:
            yield from one_of("customer_email", where.customer_email.eq, where.customer_email.in_)
        if where.external_reference:
            yield from optional_text(where.external_reference)
        if where.total:
            yield from amounts(where.total)
        if where.created_at:
            yield from starmap(Created, moments_of(where.created_at).items())
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
    """What ``where`` says; None where there is none.

    Raises:
        ApiError: it is too large, or an id in it is none.
    """
    return Reading().condition(where) if where is not None else None


def too_large(what: str) -> ApiError:
    """The error for a filter beyond the limits."""
    return ApiError(Code.BAD_USER_INPUT, f"The filter {what}.")


def one_of(field: TextField, eq: object, in_: Sequence[object] | None) -> Iterator[Condition]:
    """Equality with one or with some."""
    if eq is not None:
        yield OneOf(field, (plain(field, eq),))
    if in_ is not None:
        if len(in_) > MAX_VALUES:
            raise too_large(f"names more than {MAX_VALUES} values")
        yield OneOf(field, tuple(plain(field, value) for value in in_))


def plain(field: TextField, value: object) -> str:
    """The value as snapshots have it."""
    if field == "id":
        return str(uuid_of(str(value), "Order"))
    return value.value if isinstance(value, OrderStatus) else str(value)


def optional_text(given: OptionalTextFilter) -> Iterator[Condition]:
    """Equality, and whether there is a text."""
    yield from one_of("external_reference", given.eq, given.in_)
    if given.is_null is not None:
        missing = Missing("external_reference")
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
