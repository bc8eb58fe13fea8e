"""The slow work: the configured steps, each idempotent, in order."""

from collections.abc import Callable

from django.conf import settings
from django.utils.module_loading import import_string

from events.models import Event
from orders import services
from orders.models import Order
from orders.states import ProcessingStatus

Step = Callable[[Order], None]


def process_order(event: Event) -> None:
    """Run every step of ``ORDERS_PROCESSING_STEPS`` on the event's order and note its progress, which is seen live.

    A repeat runs the steps again, each of which then changes nothing. A step that fails leaves the order FAILED and
    raises; the ledger tries again later.
    """
    order = services.set_processing_status(event.order_id, ProcessingStatus.RUNNING)
    try:
        for path in settings.ORDERS_PROCESSING_STEPS:
            import_string(path)(order)
            services.set_processing_status(event.order_id, ProcessingStatus.RUNNING, step=path.rpartition(".")[2])
    except Exception:
        services.set_processing_status(event.order_id, ProcessingStatus.FAILED)
        raise
    services.set_processing_status(event.order_id, ProcessingStatus.DONE)


def check_risk(order: Order) -> None:
    """PLACEHOLDER."""


def issue_invoice(order: Order) -> None:
    """PLACEHOLDER."""


def confirm(order: Order) -> None:
    """PLACEHOLDER."""
