"""Thin Celery tasks. The message is a hint and the ledger the truth: the ledger retries, Celery does not."""

from uuid import UUID

from celery import shared_task

from events.ledger import run_delivery
from orders.notifications import notify_customer
from orders.processing import process_order


@shared_task
def process_order_async(delivery_id: str) -> None:
    """Process the order of one delivery; a repeat, or a delivery taken by another worker, does nothing."""
    run_delivery(UUID(delivery_id), process_order)


@shared_task
def notify_customer_async(delivery_id: str) -> None:
    """Mail the customer about one event; a repeat, or a delivery taken by another worker, does nothing."""
    run_delivery(UUID(delivery_id), notify_customer)
