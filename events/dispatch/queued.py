"""Send the tasks of queued deliveries: mark them as sent together, then send messages of up to ``batch`` each."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from events import switches
from events.dispatch import broker_outage, ledger
from events.metrics import metrics
from events.models import Delivery
from events.receivers import RECEIVERS, Kind, Receiver, receivers_of
from tenants.context import in_its_tenant

log = structlog.get_logger(__name__)

PASS_TASKS = 500
RESEND_SECONDS, RESEND_LIMIT_SECONDS = ledger.RESERVED_SECONDS, 600.0
"""How long a task that was sent may stay unclaimed before it is sent again: at first, and at most."""


@in_its_tenant
def send_tasks(tenant_id: UUID) -> int:
    """Send the tasks of the tenant's queued deliveries that are due, unless the broker is away; return how many.

    Deliveries are marked as sent first. One that can't be sent is released; one whose message is lost is sent again.
    """
    if broker_outage.broker.is_away():
        return 0
    with transaction.atomic():
        due = ledger.due(tenant_id, receivers_of([Kind.QUEUED]), limit=PASS_TASKS, lock=True)
        waiting = [delivery for delivery in due if not give_up(delivery, RECEIVERS[delivery.receiver])]
        mark_sent(waiting)
    return send_messages(waiting)


@in_its_tenant
def send_assigned(tenant_id: UUID, assigned: Sequence[Delivery]) -> int:
    """Send the tasks of deliveries that are reserved for this process; return how many were sent."""
    off = switches.switched_off(tenant_id)
    if waiting := [delivery for delivery in assigned if delivery.receiver in off]:
        ledger.release(waiting)
    return send_messages([delivery for delivery in assigned if delivery.receiver not in off])


def send_messages(deliveries: Sequence[Delivery]) -> int:
    """Send the tasks of deliveries that are marked as sent, until the broker is away; return how many were sent."""
    sent, messages = 0, list(in_messages(deliveries))
    for place, message in enumerate(messages):
        if broker_outage.broker.is_away():
            ledger.release([delivery for unsent in messages[place:] for delivery in unsent])
            break
        sent += send(message)
    return sent


def in_messages(deliveries: Sequence[Delivery]) -> Iterator[list[Delivery]]:
    """The deliveries of each receiver, in order, in messages of up to its ``batch``."""
    of_receivers: dict[str, list[Delivery]] = defaultdict(list)
    for delivery in deliveries:
        of_receivers[delivery.receiver].append(delivery)
    for name, own in of_receivers.items():
        size = RECEIVERS[name].batch
        yield from (own[start : start + size] for start in range(0, len(own), size))


def send(deliveries: Sequence[Delivery]) -> int:
    """Send one receiver's deliveries as a task; return how many were sent. The others are sent when they are due."""
    try:
        RECEIVERS[deliveries[0].receiver].handle([delivery.event for delivery in deliveries])
    except Exception as error:  # of any kind: the ledger has the delivery to be sent again
        if broker_outage.is_outage(error):
            record_outage(deliveries, error)
            return 0
        if len(deliveries) > 1:
            return sum(send([delivery]) for delivery in deliveries)
        log.exception("task_not_sent", **ledger.log_fields(deliveries[0]))
        return 0
    broker_outage.broker.succeeded()
    return len(deliveries)


def record_outage(deliveries: Sequence[Delivery], error: Exception) -> None:
    """Release these deliveries and pause all sending for a moment: the broker is away."""
    broker_outage.broker.failed()
    ledger.release(deliveries)
    metrics.SEND_FAILURES.labels(deliveries[0].receiver).inc()
    fields = ledger.log_fields(deliveries[0])
    log.warning("broker_away", error=type(error).__name__, pause_seconds=broker_outage.broker.pause_seconds, **fields)


def mark_sent(deliveries: Sequence[Delivery]) -> None:
    """Mark these deliveries, which the caller's transaction has locked, as about to be sent.

    An attempt whose lease is over ends with this.
    """
    groups: dict[tuple[float, bool], list[Delivery]] = defaultdict(list)
    now = timezone.now()
    for delivery in deliveries:
        groups[resend_seconds(now, delivery), delivery.status == Delivery.Status.RUNNING].append(delivery)
    for (seconds, is_silent), group in groups.items():
        due_at, error = now + timedelta(seconds=seconds), {"last_error": ledger.LEASE_OVER} if is_silent else {}
        ledger.rows(group).update(status=Delivery.Status.PENDING, attempt_token=None, due_at=due_at, **error)
        for delivery in group:
            delivery.status, delivery.due_at = Delivery.Status.PENDING, due_at


def resend_seconds(now: datetime, delivery: Delivery) -> float:
    """When to send the task again if no worker claims it: soon at first, then after about its age.

    The sender may have died, hence soon. While workers are busy or away the queue is not filled with repeats; and if a
    broker loses its messages, none waits longer than it has waited already. There are few different values, so that
    many deliveries are marked by one statement.
    """
    never_sent = (delivery.due_at - delivery.created_at).total_seconds() < RESEND_SECONDS
    if delivery.status != Delivery.Status.PENDING or never_sent:
        return RESEND_SECONDS
    waiting_since = max(filter(None, (delivery.created_at, delivery.started_at, delivery.finished_at)))
    times = max((now - waiting_since).total_seconds() / RESEND_SECONDS, 1.0)
    return min(RESEND_SECONDS * 2.0 ** math.floor(math.log2(times)), RESEND_LIMIT_SECONDS)


def give_up(delivery: Delivery, receiver: Receiver) -> bool:
    """Mark a delivery DEAD if its last attempt's lease is over, and say whether: such an event may kill its workers."""
    if delivery.status != Delivery.Status.RUNNING or delivery.attempts < receiver.max_attempts:
        return False
    ledger.rows([delivery]).update(
        status=Delivery.Status.DEAD, finished_at=timezone.now(), attempt_token=None, last_error=ledger.LEASE_OVER
    )
    metrics.DEAD_LETTERS.labels(receiver.name).inc()
    log.error("delivery_dead", error=ledger.LEASE_OVER, **ledger.log_fields(delivery))
    return True
