"""The ledger's moves: claim a delivery, record how it went. Only the holder of the attempt's token may record."""

import random
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import structlog
from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from events import switches
from events.metrics import metrics
from events.models import Delivery, Event
from events.receivers import LEDGER_KINDS, RECEIVERS, Receiver, delivery_id, receivers_of
from tenants.context import in_its_tenant
from tenants.db import sql
from tenants.db.bulk_insert import insert_later

log = structlog.get_logger(__name__)

BACKOFF_SECONDS, BACKOFF_LIMIT_SECONDS = 1.0, 600.0
HANDED_SECONDS = 3.0
"""How long a delivery that was handed over, or sent as a task, may stay unclaimed before it is looked at again."""
RECORD_TOGETHER = """
    UPDATE events_delivery SET status = 'SUCCEEDED', attempts = 1, started_at = %s, finished_at = %s, last_error = ''
    WHERE id IN (SELECT id FROM events_delivery WHERE id IN {ids} AND status = 'PENDING' AND attempts = 0 {lock})
"""
LONGEST_ERROR = 2000
SILENT = "LeaseOver: the attempt ended without a word"


def open_deliveries(
    events: Iterable[Event], receivers: Iterable[Receiver] | None = None, *, handed: Collection[str] = ()
) -> list[Delivery]:
    """Insert a PENDING delivery for each receiver (of ``receivers``, or of all) that asked for one of ``events``.

    Those that exist stay as they are. Those for the receivers named by ``handed``, unless they may have to wait for
    another event of their order, are the caller's to do when this has committed: nobody else looks at them for
    ``HANDED_SECONDS``. What it can't do it gives back (:func:`hand_back`), or nobody does and the relay finds it.
    """
    wanted = receivers_of(LEDGER_KINDS) if receivers is None else list(receivers)
    now = timezone.now()
    later = now + timedelta(seconds=HANDED_SECONDS)
    rows = [
        Delivery(
            id=delivery_id(event.id, receiver.name),
            tenant_id=event.tenant_id,
            event=event,
            receiver=receiver.name,
            order_id=event.order_id,
            sequence=event.sequence or 0,
            due_at=later if receiver.name in handed and receiver.never_waits(event) else now,
            created_at=now,
        )
        for event in events
        for receiver in wanted
        if event.type in receiver.event_types
    ]
    insert_later(rows, skip_conflicts=True)
    return rows


def hand_back(deliveries: Sequence[Delivery]) -> None:
    """What was handed over, or noted as sent, could not be done: it is due at once, as if nobody had tried."""
    marked = {delivery.due_at for delivery in deliveries}
    unclaimed = rows(deliveries).filter(status=Delivery.Status.PENDING, due_at__in=marked)
    unclaimed.update(due_at=F("created_at"))


def release_all() -> int:
    """Release the deliveries that an ended process had in hand or had sent as tasks; they are due now. How many.

    Only where no other process works on this database, and the broker's messages are gone. Pauses after a failure stay.
    """
    now = timezone.now()
    waiting = Delivery.objects.all_tenants().filter(due_at__gt=now)
    sent: int = waiting.filter(status=Delivery.Status.PENDING).update(due_at=F("created_at"))
    running: int = waiting.filter(status=Delivery.Status.RUNNING).update(due_at=now)
    return sent + running


@in_its_tenant
def due(
    tenant_id: UUID, receivers: Iterable[Receiver] | None = None, *, limit: int = 1000, take: bool = False
) -> list[Delivery]:
    """The tenant's deliveries to these receivers, or to all, to look at now, oldest first, with their events.

    Left out are receivers that are switched off or unknown here, and, for receivers that keep order, events whose
    predecessor of the same order is unfinished. With ``take`` they are the caller's until its transaction ends: on
    PostgreSQL their rows are locked and those in other hands left out, on SQLite nobody else writes.
    """
    off = switches.switched_off(tenant_id)
    asked = receivers_of(LEDGER_KINDS) if receivers is None else receivers
    known = [receiver for receiver in asked if receiver.name not in off]
    names = [receiver.name for receiver in known]
    ready = Delivery.objects.all_tenants().filter(
        tenant_id=tenant_id, status__in=Delivery.UNFINISHED, due_at__lte=timezone.now(), receiver__in=names
    )
    if any(receiver.ordered for receiver in known):
        ready = ready.exclude(blocked())
    if take and connection.features.has_select_for_update_skip_locked:
        ready = ready.select_for_update(skip_locked=True, of=("self",))
    return list(ready.select_related("event").order_by("sequence")[:limit])


def blocked() -> Q:
    """Deliveries of order-keeping receivers that have an unfinished predecessor of the same order."""
    keep_order = [receiver.name for receiver in RECEIVERS.values() if receiver.ordered]
    earlier = Delivery.objects.all_tenants().filter(
        tenant_id=OuterRef("tenant_id"),
        order_id=OuterRef("order_id"),
        receiver=OuterRef("receiver"),
        sequence__lt=OuterRef("sequence"),
        status__in=Delivery.UNFINISHED,
    )
    return Q(receiver__in=keep_order) & Q(Exists(earlier))


def row(delivery: UUID) -> QuerySet[Delivery]:
    """The row of this delivery, in a query set."""
    rows: QuerySet[Delivery] = Delivery.objects.all_tenants().filter(pk=delivery)
    return rows


def rows(deliveries: Iterable[Delivery]) -> QuerySet[Delivery]:
    """The rows of these deliveries."""
    found: QuerySet[Delivery] = Delivery.objects.all_tenants().filter(pk__in=[delivery.pk for delivery in deliveries])
    return found


def claim(delivery: UUID, *, lease_seconds: float, as_sent: bool = False, wait: bool = True) -> UUID | None:
    """Take the delivery for one attempt and return the attempt's token, or None if it is done, taken or not due.

    One conditional UPDATE, the same on every database. ``as_sent`` lets one that was sent or handed over be taken
    before ``due_at``, when it is to be sent again. Without ``wait``, one whose row somebody else holds (PostgreSQL) is
    taken.
    """
    now, token = timezone.now(), uuid4()
    free = Q(status__in=Delivery.UNFINISHED, due_at__lte=now)
    if as_sent:
        free |= Q(status=Delivery.Status.PENDING)
    unclaimed = row(delivery)
    if not wait and connection.features.has_select_for_update_skip_locked:
        unclaimed = unclaimed.filter(pk__in=row(delivery).select_for_update(skip_locked=True).values("pk"))
    taken = unclaimed.filter(free).update(
        status=Delivery.Status.RUNNING,
        attempts=F("attempts") + 1,
        attempt_token=token,
        started_at=now,
        finished_at=None,
        due_at=now + timedelta(seconds=lease_seconds),
    )
    return token if taken else None


def record_success(delivery: UUID, token: UUID) -> bool:
    """Record that the attempt succeeded; False if the token is no longer the holder's."""
    now = timezone.now()
    held = row(delivery).filter(status=Delivery.Status.RUNNING, attempt_token=token)
    return bool(held.update(status=Delivery.Status.SUCCEEDED, finished_at=now, attempt_token=None, last_error=""))


def record_failure(delivery: UUID, token: UUID, error: Exception, *, max_attempts: int) -> bool:
    """Record that the attempt failed and when the next is due, or that it was the last; False if not the holder."""
    held = row(delivery).filter(status=Delivery.Status.RUNNING, attempt_token=token)
    found = held.values_list("attempts", "receiver").first()
    if found is None:
        return False
    attempts, receiver = found
    status = Delivery.Status.DEAD if attempts >= max_attempts else Delivery.Status.RETRYING
    now = timezone.now()
    recorded = held.update(
        status=status, due_at=next_attempt(now, attempts), finished_at=now, attempt_token=None, last_error=told(error)
    )
    if recorded:
        counter = metrics.DEAD_LETTERS if status == Delivery.Status.DEAD else metrics.RETRIES
        counter.labels(receiver).inc()
    return bool(recorded)


def told(error: Exception) -> str:
    """An error's class and message, as every database can keep it: what can't be written is escaped."""
    try:
        message = str(error)
    except Exception as another:  # a class of somebody else's
        message = f"without a message ({type(another).__name__})"
    text = f"{type(error).__name__}: {message}".replace("\0", "\\x00")
    return text.encode(errors="backslashreplace").decode()[:LONGEST_ERROR]


def next_attempt(now: datetime, attempts: int) -> datetime:
    """When to try again after ``attempts`` failures: doubling from one second to ten minutes, half of it at random."""
    pause = min(BACKOFF_SECONDS * 2 ** min(attempts - 1, 20), BACKOFF_LIMIT_SECONDS)
    return now + timedelta(seconds=pause * random.uniform(0.5, 1.0))  # noqa: S311  # jitter, not a secret


def skip(events: Iterable[Event], receivers: Iterable[str], *, reason: str) -> int:
    """Count the unfinished deliveries of these events to these receivers as done without their effect; how many.

    ``reason`` stays with each, for whoever asks later why there is no mail.
    """
    names = list(receivers)
    ids = [delivery_id(event.id, name) for event in events for name in names]
    unfinished = Delivery.objects.all_tenants().filter(pk__in=ids, status__in=Delivery.UNFINISHED)
    skipped: int = unfinished.update(
        status=Delivery.Status.SKIPPED, finished_at=timezone.now(), attempt_token=None, last_error=reason
    )
    return skipped


def record_together(deliveries: Sequence[Delivery], started_at: datetime, finished_at: datetime) -> bool:
    """Record the success of deliveries that nobody had tried before; False if somebody else has, or is about to.

    Then some may be recorded and some not: the caller's transaction, and the effects in it, must not be kept. One
    UPDATE that waits for nobody, so that two who do the same can't be in each other's way.
    """
    ids = [delivery.pk for delivery in deliveries]
    statement = RECORD_TOGETHER.format(ids=sql.places(ids), lock="{lock}")
    return sql.change(statement, started_at, finished_at, *ids, wait=False) == len(ids)


def named(delivery: Delivery) -> dict[str, str]:
    """A delivery's fields in the log: ids alone."""
    event = delivery.event
    return {
        "receiver": delivery.receiver,
        "delivery_id": str(delivery.pk),
        "event_id": str(event.id),
        "event_type": event.type,
        "order_id": str(event.order_id),
        "tenant_id": str(event.tenant_id),
        "request_id": event.request_id,
    }
