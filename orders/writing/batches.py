"""Create many orders, or change the status of many, in one transaction."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass, replace
from typing import Any
from uuid import UUID

from django.db import transaction

from events import log
from events.log import NewEvent
from orders.errors import REFERENCE_TAKEN, FieldError, InvalidOrder, OrderError, OrderNotFound, ReferenceConflict
from orders.event_types import OF_STATUS
from orders.idempotency import keep_outcome, outcome_under
from orders.locked_orders import changed, check_transition, check_version, moved
from orders.managers import insert_orders
from orders.models import Order, OrderLine
from orders.selectors import load_lines, load_refunds, taken_references
from orders.services import NewOrder, reference_conflicts_named
from orders.states import Status
from orders.validation import MAX_TRACKING_CODE, checked_text

MAX_ORDERS, MAX_LINES, MAX_MOVES = 500, 5000, 100
RACES = 3
"""Times that a batch is checked again after another call has taken one of its references."""


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
        found: dict[UUID, Order] = Order.objects.in_bulk([one for one in ids if one])
        load_lines(found.values())
        errors = [FieldError(code, tuple(path), *said) for code, path, *said in kept["errors"]]
        return cls([found[one] if one else None for one in ids], errors)


def create_orders(news: Sequence[NewOrder], *, reject_all: bool = True, idempotency_key: str | None = None) -> Batch:
    """Create at most 500 orders with 5,000 lines in one transaction, each with its event.

    With ``reject_all`` one bad order refuses the batch; without, the good orders are created and the bad ones reported.
    Errors' paths begin with ``("orders", "<index>")``. A repeat under the same key returns the same outcome.

    Raises:
        InvalidOrder: the batch is empty or too large, or with ``reject_all`` an order is bad; nothing is written.
        KeyReused, KeyInProgress: the key belongs to another input, or is in use right now.
    """
    check_size(news)
    for _ in range(RACES):
        with suppress(ReferenceConflict):
            return create_once(news, reject_all=reject_all, idempotency_key=idempotency_key)
    return create_once(news, reject_all=reject_all, idempotency_key=idempotency_key)


def create_once(news: Sequence[NewOrder], *, reject_all: bool, idempotency_key: str | None) -> Batch:
    """The work of :func:`create_orders`, in one transaction.

    Raises:
        ReferenceConflict: another call took one of the references between our check and our insert.
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
    return replace(error, path=("orders", str(index), *error.path))


# --- Moving many ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Move:
    """An order in a batch of changes of status."""

    order_id: UUID
    expected_version: int | None = None
    tracking_code: str = ""


def pay_orders(moves: Sequence[Move], *, reject_all: bool = True, idempotency_key: str | None = None) -> Batch:
    """Take many orders to PAID; see :func:`move_orders`."""
    return move_orders(moves, Status.PAID, reject_all=reject_all, idempotency_key=idempotency_key)


def ship_orders(moves: Sequence[Move], *, reject_all: bool = True, idempotency_key: str | None = None) -> Batch:
    """Take many orders to SHIPPED, each with its own tracking code if it has one; see :func:`move_orders`."""
    return move_orders(moves, Status.SHIPPED, reject_all=reject_all, idempotency_key=idempotency_key)


def move_orders(
    moves: Sequence[Move], status: Status, *, reject_all: bool = True, idempotency_key: str | None = None
) -> Batch:
    """Change the status of at most 100 orders in one transaction, each with its event.

    With ``reject_all`` one order that may not move refuses the batch; without, the others are moved and the error is
    reported. Errors' paths begin with ``("orders", "<index>")``. A repeat under the same key returns the orders as they
    are now and the same errors, and writes nothing.

    Raises:
        InvalidOrder: the batch is empty or too large, or with ``reject_all`` an order may not move; nothing is written.
        KeyReused, KeyInProgress: the key belongs to another input, or is in use right now.
    """
    if not 1 <= len(moves) <= MAX_MOVES:
        code = "LIMIT_EXCEEDED" if moves else "REQUIRED"
        raise InvalidOrder([FieldError(code, ("orders",), f"Between 1 and {MAX_MOVES} orders.")])
    given = {"rejectAll": reject_all, "orders": list(moves)}
    with transaction.atomic():
        kept = outcome_under(idempotency_key, operation=f"orders.{status}", given=given, result={})
        if kept:
            return Batch.from_json(kept)
        batch = move_good(moves, status, reject_all=reject_all)
        keep_outcome(idempotency_key, batch.to_json())
    return batch


def move_good(moves: Sequence[Move], status: Status, *, reject_all: bool) -> Batch:
    """Move the orders that may move, or with ``reject_all`` none if one may not."""
    orders = locked_orders({move.order_id for move in moves})
    errors: dict[int, list[FieldError]] = {}
    for index, move in enumerate(moves):
        try:
            check_move(orders, moves[:index], move, status)
        except OrderError as error:
            errors[index] = [at(index, one) for one in error.errors]
    listed = [one for found in errors.values() for one in found]
    if listed and reject_all:
        raise InvalidOrder(listed)
    good = [move for index, move in enumerate(moves) if index not in errors]
    log.append(*(moved_event(orders[move.order_id], move, status) for move in good))
    return Batch([None if index in errors else orders[move.order_id] for index, move in enumerate(moves)], listed)


def locked_orders(order_ids: Collection[UUID]) -> dict[UUID, Order]:
    """Those of these orders that exist, with their lines, locked in one sequence: two batches never deadlock."""
    rows = Order.objects.select_for_update().filter(pk__in=order_ids).order_by("pk")
    orders: dict[UUID, Order] = {order.pk: order for order in rows}
    load_lines(orders.values())
    load_refunds(orders.values())
    return orders


def check_move(orders: Mapping[UUID, Order], earlier: Sequence[Move], move: Move, status: Status) -> None:
    """Refuse a move by the rules of a single order's, and a second one of the same order.

    Raises:
        OrderError: it is refused.
    """
    checked_text(move.tracking_code, "trackingCode", longest=MAX_TRACKING_CODE)
    order = orders.get(move.order_id)
    if order is None:
        raise OrderNotFound
    if any(other.order_id == move.order_id for other in earlier):
        raise InvalidOrder([FieldError("INVALID", ("id",), "This order occurs earlier in the batch.")])
    check_version(order, move.expected_version)
    check_transition(order, status)


def moved_event(order: Order, move: Move, status: Status) -> NewEvent:
    """Write the status, and return the event about it."""
    return changed(order, OF_STATUS[status], moved(order, status), tracking_code=move.tracking_code)
