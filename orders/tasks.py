"""Thin Celery tasks. The message is a hint and the ledger the truth: the ledger retries, Celery does not."""

from celery import shared_task

from events.dispatch.task_runner import run_deliveries
from orders.mail.order_mails import notify_customer
from orders.processing.steps import process_order


@shared_task
def process_order_async(*delivery_ids: str) -> None:
    """Process the order of each delivery; a repeat, or a delivery taken by another worker, does nothing."""
    run_deliveries(delivery_ids, process_order, resend=process_order_async.delay)


@shared_task
def notify_customer_async(*delivery_ids: str) -> None:
    """Mail the customer about the event of each delivery; a repeat, or one taken by another worker, does nothing."""
    run_deliveries(delivery_ids, notify_customer, resend=notify_customer_async.delay)
