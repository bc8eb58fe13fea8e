"""Remove old events with their deliveries, from the beginning of each tenant's stream on.

A stream never gets a hole: a cursor is either valid or refused as expired. So an event with an unfinished delivery is
kept, with all events after it.
"""

from datetime import datetime, timedelta
from functools import partial
from itertools import takewhile
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from events.dispatch.backoff import backoff
from events.dispatch.periodic.scheduler import every
from events.metrics import metrics
from events.models import Delivery, Event, Stream
from tenants.context import in_its_tenant
from tenants.values.identifiers import made_at

log = structlog.get_logger(__name__)

BATCH = 500
SECONDS = 3600


def retention_ends() -> datetime:
    """The time before which recorded events may be removed."""
    return timezone.now() - timedelta(days=settings.EVENTS_RETENTION_DAYS)


@in_its_tenant
def prune(tenant_id: UUID, *, before: datetime) -> int:
    """Remove a batch of the tenant's events that were recorded before that time; return how many, 0 at the end.

    One short transaction under the lock of the stream, whose floor moves with it. A stream that another transaction has
    locked (PostgreSQL) is left alone.
    """
    with transaction.atomic():
        stream = Stream.objects.select_for_update(skip_locked=True).filter(tenant_id=tenant_id).first()
        last = prunable_to(stream, before=before) if stream else 0
        if stream is None or last == stream.floor:
            return 0
        theirs = Delivery.objects.all_tenants().filter(tenant_id=tenant_id, sequence__lte=last)
        theirs.exclude(status__in=Delivery.UNFINISHED).delete()
        if theirs.filter(status__in=Delivery.UNFINISHED).exists():  # One has just been opened again.
            transaction.set_rollback(True)
            return 0
        first, stream.floor = stream.floor + 1, last
        stream.save(update_fields=["floor"])  # First: removing an event above the floor counts as a bypass.
        removed = Event.unguarded.filter(tenant_id=tenant_id, sequence__gte=first, sequence__lte=last).delete()[0]
    metrics.PRUNED.inc(removed)
    return removed


def prunable_to(stream: Stream, *, before: datetime, limit: int = BATCH) -> int:
    """The last sequence that may be removed, at most ``limit`` events on; the stream's floor if none may."""
    events = Event.unguarded.filter(tenant_id=stream.tenant_id, sequence__gt=stream.floor).order_by("sequence")
    old = list(takewhile(lambda event: made_at(event[0]) < before, events.values_list("id", "sequence")[:limit]))
    last, unfinished = (old[-1][1] or 0) if old else stream.floor, first_unfinished(stream.tenant_id)
    return last if unfinished is None else max(min(last, unfinished - 1), stream.floor)


def first_unfinished(tenant_id: UUID) -> int | None:
    """The sequence of the tenant's oldest event with an unfinished delivery."""
    unfinished = Delivery.objects.all_tenants().filter(tenant_id=tenant_id, status__in=Delivery.UNFINISHED)
    oldest: int | None = unfinished.aggregate(oldest=Min("sequence"))["oldest"]
    return oldest


def prune_all(*, before: datetime) -> int:
    """Remove every tenant's events that are past retention, batch by batch; return how many."""
    removed = 0
    for tenant_id in list(Stream.objects.values_list("tenant_id", flat=True)):
        while batch := backoff.attempt("retention", tenant_id, partial(prune, tenant_id, before=before)):
            removed += batch
    return removed


@every(SECONDS, name="events_retention")
def keep_retention() -> None:
    """Remove events that are past retention; every dispatcher does so each hour."""
    removed = prune_all(before=retention_ends())
    if removed:
        log.info("events_pruned", events=removed)


@in_its_tenant
def prunable(tenant_id: UUID, *, before: datetime) -> tuple[int, int | None]:
    """About how many events may be removed, and the sequence of the event that keeps later ones, if there is one."""
    stream = Stream.objects.filter(tenant_id=tenant_id).first()
    if stream is None:
        return 0, None
    low, high = stream.floor, stream.head
    while low < high:  # Times grow with the sequence: a binary search for the last old event.
        middle = (low + high + 1) // 2
        later = Event.unguarded.filter(tenant_id=tenant_id, sequence__gte=middle).order_by("sequence")
        sequence, made = later.values_list("sequence", "id").first() or (high, None)
        is_old = made is None or made_at(made) < before  # None: it has just been pruned.
        low, high = (sequence or 0, high) if is_old else (low, middle - 1)
    unfinished = first_unfinished(tenant_id)
    blocked = unfinished is not None and unfinished <= low
    last = unfinished - 1 if blocked and unfinished is not None else low
    total = last - stream.floor
    if stream.floor < stream.resumed_at <= last:  # Most of these sequences are lost ones.
        total = Event.unguarded.filter(tenant_id=tenant_id, sequence__gt=stream.floor, sequence__lte=last).count()
    return total, unfinished if blocked else None
