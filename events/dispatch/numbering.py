"""Number committed events in their tenant's stream, by a fixed number of statements however many events there are."""

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

PASS_EVENTS = 500
LOCK = "SELECT head FROM events_stream WHERE tenant_id = %s {lock}"
COLUMNS = ", ".join(str(field.column) for field in Event._meta.concrete_fields)
NUMBER = f"""
    UPDATE events_event SET sequence = waiting.place, numbered_at = %s FROM (
        SELECT insertion_id AS which, %s + ROW_NUMBER() OVER (ORDER BY insertion_id) AS place FROM events_event
        WHERE tenant_id = %s AND sequence IS NULL ORDER BY insertion_id LIMIT {PASS_EVENTS}
    ) AS waiting WHERE insertion_id = waiting.which RETURNING {COLUMNS}
"""  # noqa: S608  # made of constants
MOVE = "UPDATE events_stream SET head = %s WHERE tenant_id = %s"


class NumberingPass(NamedTuple):
    """The events that a pass has numbered, in order, and the deliveries that it opened for them."""

    events: list[Event]
    opened: list[Delivery]

    def reserved(self, kind: Kind) -> list[Delivery]:
        """The deliveries to receivers of this kind that are reserved for the caller."""
        return [delivery for delivery in self.of(kind) if delivery.is_reserved]

    def has_unreserved(self, kind: Kind) -> bool:
        """Whether there are other deliveries of this kind, to be found in the ledger."""
        return not all(delivery.is_reserved for delivery in self.of(kind))

    def of(self, kind: Kind) -> list[Delivery]:
        """The deliveries to receivers of this kind."""
        names = {receiver.name for receiver in receivers_of([kind])}
        return [delivery for delivery in self.opened if delivery.receiver in names]


@in_its_tenant
def number(tenant_id: UUID, *, wait: bool = True) -> list[Event]:
    """Run a numbering pass that reserves no deliveries; return the numbered events, in order."""
    return run_numbering_pass(tenant_id, wait=wait).events


@in_its_tenant
def run_numbering_pass(tenant_id: UUID, *, wait: bool = True, reserved_for: Collection[str] = ()) -> NumberingPass:
    """Give the tenant's committed, unnumbered events the next sequences by insertion id, and open their deliveries.

    One transaction under the lock of the tenant's stream. The lock is one statement and the numbering is the next:
    under READ COMMITTED it sees every event that had committed when the lock was acquired. So no event can appear later
    with a sequence before one that is numbered here. Without ``wait`` a stream that another process is numbering
    (PostgreSQL) is left alone. For ``reserved_for`` see :func:`events.dispatch.ledger.open_deliveries`.
    """
    with transaction.atomic():
        head = locked_head(tenant_id, wait=wait)
        events = [] if head is None else numbered(tenant_id, head)
        if not events:
            return NumberingPass([], [])
        sql.change_later(MOVE, events[-1].sequence, tenant_id)
        opened = ledger.open_deliveries(events, reserved_for=reserved_for)
    types = Counter(event.type for event in events)
    transaction.on_commit(partial(metrics.count_numbered, types))  # Of a caller's transaction, if there is one.
    return NumberingPass(events, opened)


def locked_head(tenant_id: UUID, *, wait: bool) -> int | None:
    """Lock the stream and return its last sequence; None without ``wait`` if another process has the lock."""
    while not (heads := sql.rows(LOCK, tenant_id, wait=wait)):
        if insert([Stream(tenant_id=tenant_id)], skip_conflicts=True):
            return 0  # No other process sees the new row before this transaction commits.
        if not wait:
            return None
    return int(heads[0][0])


def numbered(tenant_id: UUID, head: int) -> list[Event]:
    """Number the first unnumbered events after ``head``; return them in order."""
    values = [sql.bound(value) for value in (timezone.now(), head, tenant_id)]
    return sorted(Event.unguarded.raw(NUMBER, values), key=lambda event: event.sequence or 0)
