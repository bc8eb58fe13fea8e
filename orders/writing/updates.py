"""Change what is known about an order beside its lines, its total and its status."""

from collections.abc import Mapping
from typing import Any, TypedDict
from uuid import UUID

from django.db import transaction

from events import clock
from orders import event_types, validation
from orders.errors import REFERENCE_TAKEN, FieldError, InvalidOrder
from orders.idempotency import outcome_under
from orders.locked_orders import change, locked
from orders.models import Order
from orders.selectors import existing, taken_references
from orders.services import reference_conflicts_named
from orders.states import editable_fields
from orders.validation import Errors


class OrderChanges(TypedDict, total=False):
    """The fields that change, with their new values; a field that is left out stays."""

    customer_email: str
    customer_name: str
    external_reference: str | None
    metadata: dict[str, Any]
    notes: str
    tags: list[str]


EMPTY: OrderChanges = {
    "customer_email": "",
    "customer_name": "",
    "external_reference": None,
    "metadata": {},
    "notes": "",
    "tags": [],
}
"""What a client means by null."""
NAMES = {
    "customer_email": "customerEmail",
    "customer_name": "customerName",
    "external_reference": "externalReference",
}
"""The fields whose names differ in an input's path."""


def update_order(
    order_id: UUID, changes: OrderChanges, *, expected_version: int | None = None, idempotency_key: str | None = None
) -> Order:
    """Change these fields of the order and write its ``order.updated`` event, in one transaction.

    Its status says which may change (:func:`orders.states.editable_fields`). If every value is as it was, nothing is
    written. Under the same idempotency key a second call with the same input returns the order as it is now and writes
    nothing.

    Raises:
        InvalidOrder: a field breaks a rule or may not change any more, or the reference is taken.
        OrderNotFound: the tenant has no such order.
        StaleVersion: it is not at ``expected_version`` any more; ``current_version`` is its version.
        KeyReused, KeyInProgress: the key belongs to another input, or is in use right now.
    """
    wanted = checked(changes)
    given = {"id": order_id, "expectedVersion": expected_version, "changes": wanted}
    with reference_conflicts_named(), transaction.atomic():
        if outcome_under(idempotency_key, operation="updateOrder", given=given, result=str(order_id)):
            return existing(order_id)
        order = locked(order_id, expected_version)
        news = {name: value for name, value in wanted.items() if getattr(order, name) != value}
        check_editable(order, news)
        if news:
            moment = {"version": order.version + 1, "updated_at": clock.now()}
            change(order, event_types.UPDATED, news | moment)
    return order


def checked(changes: OrderChanges) -> dict[str, Any]:
    """The changes, each value as it will be stored.

    Raises:
        InvalidOrder: a value breaks a rule; ``errors`` names each.
    """
    errors, wanted = Errors(), dict[str, Any](changes)
    if not wanted:
        errors.add((), "Give at least one field to change.", "REQUIRED")
    for name, (path, rule) in validation.WRITTEN.items():
        if name in wanted:
            wanted[name] = rule(wanted[name], (path,), errors)
    errors.raise_if_any()
    return wanted


def check_editable(order: Order, news: Mapping[str, Any]) -> None:
    """Refuse changes that the order's status does not allow, and a reference that another order has.

    Raises:
        InvalidOrder: ``errors`` names each field.
    """
    message = f"This cannot change any more: the order is {order.status}."
    errors = [
        FieldError("INVALID_TRANSITION", (NAMES.get(name, name),), message)
        for name in news
        if name not in editable_fields(order.status)
    ]
    reference = news.get("external_reference")
    if not errors and reference and taken_references([Order(external_reference=reference)]):
        errors.append(REFERENCE_TAKEN)
    if errors:
        raise InvalidOrder(errors)
