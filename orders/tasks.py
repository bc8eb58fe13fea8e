"""Thin Celery tasks. The message is a hint and the ledger the truth: the ledger retries, Celery does not.

A message names ``deliveries``. Until the next release workers also take their ids as positional arguments, which
processes of the previous release send. Workers ignore arguments that they don't know, because the sender may be of a
later version.
"""

from collections.abc import Sequence

from celery import shared_task

from events.dispatch.task_runner import run_deliveries
from orders.mail.order_mails import notify_customer
from orders.processing.steps import process_order


@shared_task
def process_order_async(*delivery_ids: str, deliveries: Sequence[str] = (), **_: object) -> None:
    """Process the order of each delivery; a repeat, or a delivery taken by another worker, does nothing."""
    run_deliveries([*delivery_ids, *deliveries], process_order, resend=process_order_async.delay)


@shared_task
def notify_customer_async(*delivery_ids: str, deliveries: Sequence[str] = (), **_: object) -> None:
    """Mail the customer about the event of each delivery; a repeat, or one taken by another worker, does nothing."""
    run_deliveries([*delivery_ids, *deliveries], notify_customer, resend=notify_customer_async.delay)
