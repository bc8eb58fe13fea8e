"""Run the receivers whose effect is in our database: many deliveries in one transaction, as far as they take many."""

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
    """Somebody else has one of the deliveries, or has done it."""


@in_its_tenant
def run_direct(tenant_id: UUID) -> int:
    """Run the direct deliveries that are due. Returns how many were done."""
    return sum(
        backoff.attempt(receiver.name, tenant_id, partial(run_due, tenant_id, receiver))
        for receiver in receivers_of([Kind.DIRECT])
    )


@in_its_tenant
def run_assigned(tenant_id: UUID, assigned: Sequence[Delivery]) -> int:
    """Run direct deliveries that were handed over. Returns how many were done."""
    done, off = 0, switches.switched_off(tenant_id)
    for receiver in receivers_of([Kind.DIRECT]):
        mine = [delivery for delivery in assigned if delivery.receiver == receiver.name]
        if mine and receiver.name in off:
            ledger.release(mine)
            continue
        for start in range(0, len(mine), receiver.batch):
            some = mine[start : start + receiver.batch]
            done += backoff.attempt(receiver.name, tenant_id, partial(run_new, tenant_id, some, receiver))
    return done


def run_new(tenant_id: UUID, deliveries: Sequence[Delivery], receiver: Receiver) -> int:
    """Run deliveries that nobody has tried or taken in one transaction; if that fails, each alone. How many were done.

    What somebody else takes or has done meanwhile is not done twice: then nothing of this is kept.
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
    """Run what is due of one receiver; how many were done.

    One that takes several events gets those that nobody has tried yet together. If they fail, and for whatever has
    failed before, each is run alone: so a poison event ends dead, and takes no other with it.
    """
    if receiver.batch == 1:
        return each_alone(ledger.due(tenant_id, [receiver]), receiver)
    taken: list[Delivery] = []
    done: set[UUID] = set()
    try:
        with transaction.atomic():
            taken = ledger.due(tenant_id, [receiver], limit=receiver.batch, lock=True)
            fresh = [delivery for delivery in taken if not delivery.attempts]
            if len(fresh) > 1:
                run_together(tenant_id, fresh, receiver)
                done = {delivery.pk for delivery in fresh}
    except Exception as error:  # whatever it was, it is found again alone, and told there
        if not taken:
            raise
        log.warning("batch_failed", receiver=receiver.name, deliveries=len(taken), error=type(error).__name__)
        done = set()
    return len(done) + each_alone([delivery for delivery in taken if delivery.pk not in done], receiver)


def each_alone(deliveries: Sequence[Delivery], receiver: Receiver) -> int:
    """Run each delivery in a transaction of its own; how many were done."""
    return sum(run_alone(delivery, receiver) for delivery in deliveries)


def run_together(tenant_id: UUID, deliveries: Sequence[Delivery], receiver: Receiver) -> None:
    """Do the effects of deliveries that nobody has tried, in the caller's transaction, and record their success.

    Raises:
        ClaimLost: somebody else has one of them; nothing may be kept.
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
    """Run a receiver whose effect is in our database: claim, effect and outcome commit together, or not at all."""
    try:
        with transaction.atomic():
            token = ledger.claim(delivery.pk, lease_seconds=receiver.lease_seconds, as_sent=True, wait=False)
            if token is None:
                return False
            attempts.handle(delivery, receiver, receiver.handle_alone)
            return ledger.record_success(delivery.pk, token)
    except Exception as error:  # whatever it was, it is recorded, and hurts nobody else
        record_direct_failure(delivery, receiver, error)
        return False


def record_direct_failure(delivery: Delivery, receiver: Receiver, error: Exception) -> None:
    """Record an attempt of which nothing was kept."""
    failed = ledger.claim(delivery.pk, lease_seconds=receiver.lease_seconds, as_sent=True)
    attempts.record_failed(delivery, receiver, failed, error)
