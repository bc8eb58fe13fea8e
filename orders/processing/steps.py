"""Background processing: the configured steps, each idempotent, in order."""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from events.models import Event
from orders.models import Order
from orders.states import ProcessingStatus
from orders.writing import worker_progress

Step = Callable[[Order], Mapping[str, Any]]
"""Does its work, with limits on its own I/O, and returns its findings; a repeated call changes nothing more."""


def process_order(event: Event) -> None:
    """Run every step of ``ORDERS_PROCESSING_STEPS`` on the event's order and note its progress, which is seen live.

    A repeat for an order that is DONE does nothing. A step that fails leaves the order FAILED and raises; the ledger
    tries again later, from the first step.
    """
    order = worker_progress.set_processing_status(event.order_id, ProcessingStatus.RUNNING)
    if order.processing_status == ProcessingStatus.DONE:
        return
    try:
        left = len(settings.ORDERS_PROCESSING_STEPS)
        for path in settings.ORDERS_PROCESSING_STEPS:
            left -= 1
            run_step(order, path, ProcessingStatus.RUNNING if left else ProcessingStatus.DONE)
    except Exception:
        worker_progress.set_processing_status(event.order_id, ProcessingStatus.FAILED)
        raise
    if not settings.ORDERS_PROCESSING_STEPS:
        worker_progress.set_processing_status(event.order_id, ProcessingStatus.DONE)


def run_step(order: Order, path: str, then: ProcessingStatus) -> None:
    """Run the step at this dotted path; record, in one transaction, its findings and the order's status after it."""
    step: Step = import_string(path)
    worker_progress.set_processing_status(order.id, then, step=path.rpartition(".")[2], findings=step(order))
