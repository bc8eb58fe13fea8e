"""The services of orders. Each is one transaction that writes the rows and their event."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import UUIDField

from events import clock, log
from events.log import NewEvent
from orders import event_types
from orders.errors import FieldError, InvalidOrder, InvalidTransition, OrderNotFound, StaleVersion
from orders.idempotency import KeyTaken, key_conflicts_named, outcome_under, promise_later
from orders.managers import insert_orders
from orders.models import Order
from orders.order_parts import OrderTag
from orders.search.filters import SEARCHED
from orders.selectors import is_recorded, load_lines
from orders.states import ProcessingStatus, Status, is_allowed
from orders.validation import MAX_REASON, MAX_TRACKING_CODE, Errors, NewLine, check_text
from tenants.db.bulk_insert import insert_later, update_later
from tenants.db.compiled_queries import Slot, Statement

Promise = Callable[..., Any]
"""Promises a result under an idempotency key, or returns the one that was promised before."""
REFERENCE_TAKEN = FieldError("TAKEN", ("externalReference",), "Another order has this reference.")


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order to be: lines, or a bare ``total``; ``currency`` defaults to the tenant's."""

    lines: Sequence[NewLine] = ()
    total: Decimal | None = None
    currency: str = ""
    customer_email: str = ""
    customer_name: str = ""
    external_reference: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    notes: str = ""
    tags: Sequence[str] = ()
    status: str = Status.NEW

    def unsaved(self) -> Order:
        """The order that this describes, not yet checked."""
        fields = {name: getattr(self, name) for name in self.__slots__ if name != "lines"}
        now = clock.now()
        return Order(**fields, created_at=now, updated_at=now)


def create_order(new: NewOrder, *, idempotency_key: str | None = None) -> Order:
    """Create an order, its lines and its ``order.created`` event in one transaction.

    Under the same idempotency key a second call with the same input returns the first order and writes nothing.

    Raises:
        InvalidOrder: a field breaks a rule or the reference is taken; its ``errors`` name path and code.
        KeyReused, KeyInProgress: the key stands for something else, or is in use right now.
    """
    order = new.unsaved()
    lines = order.completed(new.lines)

    def insert(promise: Promise) -> Order:
        with reference_conflicts_named(), key_conflicts_named(), transaction.atomic():
            earlier = promise(idempotency_key, operation="createOrder", given=new, result=str(order.id))
            if earlier:
                return existing(UUID(earlier))
            insert_orders([(order, lines)])
        return order

    try:
        return insert(promise_later)
    except KeyTaken:
        return insert(outcome_under)


def taken_references(orders: Sequence[Order]) -> set[str]:
    """The external references among these that another order of the tenant has."""
    wanted = [order.external_reference for order in orders if order.external_reference]
    if not wanted:
        return set()
    return set(Order.objects.filter(external_reference__in=wanted).values_list("external_reference", flat=True))


class ReferenceConflict(InvalidOrder):
    """Another order took the reference a moment ago."""

    def __init__(self) -> None:
        super().__init__([REFERENCE_TAKEN])


@contextmanager
def reference_conflicts_named() -> Iterator[None]:
    """Turn the constraint's error about a taken reference into the error that names the field."""
    try:
        yield
    except IntegrityError as error:
        if "order_reference_once" in str(error) or "external_reference" in str(error):
            raise ReferenceConflict from error
        raise


def existing(order_id: UUID) -> Order:
    """The tenant's order, with its lines.

    Raises:
        OrderNotFound: there is none; another tenant's gives the same error.
    """
    order: Order | None = Order.objects.filter(pk=order_id).first()
    return with_lines(order)


def pay_order(order_id: UUID, *, expected_version: int | None = None, idempotency_key: str | None = None) -> Order:
    """Take the order to PAID; see :func:`move_order`."""
    return move_order(order_id, Status.PAID, expected_version=expected_version, idempotency_key=idempotency_key)


def ship_order(
    order_id: UUID,
    *,
    tracking_code: str = "",
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> Order:
    """Take the order to SHIPPED, with the parcel's tracking code if there is one; see :func:`move_order`."""
    code = checked_text(tracking_code, "trackingCode", longest=MAX_TRACKING_CODE)
    return move_order(
        order_id,
        Status.SHIPPED,
        expected_version=expected_version,
        idempotency_key=idempotency_key,
        tracking_code=code,
    )


def deliver_order(order_id: UUID, *, expected_version: int | None = None, idempotency_key: str | None = None) -> Order:
    """Take the order to DELIVERED; see :func:`move_order`."""
    return move_order(order_id, Status.DELIVERED, expected_version=expected_version, idempotency_key=idempotency_key)


def cancel_order(
    order_id: UUID, *, reason: str = "", expected_version: int | None = None, idempotency_key: str | None = None
) -> Order:
    """Take the order to CANCELLED, for a reason that is mailed to the customer; see :func:`move_order`."""
    said = checked_text(reason, "reason", longest=MAX_REASON)
    return move_order(
        order_id, Status.CANCELLED, expected_version=expected_version, idempotency_key=idempotency_key, reason=said
    )


def checked_text(text: str, name: str, *, longest: int) -> str:
    """One line of safe text.

    Raises:
        InvalidOrder: it is not.
    """
    errors = Errors()
    checked = check_text(text, (name,), errors, longest=longest)
    errors.raise_if_any()
    return checked


def move_order(
    order_id: UUID,
    status: Status,
    *,
    expected_version: int | None = None,
    idempotency_key: str | None = None,
    **details: str,
) -> Order:
    """Change the order to another status and write its event, in one transaction.

    Under the same idempotency key a second call with the same input returns the order as it is now and writes nothing.

    Raises:
        OrderNotFound: the tenant has no such order.
        StaleVersion: it is not at ``expected_version`` any more; ``current_version`` is its version.
        InvalidTransition: its status does not allow this.
        KeyReused, KeyInProgress: the key belongs to another input, or is in use right now.
    """
    given = {"id": order_id, "expectedVersion": expected_version, **details}
    with transaction.atomic():
        if outcome_under(idempotency_key, operation=f"order.{status}", given=given, result=str(order_id)):
            return existing(order_id)
        order = locked(order_id, expected_version)
        check_transition(order, status)
        change(order, event_types.OF_STATUS[status], moved(order, status), **details)
    return order


def check_transition(order: Order, status: Status) -> None:
    """Refuse a status that the order may not take.

    Raises:
        InvalidTransition: it may not.
    """
    if not is_allowed(order.status, status):
        raise InvalidTransition(order.status, status)


def check_version(order: Order, expected_version: int | None) -> None:
    """Refuse a change by a client that has read another version.

    Raises:
        StaleVersion: the order is not at ``expected_version``.
    """
    if expected_version not in {None, order.version}:
        raise StaleVersion(order.version)


def moved(order: Order, status: Status) -> dict[str, Any]:
    """The fields that change when the order takes this status now."""
    now = clock.now()
    return {"status": status.value, "version": order.version + 1, f"{status.lower()}_at": now, "updated_at": now}


def locked(order_id: UUID, expected_version: int | None = None) -> Order:
    """The tenant's order with its lines, locked until the transaction ends.

    Raises:
        OrderNotFound: there is none.
        StaleVersion: it is not at ``expected_version``.
    """
    statement = locking()
    found = with_lines(next(iter(statement.read(order=order_id) if statement else ()), None))
    check_version(found, expected_version)
    return found


@cache
def locking() -> Statement[Order] | None:
    """Selects one order and locks it."""
    return Statement.of(lambda: Order.objects.select_for_update().filter(pk=Slot("order", UUIDField())))


def with_lines(order: Order | None) -> Order:
    """The order, its lines read.

    Raises:
        OrderNotFound: it is None.
    """
    if order is None:
        raise OrderNotFound
    load_lines([order])
    return order


def change(order: Order, event_type: str, changes: dict[str, Any], **details: Any) -> None:
    """Write changed fields of a locked order and the event about them."""
    log.append(changed(order, event_type, changes, **details))


def changed(order: Order, event_type: str, changes: dict[str, Any], **details: Any) -> NewEvent:
    """Write changed fields of a locked order; the one place that updates an order.

    Returns the event about them, to be appended in the same transaction.
    """
    event = order.changed(event_type, changes, **details)
    if changes.keys() & set(SEARCHED):
        order.search_text = order.searched_text()
        changes = changes | {"search_text": order.search_text}
    update_later(order, changes)
    if "tags" in changes:
        OrderTag.unguarded.filter(order_id=order.pk).delete()
        insert_later(order.tag_rows())
    return event


def set_processing_status(
    order_id: UUID, status: ProcessingStatus, *, step: str = "", findings: Mapping[str, Any] | None = None
) -> Order:
    """Record the worker's progress with the order, and send it live; ``version`` stays.

    ``step`` names a finished step, and ``findings`` are its results; each step has one event. With the last step the
    order is DONE, which has an event after the step's. A repeat writes nothing, and nothing is written once the order
    is DONE: a late worker may not undo that.

    Raises:
        OrderNotFound: the tenant has no such order.
    """
    with transaction.atomic():
        order = locked(order_id)
        if order.processing_status == ProcessingStatus.DONE:
            return order
        if step and not is_recorded(order, step):
            note_processing(order, ProcessingStatus.RUNNING, **(findings or {}), step=step)
        if order.processing_status != status and (not step or status == ProcessingStatus.DONE):
            note_processing(order, status, step="")
    return order


def note_processing(order: Order, status: ProcessingStatus, **details: Any) -> None:
    """Write the worker's progress with a locked order, and the event about it."""
    changes = {"processing_status": status, "updated_at": clock.now()}
    change(order, event_types.PROCESSING, changes, **details)
