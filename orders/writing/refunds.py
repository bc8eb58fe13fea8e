"""Give money back to a customer."""

from decimal import Decimal
from uuid import UUID

from django.db import transaction

from events import clock
from orders import event_types
from orders.errors import FieldError, InvalidOrder, NotPaid
from orders.idempotency import outcome_under
from orders.locked_orders import change, locked
from orders.models import Order
from orders.selectors import existing
from orders.tables.order_parts import Refund
from orders.validation import MAX_REASON, MAX_REFUNDS, Errors, check_amount, checked_text
from tenants.db.bulk_insert import insert_later


def refund_order(
    order_id: UUID,
    *,
    amount: Decimal | None = None,
    reason: str = "",
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> Order:
    """Refund an amount in the order's currency, or without one all that is left of the payment.

    The refund, the order's ``refunded_total`` and the ``order.refunded`` event are written in one transaction; the
    order's status stays. All refunds together are never more than the payment. Under the same idempotency key a second
    call with the same input returns the order as it is now and refunds nothing.

    Raises:
        OrderNotFound: the tenant has no such order.
        StaleVersion: it is not at ``expected_version`` any more; ``current_version`` is its version.
        NotPaid: the order was never paid.
        InvalidOrder: the amount is not one, or more than is left; or the order has too many refunds.
        KeyReused, KeyInProgress: the key belongs to another input, or is in use right now.
    """
    said = checked_text(reason, "reason", longest=MAX_REASON)
    given = {"id": order_id, "expectedVersion": expected_version, "amount": amount, "reason": said}
    with transaction.atomic():
        if outcome_under(idempotency_key, operation="refundOrder", given=given, result=str(order_id)):
            return existing(order_id)
        order = locked(order_id, expected_version)
        insert(order, refundable(order, amount), said)
    return order


def insert(order: Order, amount: Decimal, reason: str) -> None:
    """Write a refund of this amount, the order's new sum of refunds, and the event."""
    now = clock.now()
    refund = Refund(tenant_id=order.tenant_id, order_id=order.id, amount=amount, reason=reason, created_at=now)
    order.remember_refunds([*order.known_refunds, refund])
    insert_later([refund])
    refunded = order.refunded_total + amount
    changes = {"refunded_total": refunded, "version": order.version + 1, "updated_at": now}
    details = {"refund": str(refund.id), "amount": f"{amount:.2f}", "reason": reason}
    change(order, event_types.REFUNDED, changes, **details)


def left_to_refund(order: Order) -> Decimal:
    """The part of the order's payment that was not refunded, in its currency."""
    return order.paid_total - order.refunded_total


def refundable(order: Order, amount: Decimal | None) -> Decimal:
    """The amount, if so much is left of the payment; all that is left if it is None.

    Raises:
        NotPaid: the order was never paid.
        InvalidOrder: the amount is not one, or more than is left; or the order has too many refunds.
    """
    if not order.paid_at:
        raise NotPaid(order.status)
    errors, left = Errors(), left_to_refund(order)
    checked = left if amount is None else check_amount(amount, ("amount",), errors, currency=order.currency)
    errors.raise_if_any()
    if not left:
        errors.add(("amount",), "All of the payment has been refunded.", "LIMIT_EXCEEDED")
    elif not checked:
        errors.add(("amount",), "Must be more than 0.")
    elif checked > left:
        errors.add(("amount",), f"Must be at most {left:.2f}, which is left of the payment.", "LIMIT_EXCEEDED")
    elif len(order.known_refunds) >= MAX_REFUNDS:
        raise InvalidOrder([FieldError("LIMIT_EXCEEDED", ("id",), f"An order has at most {MAX_REFUNDS} refunds.")])
    errors.raise_if_any()
    return checked
