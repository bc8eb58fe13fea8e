"""The services of orders. Each is one transaction that writes the rows and their event."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from events import clock
from orders import event_types
from orders.errors import ReferenceConflict
from orders.idempotency import KeyTaken, key_conflicts_named, outcome_under, promise_later
from orders.locked_orders import change, check_transition, locked, moved
from orders.managers import insert_orders
from orders.models import Order
from orders.selectors import existing
from orders.states import Status
from orders.validation import MAX_REASON, MAX_TRACKING_CODE, NewLine, checked_text

Promise = Callable[..., Any]
"""Promises a result under an idempotency key, or returns the one that was promised before."""


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


@contextmanager
def reference_conflicts_named() -> Iterator[None]:
    """Turn the constraint's error about a taken reference into the error that names the field."""
    try:
        yield
    except IntegrityError as error:
        if "order_reference_once" in str(error) or "external_reference" in str(error):
            raise ReferenceConflict from error
        raise


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
