"""Give committed events their places in their tenant's stream: a fixed number of statements, whatever their number."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from events import ledger, metrics
from events.insertion import insert
from events.models import Event, Stream
from tenants.context import in_its_tenant

TURN_EVENTS = 500


@in_its_tenant
def number(tenant_id: UUID, *, wait: bool = True) -> list[Event]:
    """Give the tenant's committed, unnumbered events the next sequences by insertion id, and open their deliveries.

    One transaction under the lock of the tenant's stream. The lock is one statement and the read is the next, so that
    (READ COMMITTED) the read sees all that had committed when the lock was got: no event can appear later with a
    place before one that is numbered here. Without ``wait``, a stream that somebody else is numbering (PostgreSQL) is
    left to them.
    """
    with transaction.atomic():
        head = locked_head(tenant_id, wait=wait)
        if head is None:
            return []
        waiting = Event.unguarded.filter(tenant_id=tenant_id, sequence=None).order_by("insertion_id")
        events = list(waiting[:TURN_EVENTS])
        if not events:
            return []
        now = timezone.now()
        for sequence, event in enumerate(events, head + 1):
            event.sequence, event.numbered_at = sequence, now
        write_sequences(events)
        Stream.objects.filter(tenant_id=tenant_id).update(head=head + len(events))
        ledger.open_deliveries(events)
    types = Counter(event.type for event in events)
    transaction.on_commit(partial(metrics.count_numbered, types))  # Of a caller's transaction, if there is one.
    return events


def locked_head(tenant_id: UUID, *, wait: bool) -> int | None:
    """The last sequence given, the stream locked; None if somebody else has the lock and we don't wait."""
    streams = Stream.objects.select_for_update(skip_locked=not wait).filter(tenant_id=tenant_id)
    while not (heads := list(streams.values_list("head", flat=True))):
        if insert([Stream(tenant_id=tenant_id)], skip_conflicts=True):
            return 0  # Nobody else sees it before we commit.
        if not wait:
            return None
    return int(heads[0])


def write_sequences(events: Sequence[Event]) -> None:
    """Write the places that the events were given, and when; all were given them at once.

    Places and ids are whole numbers, so they stand in the statement itself.
    """
    places = ", ".join(f"({event.insertion_id:d}, {event.sequence:d})" for event in events)
    numbered_at = connection.ops.adapt_datetimefield_value(events[0].numbered_at)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE events_event SET sequence = given.column2, numbered_at = %s FROM (VALUES {places}) AS given "  # noqa: S608
            "WHERE insertion_id = given.column1",
            [numbered_at],
        )
