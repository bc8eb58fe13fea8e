"""Create many orders in one transaction."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from orders.errors import FieldError, InvalidOrder
from orders.idempotency import keep_outcome, outcome_under
from orders.insertion import insert_orders
from orders.models import Order, OrderLine
from orders.services import (
    REFERENCE_TAKEN,
    NewOrder,
    ReferenceConflict,
    reference_conflicts_named,
    taken_references,
)

MAX_ORDERS, MAX_LINES = 500, 5000
RACES = 3
"""How often a batch is checked again after another call has taken one of its references."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The result of a batch: for each input an order or None, and the errors of those that are None."""

    orders: list[Order | None]
    errors: list[FieldError]

    def to_json(self) -> dict[str, Any]:
        """The form in which the outcome is stored for a repeated call."""
        ids = [str(order.id) if order else None for order in self.orders]
        return {"orders": ids, "errors": [astuple(error) for error in self.errors]}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Batch":
        """The batch from its stored outcome. The orders are read again."""
        ids = [UUID(one) if one else None for one in kept["orders"]]
        found = Order.objects.prefetch_related("lines").in_bulk([one for one in ids if one])
        errors = [FieldError(code, tuple(path), message) for code, path, message in kept["errors"]]
        return cls([found[one] if one else None for one in ids], errors)


def create_orders(news: Sequence[NewOrder], *, reject_all: bool = True, idempotency_key: str | None = None) -> Batch:
    """Create at most 500 orders with 5,000 lines in one transaction, each with its event.

    With ``reject_all`` one bad order refuses the batch; without, the good ones are created and the bad ones reported.
    Errors' paths begin with ``("orders", "<index>")``. A repeat under the same key returns the same outcome.

    Raises:
        InvalidOrder: the batch is empty or too large, or with ``reject_all`` an order is bad; nothing is written.
        KeyReused, KeyInProgress: the key stands for something else, or is in use right now.
    """
    check_size(news)
    for _ in range(RACES):
        with suppress(ReferenceConflict):
            return create_once(news, reject_all=reject_all, idempotency_key=idempotency_key)
    return create_once(news, reject_all=reject_all, idempotency_key=idempotency_key)


def create_once(news: Sequence[NewOrder], *, reject_all: bool, idempotency_key: str | None) -> Batch:
    """What :func:`create_orders` does, in one transaction.

    Raises:
        ReferenceConflict: another call took one of the references between our look and our insert.
    """
    given = {"rejectAll": reject_all, "orders": list(news)}
    with reference_conflicts_named(), transaction.atomic():
        kept = outcome_under(idempotency_key, operation="createOrders", given=given, result={})
        if kept:
            return Batch.from_json(kept)
        batch = insert_good(news, reject_all=reject_all)
        keep_outcome(idempotency_key, batch.to_json())
    return batch


def check_orders(news: Sequence[NewOrder]) -> list[FieldError]:
    """The errors that :func:`create_orders` would give for these orders now. Writes nothing.

    Raises:
        InvalidOrder: the batch is empty or too large.
    """
    check_size(news)
    return judged(news).errors


def check_size(news: Sequence[NewOrder]) -> None:
    """Refuse an empty or too large batch.

    Raises:
        InvalidOrder: it is.
    """
    lines = sum(len(new.lines) for new in news)
    if not news:
        raise InvalidOrder([FieldError("REQUIRED", ("orders",), "At least one order.")])
    if len(news) > MAX_ORDERS or lines > MAX_LINES:
        message = f"At most {MAX_ORDERS} orders with {MAX_LINES} lines at once."
        raise InvalidOrder([FieldError("LIMIT_EXCEEDED", ("orders",), message)])


def insert_good(news: Sequence[NewOrder], *, reject_all: bool) -> Batch:
    """Insert the orders that break no rule, or with ``reject_all`` none if one does."""
    verdict = judged(news)
    if verdict.errors and reject_all:
        raise InvalidOrder(verdict.errors)
    insert_orders([(verdict.orders[index], lines) for index, lines in verdict.good.items()])
    placed = [order if index in verdict.good else None for index, order in enumerate(verdict.orders)]
    return Batch(placed, verdict.errors)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The checked batch: its orders, unsaved, the line rows of the valid orders by index, and the errors."""

    orders: list[Order]
    good: dict[int, list[OrderLine]]
    errors: list[FieldError]


def judged(news: Sequence[NewOrder]) -> Verdict:
    """Check each order by every rule, and its reference against those of existing orders."""
    orders = [new.unsaved() for new in news]
    rows, errors = completed(orders, news)
    refused = with_taken_reference([orders[index] for index in rows])
    errors += [at(index, REFERENCE_TAKEN) for index in rows if orders[index].id in refused]
    good = {index: lines for index, lines in rows.items() if orders[index].id not in refused}
    return Verdict(orders, good, errors)


def completed(orders: Sequence[Order], news: Sequence[NewOrder]) -> tuple[dict[int, list[OrderLine]], list[FieldError]]:
    """The line rows of the valid orders by index, and the errors of the others."""
    rows: dict[int, list[OrderLine]] = {}
    errors: list[FieldError] = []
    for index, (order, new) in enumerate(zip(orders, news, strict=True)):
        try:
            rows[index] = order.completed(new.lines)
        except InvalidOrder as error:
            errors += [at(index, one) for one in error.errors]
    return rows, errors


def with_taken_reference(orders: Sequence[Order]) -> set[UUID]:
    """The ids of the orders whose external reference is taken, by a stored order or by an earlier one of the batch."""
    taken = taken_references(orders)
    refused: set[UUID] = set()
    for order in orders:
        if order.external_reference in taken:
            refused.add(order.id)
        elif order.external_reference:
            taken.add(order.external_reference)
    return refused


def at(index: int, error: FieldError) -> FieldError:
    """The error of one order, with its index in the batch."""
    return FieldError(error.code, ("orders", str(index), *error.path), error.message)
