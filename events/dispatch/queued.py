"""Send the tasks of queued deliveries: a batch is one message."""

import structlog

from events.dispatch import broker_outage, ledger, reservations
from events.dispatch.work import Batch
from events.metrics import metrics
from tenants.tracing import spans

log = structlog.get_logger(__name__)


def send(batch: Batch) -> int:
    """Send the tasks of a batch as one message; if that fails, each separately. Return how many were sent.

    The deliveries are marked as sent. One whose task can't be sent is sent when it is due again; while the broker is
    unreachable they are released.
    """
    if broker_outage.broker.is_away():
        reservations.release(batch.deliveries)
        return 0
    try:
        events = [delivery.event for delivery in batch.deliveries]
        traces = [event.traceparent for event in events]
        with spans.span(f"send {batch.receiver.name}", "producer", traces, events=len(events)):
            batch.receiver.handle(events)
    except Exception as error:  # of any kind: the ledger has the delivery to be sent again
        if broker_outage.is_outage(error):
            record_outage(batch, error)
            return 0
        if len(batch.deliveries) > 1:
            return sum(send(one) for one in batch.each())
        log.exception("task_not_sent", **ledger.log_fields(batch.deliveries[0]))
        return 0
    broker_outage.broker.succeeded()
    return len(batch.deliveries)


def record_outage(batch: Batch, error: Exception) -> None:
    """Release these deliveries and pause all sending for a moment: the broker is unreachable."""
    broker_outage.broker.failed()
    reservations.release(batch.deliveries)
    metrics.SEND_FAILURES.labels(batch.receiver.name).inc()
    fields = ledger.log_fields(batch.deliveries[0])
    log.warning("broker_away", error=type(error).__name__, pause_seconds=broker_outage.broker.pause_seconds, **fields)
