"""The table of allowed status changes."""

from django.db import models


class Status(models.TextChoices):
    """Where an order stands with the customer."""

    NEW = "NEW", "New"
    PAID = "PAID", "Paid"
    SHIPPED = "SHIPPED", "Shipped"
    DELIVERED = "DELIVERED", "Delivered"
    CANCELLED = "CANCELLED", "Cancelled"


class ProcessingStatus(models.TextChoices):
    """Where the worker stands with the order; the worker's own, it says nothing of the order."""

    PENDING = "PENDING", "Pending"
    RUNNING = "RUNNING", "Running"
    DONE = "DONE", "Done"
    FAILED = "FAILED", "Failed"


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
