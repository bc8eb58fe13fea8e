"""Background processing: the configured steps, each idempotent, in order."""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from events.models import Event
from orders import services
from orders.models import Order
from orders.states import ProcessingStatus

Step = Callable[[Order], Mapping[str, Any]]
"""Does its work, with limits on its own I/O, and returns its findings; a repeated call changes nothing more."""


def process_order(event: Event) -> None:
    """Run every step of ``ORDERS_PROCESSING_STEPS`` on the event's order and note its progress, which is seen live.

    A repeat for an order that is DONE does nothing. A step that fails leaves the order FAILED and raises; the ledger
    tries again later, from the first step.
    """
    order = services.set_processing_status(event.order_id, ProcessingStatus.RUNNING)
    if order.processing_status == ProcessingStatus.DONE:
        return
    try:
        for path in settings.ORDERS_PROCESSING_STEPS:
            run_step(order, path)
    except Exception:
        services.set_processing_status(event.order_id, ProcessingStatus.FAILED)
        raise
    services.set_processing_status(event.order_id, ProcessingStatus.DONE)


def run_step(order: Order, path: str) -> None:
    """Run the step at this dotted path, and record that it is finished, with its findings."""
    step: Step = import_string(path)
    services.set_processing_status(
        order.id, ProcessingStatus.RUNNING, step=path.rpartition(".")[2], findings=step(order)
    )
