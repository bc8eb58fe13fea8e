"""Run direct receivers, whose effect is in our database: a batch of deliveries in one transaction."""

from datetime import datetime

import structlog
from django.db import transaction
from django.utils import timezone

from events.dispatch import attempts, ledger
from events.dispatch.work import Batch
from events.metrics import metrics
from tenants.context import acting_as, acting_for
from tenants.tracing import spans

log = structlog.get_logger(__name__)


class ReservationLost(RuntimeError):
    """Another process has taken or done one of the deliveries."""


def run(batch: Batch) -> int:
    """Run a batch in one transaction; if that fails, run each delivery alone. Return how many were done."""
    started_at = timezone.now()
    try:
        run_together(batch)
    except Exception as error:  # of any kind: it is recorded, and affects no other delivery
        if len(batch.deliveries) == 1:
            record_failure(batch, error, started_at=started_at)
            return 0
        name, count = batch.receiver.name, len(batch.deliveries)
        log.warning("batch_failed", receiver=name, deliveries=count, error=type(error).__name__)
        return sum(map(run, batch.each()))
    return len(batch.deliveries)


def run_together(batch: Batch) -> None:
    """Handle the deliveries and record their success, in one transaction.

    Raises:
        ReservationLost: another process has taken or done one of them; nothing was done here.
    """
    with transaction.atomic():
        ledger.hold(batch.deliveries)
        started_at = timezone.now()
        handle(batch)
        finished_at = timezone.now()
        if not ledger.record_done(batch.deliveries, started_at, finished_at):
            raise ReservationLost(ReservationLost.__doc__)
    metrics.count_delivered(batch.receiver.name, (delivery.created_at for delivery in batch.deliveries))
    if len(batch.deliveries) > 1:
        seconds = (finished_at - started_at).total_seconds()
        metrics.count_runs(batch.receiver.name, len(batch.deliveries), seconds)


def handle(batch: Batch) -> None:
    """Call the receiver with the batch's events."""
    receiver = batch.receiver
    if len(batch.deliveries) == 1:
        attempts.handle(batch.deliveries[0], receiver, receiver.handle_alone)
        return
    events = [delivery.event for delivery in batch.deliveries]
    traces = [event.traceparent for event in events]
    with (
        acting_as(acting_for(batch.tenant_id, actor=f"receiver:{receiver.name}")),
        spans.span(f"receiver {receiver.name}", "consumer", traces, events=len(events)),
    ):
        attempts.begin(receiver.name, events)
        receiver.handle(events)


def record_failure(batch: Batch, error: Exception, *, started_at: datetime) -> None:
    """Record the failed attempt of a batch of one, unless another process has the delivery."""
    if isinstance(error, ReservationLost):
        return
    [delivery] = batch.deliveries
    ledger.record_direct_failure(delivery, error, started_at=started_at, max_attempts=batch.receiver.max_attempts)
    log.exception("delivery_failed", **ledger.log_fields(delivery))
