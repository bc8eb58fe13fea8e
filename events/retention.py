"""Remove old events with their deliveries, from the beginning of each tenant's stream on.

Nothing is removed out of turn: a stream has no holes, and a cursor is either good or told that it has expired. So an
event with an unfinished delivery is kept, and so is all that came after it.
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
from events.metrics import metrics
from events.models import Delivery, Event, Stream
from events.scheduler import every
from tenants.context import in_its_tenant
from tenants.values.identifiers import made_at

log = structlog.get_logger(__name__)

BATCH = 500
SECONDS = 3600


def retention_ends() -> datetime:
    """Events that were recorded before this time may go."""
    return timezone.now() - timedelta(days=settings.EVENTS_RETENTION_DAYS)


@in_its_tenant
def prune(tenant_id: UUID, *, before: datetime) -> int:
    """Remove the next few of the tenant's events that were recorded before that time; how many, 0 when none are left.

    One short transaction under the lock of the stream, whose floor moves with it. A stream that somebody else holds
    (PostgreSQL) is left to them.
    """
    with transaction.atomic():
        stream = Stream.objects.select_for_update(skip_locked=True).filter(tenant_id=tenant_id).first()
        last = prunable_to(stream, before=before) if stream else 0
        if stream is None or last == stream.floor:
            return 0
        theirs = Delivery.objects.all_tenants().filter(tenant_id=tenant_id, sequence__lte=last)
        theirs.exclude(status__in=Delivery.UNFINISHED).delete()
        if theirs.exists():  # Somebody has just opened one again.
            transaction.set_rollback(True)
            return 0
        first, stream.floor = stream.floor + 1, last
        stream.save(update_fields=["floor"])  # First: an event that is removed above the floor is noticed as a bypass.
        removed = Event.unguarded.filter(tenant_id=tenant_id, sequence__gte=first, sequence__lte=last).delete()[0]
    metrics.PRUNED.inc(removed)
    return removed


def prunable_to(stream: Stream, *, before: datetime, limit: int = BATCH) -> int:
    """The last sequence that may be removed, ``limit`` events on at most; the stream's floor if none may."""
    events = Event.unguarded.filter(tenant_id=stream.tenant_id, sequence__gt=stream.floor).order_by("sequence")
    old = list(takewhile(lambda event_id: made_at(event_id) < before, events.values_list("id", flat=True)[:limit]))
    last, unfinished = stream.floor + len(old), first_unfinished(stream.tenant_id)
    return last if unfinished is None else max(min(last, unfinished - 1), stream.floor)


def first_unfinished(tenant_id: UUID) -> int | None:
    """The sequence of the tenant's oldest event with a delivery that is not over."""
    unfinished = Delivery.objects.all_tenants().filter(tenant_id=tenant_id, status__in=Delivery.UNFINISHED)
    oldest: int | None = unfinished.aggregate(oldest=Min("sequence"))["oldest"]
    return oldest


def prune_all(*, before: datetime) -> int:
    """Remove what is past retention of every tenant, batch by batch; how many events."""
    removed = 0
    for tenant_id in list(Stream.objects.values_list("tenant_id", flat=True)):
        while batch := backoff.attempt("retention", tenant_id, partial(prune, tenant_id, before=before)):
            removed += batch
    return removed


@every(SECONDS, name="events_retention")
def keep_retention() -> None:
    """What every relay does each hour."""
    removed = prune_all(before=retention_ends())
    if removed:
        log.info("events_pruned", events=removed)


@in_its_tenant
def prunable(tenant_id: UUID, *, before: datetime) -> tuple[int, int | None]:
    """About how many events may be removed, and the event that keeps the others, if one does."""
    stream = Stream.objects.filter(tenant_id=tenant_id).first()
    if stream is None:
        return 0, None
    low, high = stream.floor, stream.head
    while low < high:  # Recorded times grow with the sequence: halve until the first one that is kept is found.
        middle = (low + high + 1) // 2
        made = Event.unguarded.values_list("id", flat=True).filter(tenant_id=tenant_id, sequence=middle).first()
        is_old = made is None or made_at(made) < before  # None: somebody has just pruned it.
        low, high = (middle, high) if is_old else (low, middle - 1)
    unfinished = first_unfinished(tenant_id)
    blocked = unfinished is not None and unfinished <= low
    last = unfinished - 1 if blocked and unfinished is not None else low
    return last - stream.floor, unfinished if blocked else None
