"""The ledger: open, claim and record deliveries. Only the holder of an attempt's token may record its outcome."""

import random
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

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

BACKOFF_SECONDS, BACKOFF_LIMIT_SECONDS = 1.0, 600.0
RESERVED_SECONDS = 3.0
"""How long a delivery that is reserved, or sent as a task, may stay unclaimed before a process looks at it again."""
RECORD_TOGETHER = """
    UPDATE events_delivery SET status = 'SUCCEEDED', attempts = 1, started_at = %s, finished_at = %s, last_error = ''
    WHERE id IN (SELECT id FROM events_delivery WHERE id IN {ids} AND status = 'PENDING' AND attempts = 0 {lock})
"""
LONGEST_ERROR = 2000
LEASE_OVER = "LeaseOver: the attempt ended without a word"


def open_deliveries(
    events: Iterable[Event], receivers: Iterable[Receiver] | None = None, *, reserved_for: Collection[str] = ()
) -> list[Delivery]:
    """Insert a PENDING delivery of each event for each receiver (of ``receivers``, or all) connected to its type.

    Deliveries that exist stay as they are. New ones for the receivers named in ``reserved_for`` are reserved for the
    caller, unless they may have to wait for another event of their order: after this commits, no other process looks at
    them for ``RESERVED_SECONDS``. The caller does them or releases them (:func:`release`); else the relay finds them.
    """
    wanted = receivers_of(LEDGER_KINDS) if receivers is None else list(receivers)
    now = timezone.now()
    later = now + timedelta(seconds=RESERVED_SECONDS)
    rows = [
        Delivery(
            id=delivery_id(event.id, receiver.name),
            tenant_id=event.tenant_id,
            event=event,
            receiver=receiver.name,
            order_id=event.order_id,
            sequence=event.sequence or 0,
            due_at=later if receiver.name in reserved_for and receiver.never_waits(event) else now,
            created_at=now,
        )
        for event in events
        for receiver in wanted
        if event.type in receiver.event_types
    ]
    insert_later(rows, skip_conflicts=True)
    return rows


def release(deliveries: Sequence[Delivery]) -> None:
    """Release these deliveries, which were reserved or marked as sent: they are due immediately."""
    marked = {delivery.due_at for delivery in deliveries}
    unclaimed = rows(deliveries).filter(status=Delivery.Status.PENDING, due_at__in=marked)
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


@in_its_tenant
def due(
    tenant_id: UUID, receivers: Iterable[Receiver] | None = None, *, limit: int = 1000, lock: bool = False
) -> list[Delivery]:
    """The tenant's deliveries to these receivers, or to all, that are due, oldest first, with their events.

    Receivers that are switched off or unknown to this process are left out. So are deliveries to an ordered receiver
    whose predecessor of the same order is unfinished. With ``lock`` no other transaction gets them until this one ends:
    PostgreSQL locks their rows and skips locked ones; SQLite has a single writer.
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
    if lock and connection.features.has_select_for_update_skip_locked:
        ready = ready.select_for_update(skip_locked=True, of=("self",))
    return list(ready.select_related("event").order_by("sequence")[:limit])


def blocked() -> Q:
    """Deliveries to ordered receivers that have an unfinished predecessor of the same order."""
    ordered = [receiver.name for receiver in RECEIVERS.values() if receiver.ordered]
    earlier = Delivery.objects.all_tenants().filter(
        tenant_id=OuterRef("tenant_id"),
        order_id=OuterRef("order_id"),
        receiver=OuterRef("receiver"),
        sequence__lt=OuterRef("sequence"),
        status__in=Delivery.UNFINISHED,
    )
    return Q(receiver__in=ordered) & Q(Exists(earlier))


def row(delivery: UUID) -> QuerySet[Delivery]:
    """A query set of this delivery alone."""
    rows: QuerySet[Delivery] = Delivery.objects.all_tenants().filter(pk=delivery)
    return rows


def rows(deliveries: Iterable[Delivery]) -> QuerySet[Delivery]:
    """A query set of these deliveries."""
    found: QuerySet[Delivery] = Delivery.objects.all_tenants().filter(pk__in=[delivery.pk for delivery in deliveries])
    return found


def claim(delivery: UUID, *, lease_seconds: float, as_sent: bool = False, wait: bool = True) -> UUID | None:
    """Claim the delivery for one attempt; return the attempt's token, or None if it is done, claimed or not due.

    One conditional UPDATE, the same on every database. With ``as_sent`` a delivery that is reserved or sent may be
    claimed before ``due_at``. Without ``wait`` a row that another transaction has locked counts as claimed
    (PostgreSQL).
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
    """Record that the attempt succeeded; False if another attempt holds the delivery now."""
    now = timezone.now()
    held = row(delivery).filter(status=Delivery.Status.RUNNING, attempt_token=token)
    return bool(held.update(status=Delivery.Status.SUCCEEDED, finished_at=now, attempt_token=None, last_error=""))


def record_failure(delivery: UUID, token: UUID, error: Exception, *, max_attempts: int) -> bool:
    """Record that the attempt failed, and when the next is due or that it was the last; False as above."""
    held = row(delivery).filter(status=Delivery.Status.RUNNING, attempt_token=token)
    found = held.values_list("attempts", "receiver").first()
    if found is None:
        return False
    attempts, receiver = found
    status = Delivery.Status.DEAD if attempts >= max_attempts else Delivery.Status.RETRYING
    now = timezone.now()
    recorded = held.update(
        status=status,
        due_at=next_attempt(now, attempts),
        finished_at=now,
        attempt_token=None,
        last_error=error_text(error),
    )
    if recorded:
        counter = metrics.DEAD_LETTERS if status == Delivery.Status.DEAD else metrics.RETRIES
        counter.labels(receiver).inc()
    return bool(recorded)


def error_text(error: Exception) -> str:
    """An error's class and message; characters that a database can't store are escaped."""
    try:
        message = str(error)
    except Exception as another:  # the message of a foreign class may fail
        message = f"without a message ({type(another).__name__})"
    text = f"{type(error).__name__}: {message}".replace("\0", "\\x00")
    return text.encode(errors="backslashreplace").decode()[:LONGEST_ERROR]


def next_attempt(now: datetime, attempts: int) -> datetime:
    """When to try again after ``attempts`` failures: one second, doubled each time up to ten minutes, with jitter."""
    pause = min(BACKOFF_SECONDS * 2 ** min(attempts - 1, 20), BACKOFF_LIMIT_SECONDS)
    return now + timedelta(seconds=pause * random.uniform(0.5, 1.0))  # noqa: S311  # jitter, not a secret


def skip(events: Iterable[Event], receivers: Iterable[str], *, reason: str) -> int:
    """Mark the unfinished deliveries of these events to these receivers as SKIPPED; return how many.

    ``reason`` is stored with each delivery, to explain later why there is no mail.
    """
    names = list(receivers)
    ids = [delivery_id(event.id, name) for event in events for name in names]
    unfinished = Delivery.objects.all_tenants().filter(pk__in=ids, status__in=Delivery.UNFINISHED)
    skipped: int = unfinished.update(
        status=Delivery.Status.SKIPPED, finished_at=timezone.now(), attempt_token=None, last_error=reason
    )
    return skipped


def record_together(deliveries: Sequence[Delivery], started_at: datetime, finished_at: datetime) -> bool:
    """Record the success of deliveries that were never attempted; False if another process has claimed one of them.

    On False some may be recorded and some not: the caller must roll back its transaction, with the effects in it. One
    UPDATE that skips locked rows, so two processes that do the same can't deadlock.
    """
    ids = [delivery.pk for delivery in deliveries]
    statement = RECORD_TOGETHER.format(ids=sql.places(ids), lock="{lock}")
    return sql.change(statement, started_at, finished_at, *ids, wait=False) == len(ids)


def log_fields(delivery: Delivery) -> dict[str, str]:
    """The delivery's fields for a log line: ids only."""
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
