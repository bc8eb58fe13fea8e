"""Run direct receivers, whose effect is in our database: a batch of deliveries in one transaction."""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from events import switches
from events.dispatch import attempts, ledger
from events.dispatch.backoff import backoff
from events.metrics import metrics
from events.models import Delivery
from events.receivers import Kind, Receiver, receivers_of
from tenants.context import acting_as, acting_for, in_its_tenant

log = structlog.get_logger(__name__)


class ClaimLost(RuntimeError):
    """Another process has claimed or done one of the deliveries."""


@in_its_tenant
def run_direct(tenant_id: UUID) -> int:
    """Run the tenant's direct deliveries that are due; return how many were done."""
    return sum(
        backoff.attempt(receiver.name, tenant_id, partial(run_due, tenant_id, receiver))
        for receiver in receivers_of([Kind.DIRECT])
    )


@in_its_tenant
def run_assigned(tenant_id: UUID, assigned: Sequence[Delivery]) -> int:
    """Run direct deliveries that are reserved for this process; return how many were done."""
    done, off = 0, switches.switched_off(tenant_id)
    for receiver in receivers_of([Kind.DIRECT]):
        own = [delivery for delivery in assigned if delivery.receiver == receiver.name]
        if own and receiver.name in off:
            ledger.release(own)
            continue
        for start in range(0, len(own), receiver.batch):
            batch = own[start : start + receiver.batch]
            done += backoff.attempt(receiver.name, tenant_id, partial(run_new, tenant_id, batch, receiver))
    return done


def run_new(tenant_id: UUID, deliveries: Sequence[Delivery], receiver: Receiver) -> int:
    """Run new deliveries in one transaction; if that fails, run each alone. Return how many were done.

    A delivery that another process claims or does meanwhile is not done twice: the transaction is rolled back.
    """
    try:
        with transaction.atomic():
            run_together(tenant_id, deliveries, receiver)
        return len(deliveries)
    except Exception as error:  # as in run_due()
        if len(deliveries) == 1 and not isinstance(error, ClaimLost):
            record_direct_failure(deliveries[0], receiver, error)
            return 0
        log.warning("batch_failed", receiver=receiver.name, deliveries=len(deliveries), error=type(error).__name__)
    return each_alone(deliveries, receiver)


def run_due(tenant_id: UUID, receiver: Receiver) -> int:
    """Run the receiver's deliveries that are due; return how many were done.

    A receiver that takes several events gets the new ones together. If that fails, each is run alone, as is each that
    failed before: an event that always fails ends dead without another.
    """
    if receiver.batch == 1:
        return each_alone(ledger.due(tenant_id, [receiver]), receiver)
    taken: list[Delivery] = []
    done: set[UUID] = set()
    try:
        with transaction.atomic():
            taken = ledger.due(tenant_id, [receiver], limit=receiver.batch, lock=True)
            new = [delivery for delivery in taken if not delivery.attempts]
            if len(new) > 1:
                run_together(tenant_id, new, receiver)
                done = {delivery.pk for delivery in new}
    except Exception as error:  # each is run alone below, and its own failure recorded there
        if not taken:
            raise
        log.warning("batch_failed", receiver=receiver.name, deliveries=len(taken), error=type(error).__name__)
        done = set()
    return len(done) + each_alone([delivery for delivery in taken if delivery.pk not in done], receiver)


def each_alone(deliveries: Sequence[Delivery], receiver: Receiver) -> int:
    """Run each delivery in a transaction of its own; return how many were done."""
    return sum(run_alone(delivery, receiver) for delivery in deliveries)


def run_together(tenant_id: UUID, deliveries: Sequence[Delivery], receiver: Receiver) -> None:
    """Handle new deliveries together in the caller's transaction, and record their success.

    Raises:
        ClaimLost: another process has one of them; the caller must roll back.
    """
    started_at = timezone.now()
    if len(deliveries) == 1:
        attempts.handle(deliveries[0], receiver, receiver.handle_alone)
    else:
        events = [delivery.event for delivery in deliveries]
        with acting_as(acting_for(tenant_id, actor=f"receiver:{receiver.name}")):
            attempts.begin(receiver.name, events)
            receiver.handle(events)
    finished_at = timezone.now()
    if not ledger.record_together(deliveries, started_at, finished_at):
        raise ClaimLost(ClaimLost.__doc__)
    if len(deliveries) > 1:
        metrics.count_runs(receiver.name, len(deliveries), (finished_at - started_at).total_seconds())


def run_alone(delivery: Delivery, receiver: Receiver) -> bool:
    """Run one delivery; claim, effect and outcome commit together or not at all. Return whether it was done."""
    try:
        with transaction.atomic():
            token = ledger.claim(delivery.pk, lease_seconds=receiver.lease_seconds, as_sent=True, wait=False)
            if token is None:
                return False
            attempts.handle(delivery, receiver, receiver.handle_alone)
            return ledger.record_success(delivery.pk, token)
    except Exception as error:  # of any kind: it is recorded, and affects no other delivery
        record_direct_failure(delivery, receiver, error)
        return False


def record_direct_failure(delivery: Delivery, receiver: Receiver, error: Exception) -> None:
    """Record a failed attempt whose transaction was rolled back."""
    failed = ledger.claim(delivery.pk, lease_seconds=receiver.lease_seconds, as_sent=True)
    attempts.record_failed(delivery, receiver, failed, error)
