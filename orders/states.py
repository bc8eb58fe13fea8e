"""What an order's status allows: the next statuses, changes of its fields, and refunds."""

from decimal import Decimal

from django.db import models


class Status(models.TextChoices):
    """The status of an order for the customer."""

    NEW = "NEW", "New"
    PAID = "PAID", "Paid"
    SHIPPED = "SHIPPED", "Shipped"
    DELIVERED = "DELIVERED", "Delivered"
    CANCELLED = "CANCELLED", "Cancelled"


class ProcessingStatus(models.TextChoices):
    """The worker's progress with the order; it is independent of the order's status."""

    PENDING = "PENDING", "Pending"
    RUNNING = "RUNNING", "Running"
    DONE = "DONE", "Done"
    FAILED = "FAILED", "Failed"


class RefundStatus(models.TextChoices):
    """The part of the payment that was refunded. Computed from the amounts, not stored."""

    NONE = "NONE", "None"
    PARTIAL = "PARTIAL", "Partial"
    FULL = "FULL", "Full"


TRANSITIONS: dict[Status, tuple[Status, ...]] = {
    Status.NEW: (Status.PAID, Status.CANCELLED),
    Status.PAID: (Status.SHIPPED, Status.CANCELLED),
    Status.SHIPPED: (Status.DELIVERED,),
    Status.DELIVERED: (),
    Status.CANCELLED: (),
}


def is_allowed(before: str, after: str) -> bool:
    """Whether an order may go from one status to the other."""
    return after in TRANSITIONS[Status(before)]


OPEN = frozenset({Status.NEW, Status.PAID})
"""The statuses of an order that has not left us, and will."""
INTERNAL_FIELDS = frozenset({"notes", "tags"})
"""What we write about an order ourselves, whatever its status."""
CUSTOMER_FIELDS = frozenset({"customer_email", "customer_name", "external_reference", "metadata"})
"""What may change while the order is open: afterwards it is what the parcel and the invoice say."""


def editable_fields(status: str) -> frozenset[str]:
    """The fields that ``update_order`` may change at this status."""
    return INTERNAL_FIELDS | CUSTOMER_FIELDS if status in OPEN else INTERNAL_FIELDS


def refund_status(paid: Decimal, refunded: Decimal) -> RefundStatus:
    """The refund status of an order of which so much was paid and refunded."""
    if not refunded:
        return RefundStatus.NONE
    return RefundStatus.FULL if refunded >= paid else RefundStatus.PARTIAL
