"""The services of orders. Each is one transaction that writes the rows and their event."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from events import clock, log
from events.models import Event
from orders import event_types
from orders.errors import FieldError, InvalidOrder, InvalidTransition, OrderNotFound, StaleVersion
from orders.idempotency import outcome_under
from orders.insertion import insert_orders
from orders.models import Order
from orders.states import ProcessingStatus, Status, is_allowed
from orders.validation import Errors, NewLine, check_text

MAX_REASON, MAX_TRACKING_CODE = 500, 100
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
    with reference_conflicts_named(), transaction.atomic():
        earlier = outcome_under(idempotency_key, operation="createOrder", given=new, result=str(order.id))
        if earlier:
            return existing(UUID(earlier))
        insert_orders([(order, lines)])
    return order


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
    """Turn what the constraint says of a reference that another order has into the error that names the field."""
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
    order = Order.objects.prefetch_related("lines").filter(pk=order_id).first()
    if order is None:
        raise OrderNotFound
    return order  # type: ignore[no-any-return]  # the tenant manager is untyped


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
    """Take the order to another status and write its event, in one transaction.

    Under the same idempotency key a second call with the same input returns the order as it is now and writes nothing.

    Raises:
        OrderNotFound: the tenant has no such order.
        StaleVersion: it is not at ``expected_version`` any more; ``current_version`` says where it is.
        InvalidTransition: its status does not allow this.
        KeyReused, KeyInProgress: the key stands for something else, or is in use right now.
    """
    given = {"id": order_id, "expectedVersion": expected_version, **details}
    with transaction.atomic():
        if outcome_under(idempotency_key, operation=f"order.{status}", given=given, result=str(order_id)):
            return existing(order_id)
        order = locked(order_id)
        if expected_version not in {None, order.version}:
            raise StaleVersion(order.version)
        if not is_allowed(order.status, status):
            raise InvalidTransition(order.status, status)
        now = clock.now()
        changes = {"status": status, "version": order.version + 1, f"{status.lower()}_at": now, "updated_at": now}
        change(order, event_types.OF_STATUS[status], changes, **details)
    return order


def locked(order_id: UUID) -> Order:
    """The tenant's order with its lines, locked until the transaction ends.

    Raises:
        OrderNotFound: there is none.
    """
    order = Order.objects.select_for_update().prefetch_related("lines").filter(pk=order_id).first()
    if order is None:
        raise OrderNotFound
    return order  # type: ignore[no-any-return]  # the tenant manager is untyped


def change(order: Order, event_type: str, changes: dict[str, Any], **details: Any) -> None:
    """Write changed fields of a locked order and the event that tells of them; the one place that updates an order."""
    before = order.snapshot()
    for name, value in changes.items():
        setattr(order, name, value)
    Order.unguarded.filter(pk=order.pk).update(**changes)
    after = order.snapshot()
    differences = {name: (before[name], after[name]) for name in changes if before[name] != after[name]}
    log.append(order.event(event_type, event_types.payload(after, differences, **details)))


def set_processing_status(
    order_id: UUID, status: ProcessingStatus, *, step: str = "", findings: Mapping[str, Any] | None = None
) -> Order:
    """Note where the worker stands with the order, and tell it live; ``version`` stays.

    ``step`` names a step that was finished, and ``findings`` is what it found; each step has one event. A repeat
    writes nothing, and nothing does once the order is DONE: a worker that was late may not take that back.

    Raises:
        OrderNotFound: the tenant has no such order.
    """
    with transaction.atomic():
        order = locked(order_id)
        is_news = not is_told(order, step) if step else order.processing_status != status
        if is_news and order.processing_status != ProcessingStatus.DONE:
            changes = {"processing_status": status, "updated_at": clock.now()}
            change(order, event_types.PROCESSING, changes, **(findings or {}), step=step)
    return order


def is_told(order: Order, step: str) -> bool:
    """Whether an event has told that this step of the order's processing was finished."""
    told = Event.objects.filter(order_id=order.id, type=event_types.PROCESSING, payload__details__step=step)
    return bool(told.exists())
