"""Reservations: for a few seconds one process has deliveries for itself, to run them or to send their tasks.

A reservation is a ``due_at`` in the future, so it ends by itself if the process dies.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from events.dispatch import ledger
from events.metrics import metrics
from events.models import Delivery
from events.receivers import Kind, Receiver, family_of, receiver_of
from tenants.context import in_its_tenant
from tenants.db import sql

log = structlog.get_logger(__name__)

MOST_RESERVED = 500
RESERVE = """
    UPDATE events_delivery SET status = 'PENDING', attempt_token = NULL, due_at = %s{error} WHERE id IN {ids}
"""
RESEND_SECONDS, RESEND_LIMIT_SECONDS = ledger.RESERVED_SECONDS, 600.0
"""Seconds for which a sent task may stay unclaimed before it is sent again: at first, and at most."""


@in_its_tenant
def reserve(tenant_id: UUID, receivers: Iterable[Receiver], *, limit: int = MOST_RESERVED) -> list[Delivery]:
    """Reserve deliveries of the tenant to these receivers that are due, oldest first, and return them.

    An attempt whose lease is over ends with this; if it was the last one, the delivery is DEAD and left out.
    """
    with transaction.atomic():
        due = ledger.due(tenant_id, receivers, limit=limit, lock=True)
        waiting = [delivery for delivery in due if not given_up(delivery)]
        mark(waiting)
    return waiting


def mark(deliveries: Sequence[Delivery]) -> None:
    """Mark these deliveries, which the caller's transaction has locked, as reserved."""
    groups: dict[tuple[float, bool], list[Delivery]] = defaultdict(list)
    now = timezone.now()
    for delivery in deliveries:
        groups[reserved_seconds(now, delivery), delivery.status == Delivery.Status.RUNNING].append(delivery)
    for (seconds, is_silent), group in groups.items():
        due_at, ids = now + timedelta(seconds=seconds), [delivery.pk for delivery in group]
        error = (ledger.LEASE_OVER,) if is_silent else ()
        statement = RESERVE.format(ids=sql.places(ids), error=", last_error = %s" * len(error))
        sql.change_later(statement, due_at, *error, *ids)
        for delivery in group:
            delivery.status, delivery.due_at = Delivery.Status.PENDING, due_at


def reserved_seconds(now: datetime, delivery: Delivery) -> float:
    """How long a delivery is reserved; for a queued one, when its task is sent again if no worker claims it.

    Soon at first, because the sender may have died; then after about its age. While workers are busy or away the queue
    is not filled with repeats; and if a broker loses its messages, none waits longer than it has waited already. There
    are few different values, so that many deliveries are marked by one statement.
    """
    never_sent = (delivery.due_at - delivery.created_at).total_seconds() < RESEND_SECONDS
    receiver = receiver_of(delivery.receiver)
    is_queued = receiver is not None and receiver.kind is Kind.QUEUED
    if not is_queued or never_sent or delivery.status != Delivery.Status.PENDING:
        return RESEND_SECONDS
    waiting_since = max(filter(None, (delivery.created_at, delivery.started_at, delivery.finished_at)))
    times = max((now - waiting_since).total_seconds() / RESEND_SECONDS, 1.0)
    return min(RESEND_SECONDS * 2.0 ** math.floor(math.log2(times)), RESEND_LIMIT_SECONDS)


def given_up(delivery: Delivery) -> bool:
    """Mark a delivery DEAD if its last attempt's lease is over, and say whether: such an event may kill its workers."""
    receiver = receiver_of(delivery.receiver)
    if receiver is None or delivery.status != Delivery.Status.RUNNING or delivery.attempts < receiver.max_attempts:
        return False
    ledger.rows([delivery]).update(
        status=Delivery.Status.DEAD, finished_at=timezone.now(), attempt_token=None, last_error=ledger.LEASE_OVER
    )
    metrics.DEAD_LETTERS.labels(family_of(receiver.name)).inc()
    log.error("delivery_dead", error=ledger.LEASE_OVER, **ledger.log_fields(delivery))
    return True


def release(deliveries: Sequence[Delivery]) -> None:
    """Release these reserved deliveries: they are due immediately."""
    marked = {delivery.due_at for delivery in deliveries}
    unclaimed = ledger.rows(deliveries).filter(status=Delivery.Status.PENDING, due_at__in=marked)
    unclaimed.update(due_at=F("created_at"))


def release_all() -> int:
    """Release every delivery that a process that has ended had reserved, run or sent; return how many.

    Only for a database on which no other process works, with a broker whose messages are gone. Retries keep their time.
    """
    now = timezone.now()
    waiting = Delivery.objects.all_tenants().filter(due_at__gt=now)
    sent: int = waiting.filter(status=Delivery.Status.PENDING).update(due_at=F("created_at"))
    running: int = waiting.filter(status=Delivery.Status.RUNNING).update(due_at=now)
    return sent + running
