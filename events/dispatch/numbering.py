"""Give committed events their places in their tenant's stream: a fixed number of statements, whatever their number."""

from collections import Counter
from collections.abc import Collection
from functools import partial
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from events.dispatch import ledger
from events.metrics import metrics
from events.models import Delivery, Event, Stream
from events.receivers import Kind, receivers_of
from tenants.context import in_its_tenant
from tenants.db import sql
from tenants.db.bulk_insert import insert

TURN_EVENTS = 500
LOCK = "SELECT head FROM events_stream WHERE tenant_id = %s {lock}"
COLUMNS = ", ".join(str(field.column) for field in Event._meta.concrete_fields)
NUMBER = f"""
    UPDATE events_event SET sequence = waiting.place, numbered_at = %s FROM (
        SELECT insertion_id AS which, %s + ROW_NUMBER() OVER (ORDER BY insertion_id) AS place FROM events_event
        WHERE tenant_id = %s AND sequence IS NULL ORDER BY insertion_id LIMIT {TURN_EVENTS}
    ) AS waiting WHERE insertion_id = waiting.which RETURNING {COLUMNS}
"""  # noqa: S608  # made of constants
MOVE = "UPDATE events_stream SET head = %s WHERE tenant_id = %s"


class Turn(NamedTuple):
    """What was numbered, in order, and the deliveries that were opened for it."""

    events: list[Event]
    opened: list[Delivery]

    def handed(self, kind: Kind) -> list[Delivery]:
        """The deliveries to receivers of this kind that are the caller's to do."""
        return [delivery for delivery in self.of(kind) if delivery.was_put_off]

    def has_left(self, kind: Kind) -> bool:
        """Whether there are others of this kind, to be found in the ledger."""
        return not all(delivery.was_put_off for delivery in self.of(kind))

    def of(self, kind: Kind) -> list[Delivery]:
        """The deliveries to receivers of this kind."""
        names = {receiver.name for receiver in receivers_of([kind])}
        return [delivery for delivery in self.opened if delivery.receiver in names]


@in_its_tenant
def number(tenant_id: UUID, *, wait: bool = True) -> list[Event]:
    """:func:`take_turn`, by somebody who does none of the deliveries; the events that were numbered, in order."""
    return take_turn(tenant_id, wait=wait).events


@in_its_tenant
def take_turn(tenant_id: UUID, *, wait: bool = True, handed: Collection[str] = ()) -> Turn:
    """Give the tenant's committed, unnumbered events the next sequences by insertion id, and open their deliveries.

    One transaction under the lock of the tenant's stream. The lock is one statement and the numbering is the next, so
    that (READ COMMITTED) it sees all that had committed when the lock was got: no event can appear later with a
    place before one that is numbered here. Without ``wait``, a stream that somebody else is numbering (PostgreSQL) is
    left to them. For ``handed``, see :func:`events.dispatch.ledger.open_deliveries`.
    """
    with transaction.atomic():
        head = locked_head(tenant_id, wait=wait)
        events = [] if head is None else numbered(tenant_id, head)
        if not events:
            return Turn([], [])
        sql.change_later(MOVE, events[-1].sequence, tenant_id)
        opened = ledger.open_deliveries(events, handed=handed)
    types = Counter(event.type for event in events)
    transaction.on_commit(partial(metrics.count_numbered, types))  # Of a caller's transaction, if there is one.
    return Turn(events, opened)


def locked_head(tenant_id: UUID, *, wait: bool) -> int | None:
    """The last sequence given, the stream locked; None if somebody else has the lock and we don't wait."""
    while not (heads := sql.rows(LOCK, tenant_id, wait=wait)):
        if insert([Stream(tenant_id=tenant_id)], skip_conflicts=True):
            return 0  # Nobody else sees it before we commit.
        if not wait:
            return None
    return int(heads[0][0])


def numbered(tenant_id: UUID, head: int) -> list[Event]:
    """The first events that wait, with the places after ``head``, in order."""
    values = [sql.bound(value) for value in (timezone.now(), head, tenant_id)]
    return sorted(Event.unguarded.raw(NUMBER, values), key=lambda event: event.sequence or 0)
