"""Run a task for the deliveries that its message names: claim each, do the work, record the outcome."""

import time
from collections.abc import Callable, Sequence
from uuid import UUID

import structlog
from django.db import connection

from events import switches
from events.dispatch import attempts, ledger
from events.metrics import metrics
from events.models import Event
from events.receivers import Kind, family_of, receiver_of
from tenants.context import across_tenants, tenant_context

log = structlog.get_logger(__name__)

MESSAGE_SECONDS = 1.0


def run_deliveries(deliveries: Sequence[str], work: Callable[[Event], None], *, resend: Callable[..., object]) -> None:
    """Run the task's work for each delivery that its message names; see :func:`run_delivery`.

    Deliveries that are left after ``MESSAGE_SECONDS`` go to ``resend``, which sends another message. So a slow delivery
    does not delay the others, and each has nearly the whole of the task's time limit.
    """
    began = time.monotonic()
    for place, one in enumerate(deliveries, 1):
        run_or_log(UUID(one), work)
        if (rest := deliveries[place:]) and time.monotonic() - began > MESSAGE_SECONDS:
            resend(deliveries=list(rest))
            return


def run_or_log(delivery: UUID, work: Callable[[Event], None]) -> None:
    """:func:`run_delivery`; if its outcome can't be recorded, log that and continue with the message's others."""
    try:
        run_delivery(delivery, work)
    except Exception:
        if connection.in_atomic_block:
            raise
        log.exception("delivery_not_recorded", delivery_id=str(delivery))
        connection.close()  # It may be broken; the next statement opens another.


def run_delivery(delivery: UUID, work: Callable[[Event], None]) -> bool:
    """Run a task's work for one delivery, as its tenant: claim, work, record. Return whether the work was done here.

    A delivery that is done, or that another worker holds, is left alone. A failure is recorded, not raised: a
    dispatcher sends the task again.
    """
    with across_tenants():
        tenant_id = ledger.tenant_of(delivery)
    if tenant_id is None:
        return False
    with tenant_context(tenant_id):
        return _run_claimed(delivery, work)


def _run_claimed(delivery: UUID, work: Callable[[Event], None]) -> bool:
    row = ledger.with_event(delivery)
    receiver = receiver_of(row.receiver) if row else None
    if row is None or receiver is None or receiver.name in switches.switched_off(row.tenant_id):
        return False
    token = ledger.claim(delivery, lease_seconds=receiver.lease_seconds, as_sent=True)
    if token is None:
        return False
    try:
        attempts.handle(row, receiver, work)
    except Exception as error:  # recorded, not raised
        ledger.record_failure(delivery, token, error, max_attempts=receiver.max_attempts)
        if receiver.kind is Kind.OUTSIDE:  # Another system has failed: our stack says nothing about it.
            log.warning("delivery_failed", error=str(error), **ledger.log_fields(row))
        else:
            log.exception("delivery_failed", **ledger.log_fields(row))
        return False
    if not ledger.record_success(delivery, token):
        return False
    metrics.count_delivered(family_of(receiver.name), [row.created_at])
    return True
