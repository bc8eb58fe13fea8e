"""The ledger: open, claim and record deliveries. Only the holder of an attempt's token may record its outcome."""

import random
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from events import switches
from events.errors import RetryLater
from events.metrics import metrics
from events.models import Delivery, Event
from events.receivers import LEDGER_KINDS, Receiver, delivery_id, family_of, receiver_of, receivers_of
from tenants.context import in_its_tenant
from tenants.db import sql
from tenants.db.bulk_insert import insert_later
from tenants.db.compiled_queries import Rows

BACKOFF_SECONDS, BACKOFF_LIMIT_SECONDS = 1.0, 600.0
RESERVED_SECONDS = 3.0
"""Seconds for which a delivery that is reserved, or sent as a task, may stay unclaimed before it is due again."""
HOLD = "SELECT 1 FROM events_delivery WHERE id IN {ids} {lock}"
RECORD = """
    UPDATE events_delivery
    SET status = 'SUCCEEDED', attempts = attempts + 1, started_at = %s, finished_at = %s, last_error = ''
    WHERE id IN (SELECT id FROM events_delivery WHERE id IN {ids} AND status IN ('PENDING', 'RETRYING') {lock})
"""
CLAIM = """
    UPDATE events_delivery
    SET status = 'RUNNING', attempts = attempts + 1, attempt_token = %s, started_at = %s, finished_at = NULL,
        due_at = %s
    WHERE id = %s AND (status IN {unfinished} AND due_at <= %s{sent})
"""
SUCCEED = """
    UPDATE events_delivery SET status = 'SUCCEEDED', finished_at = %s, attempt_token = NULL, last_error = ''
    WHERE id = %s AND status = 'RUNNING' AND attempt_token = %s
"""
BOTH = "SELECT {columns} FROM events_delivery AS delivery JOIN events_event AS event ON insertion_id = event_id"
DUE = f"""
    {BOTH}
    WHERE delivery.tenant_id = %s AND status IN {{unfinished}} AND due_at <= %s AND receiver IN {{receivers}}
        AND NOT (receiver IN {{ordered}} AND EXISTS (
            SELECT 1 FROM events_delivery AS earlier
            WHERE earlier.tenant_id = delivery.tenant_id AND earlier.order_id = delivery.order_id
                AND earlier.receiver = delivery.receiver AND earlier.sequence < delivery.sequence
                AND earlier.status IN {{unfinished}}
        ))
    ORDER BY delivery.sequence LIMIT %s {{lock}}
"""  # noqa: S608  # made of constants
LONGEST_ERROR = 2000
LEASE_OVER = "LeaseOver: the attempt ended without a word"


def open_deliveries(
    events: Iterable[Event], receivers: Sequence[Receiver], *, reserved_for: Collection[str] = ()
) -> list[Delivery]:
    """Insert a PENDING delivery of each event for each of these receivers that is connected to its type.

    Deliveries that exist stay as they are. New ones for the receivers named in ``reserved_for`` are reserved for the
    caller, unless they may have to wait for another event of their order: after this commits, no process takes them
    from the ledger for ``RESERVED_SECONDS``. The caller does or releases them (:mod:`events.dispatch.reservations`).
    """
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
        for receiver in receivers
        if event.type in receiver.event_types
    ]
    insert_later(rows, skip_conflicts=True)
    return rows


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
    asked = receivers_of(LEDGER_KINDS) if receivers is None else list(receivers)
    names = ["", *(receiver.name for receiver in asked if receiver.name not in off)]
    ordered = ["", *(receiver.name for receiver in asked if receiver.ordered)]
    statement = DUE.format(
        columns=columns_of_both(),
        unfinished=sql.places(Delivery.UNFINISHED),
        receivers=sql.places(names),
        ordered=sql.places(ordered),
        lock=sql.lock(wait=False, of="delivery") if lock else "",
    )
    values = (*Delivery.UNFINISHED, timezone.now(), *names, *ordered, *Delivery.UNFINISHED, limit)
    return with_events(sql.rows(statement, tenant_id, *values))


def with_events(found: Sequence[tuple[Any, ...]]) -> list[Delivery]:
    """The deliveries, with their events, of rows of :func:`columns_of_both`."""
    deliveries, events = rows_of_both()
    width = len(deliveries.columns)
    made = deliveries.objects(row[:width] for row in found)
    for delivery, event in zip(made, events.objects(row[width:] for row in found), strict=True):
        delivery.event = event
    return made


@cache
def rows_of_both() -> tuple[Rows[Delivery], Rows[Event]]:
    """Make deliveries and events of their columns."""
    return Rows.of(Delivery.objects.all_tenants()), Rows.of(Event.unguarded.all())


@cache
def columns_of_both() -> str:
    """The columns of a delivery and its event."""
    return ", ".join([*named_columns(Delivery), *named_columns(Event)])


def named_columns(model: type[Delivery | Event]) -> list[str]:
    """The model's columns as ``DUE`` names them."""
    return [f"{model._meta.model_name}.{field.column}" for field in model._meta.concrete_fields]


def row(delivery: UUID) -> QuerySet[Delivery]:
    """A query set of this delivery alone."""
    rows: QuerySet[Delivery] = Delivery.objects.all_tenants().filter(pk=delivery)
    return rows


def tenant_of(delivery: UUID) -> UUID | None:
    """The tenant of a delivery, read across tenants; None if there is no such delivery."""
    found = sql.rows("SELECT tenant_id FROM events_delivery WHERE id = %s", delivery)
    return sql.as_uuid(found[0][0]) if found else None


def with_event(delivery: UUID) -> Delivery | None:
    """The delivery and its event."""
    return next(
        iter(with_events(sql.rows(f"{BOTH.format(columns=columns_of_both())} WHERE delivery.id = %s", delivery))), None
    )


def rows(deliveries: Iterable[Delivery]) -> QuerySet[Delivery]:
    """A query set of these deliveries."""
    found: QuerySet[Delivery] = Delivery.objects.all_tenants().filter(pk__in=[delivery.pk for delivery in deliveries])
    return found


def claim(delivery: UUID, *, lease_seconds: float, as_sent: bool = False) -> UUID | None:
    """Claim the delivery for one attempt; return the attempt's token, or None if it is done, claimed or not due.

    One conditional UPDATE, the same on every database. With ``as_sent`` a delivery that is reserved or sent may be
    claimed before ``due_at``.
    """
    now, token = timezone.now(), uuid4()
    sent = " OR status = 'PENDING'" if as_sent else ""
    statement = CLAIM.format(unfinished=sql.places(Delivery.UNFINISHED), sent=sent)
    until = now + timedelta(seconds=lease_seconds)
    taken = sql.change(statement, token, now, until, delivery, *Delivery.UNFINISHED, now)
    return token if taken else None


def record_success(delivery: UUID, token: UUID) -> bool:
    """Record that the attempt succeeded; False if another attempt holds the delivery now."""
    return bool(sql.change(SUCCEED, timezone.now(), delivery, token))


def record_failure(delivery: UUID, token: UUID, error: Exception, *, max_attempts: int) -> bool:
    """Record that the attempt failed, and when the next is due or that it was the last; False if another has it now."""
    held = row(delivery).filter(status=Delivery.Status.RUNNING, attempt_token=token)
    found = held.values_list("receiver", "attempts", "started_at").first()
    return found is not None and _record_failure(held, Attempt(*found), error, max_attempts)


def record_direct_failure(delivery: Delivery, error: Exception, *, started_at: datetime, max_attempts: int) -> bool:
    """Record a failed attempt whose transaction was rolled back; False if another process has recorded an attempt."""
    held = row(delivery.pk).filter(status__in=Delivery.WAITING, attempts=delivery.attempts)
    attempt = Attempt(delivery.receiver, delivery.attempts + 1, started_at)
    return _record_failure(held, attempt, error, max_attempts)


class Attempt(NamedTuple):
    """An attempt that has ended: the receiver's name, the attempt's number from 1 on, and its start."""

    receiver: str
    number: int
    started_at: datetime | None


def _record_failure(held: QuerySet[Delivery], attempt: Attempt, error: Exception, max_attempts: int) -> bool:
    status = Delivery.Status.DEAD if attempt.number >= max_attempts else Delivery.Status.RETRYING
    now = timezone.now()
    recorded = held.update(
        status=status,
        attempts=attempt.number,
        due_at=next_attempt(now, attempt.number, receiver_of(attempt.receiver), wished_seconds(error)),
        started_at=attempt.started_at,
        finished_at=now,
        attempt_token=None,
        last_error=error_text(error),
    )
    if recorded:
        counter = metrics.DEAD_LETTERS if status == Delivery.Status.DEAD else metrics.RETRIES
        counter.labels(family_of(attempt.receiver)).inc()
    return bool(recorded)


def error_text(error: Exception) -> str:
    """An error's class and message; characters that a database can't store are escaped."""
    try:
        message = str(error)
    except Exception as another:  # the message of a foreign class may fail
        message = f"without a message ({type(another).__name__})"
    text = f"{type(error).__name__}: {message}".replace("\0", "\\x00")
    return text.encode(errors="backslashreplace").decode()[:LONGEST_ERROR]


def wished_seconds(error: Exception) -> float:
    """The pause that the other system has requested, if any."""
    return error.seconds if isinstance(error, RetryLater) else 0.0


def next_attempt(
    now: datetime, attempts: int, receiver: Receiver | None = None, at_least_seconds: float = 0.0
) -> datetime:
    """When to try again after ``attempts`` failures: one second, doubled each time, with jitter.

    At most ten minutes, or as long as the receiver's rules say; ``at_least_seconds`` are kept up to there.
    """
    longest = (receiver and receiver.longest_pause_seconds) or BACKOFF_LIMIT_SECONDS
    pause = min(BACKOFF_SECONDS * 2 ** min(attempts - 1, 20), longest)
    jittered = pause * random.uniform(0.5, 1.0)  # noqa: S311  # jitter, not a secret
    return now + timedelta(seconds=max(jittered, min(at_least_seconds, longest)))


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


def hold(deliveries: Sequence[Delivery]) -> None:
    """Lock these rows until the transaction ends, so that no process takes them from the ledger meanwhile (PostgreSQL).

    The lock is a deferred statement: it costs no round trip. Rows that another transaction has locked are left out;
    :func:`record_done` notices them.
    """
    if connection.features.has_select_for_update_skip_locked:
        ids = [delivery.pk for delivery in deliveries]
        sql.change_later(HOLD.format(ids=sql.places(ids), lock=sql.lock(wait=False)), *ids)


def record_done(deliveries: Sequence[Delivery], started_at: datetime, finished_at: datetime) -> bool:
    """Record that these deliveries succeeded; False if another process has, or has finished, one of them.

    On False some may be recorded and some not: the caller must roll back its transaction, with the effects in it. One
    UPDATE that skips locked rows, so two processes that do the same can't deadlock.
    """
    ids = [delivery.pk for delivery in deliveries]
    statement = RECORD.format(ids=sql.places(ids), lock="{lock}")
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
