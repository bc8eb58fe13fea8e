"""Run the receivers whose effect is in our database: many deliveries in one transaction, as far as they take many."""

from collections.abc import Sequence
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from events import attempts, ledger, metrics
from events.models import Delivery
from events.receivers import Kind, Receiver, receivers_of
from tenants.context import acting_as, acting_for, in_its_tenant

log = structlog.get_logger(__name__)


class Lost(RuntimeError):
    """A delivery that was taken is no longer ours."""


@in_its_tenant
def run_direct(tenant_id: UUID) -> int:
    """Run the direct deliveries that are due. Returns how many were done."""
    return sum(run(tenant_id, receiver) for receiver in receivers_of([Kind.DIRECT]))


def run(tenant_id: UUID, receiver: Receiver) -> int:
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
            taken = ledger.due(tenant_id, [receiver], limit=receiver.batch, take=True)
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
    return sum(ledger.run_direct(delivery, receiver) for delivery in deliveries)


def run_together(tenant_id: UUID, deliveries: Sequence[Delivery], receiver: Receiver) -> None:
    """Do the effects of deliveries that the caller's transaction has taken, and record their success.

    Raises:
        Lost: somebody else has one of them; nothing may be done.
    """
    started_at = timezone.now()
    events = [delivery.event for delivery in deliveries]
    with acting_as(acting_for(tenant_id, actor=f"receiver:{receiver.name}")):
        attempts.begin(receiver.name, events)
        receiver.handle(events)
    finished_at = timezone.now()
    done = ledger.rows(deliveries).update(
        status=Delivery.Status.SUCCEEDED,
        attempts=F("attempts") + 1,
        attempt_token=None,
        started_at=started_at,
        finished_at=finished_at,
        last_error="",
    )
    if done != len(deliveries):
        raise Lost(Lost.__doc__)
    metrics.count_runs(receiver.name, done, (finished_at - started_at).total_seconds())
