"""Record the worker's progress with an order."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from events import clock
from orders import event_types
from orders.locked_orders import change, locked
from orders.models import Order
from orders.selectors import is_recorded
from orders.states import ProcessingStatus


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
