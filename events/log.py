"""The event log: events are appended in a transaction and, once it has committed, read in one permanent order."""

import json
import math
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
from django.dispatch import Signal

from events import clock
from events.errors import CursorAhead, CursorExpired
from events.models import Event, Stream
from tenants.context import current_caller, current_tenant_id, in_its_tenant, tenant_context
from tenants.db.bulk_insert import insert_later
from tenants.tracing import spans

FIRST_EVENTS = 16
"""How many events are read first, while their size is not known."""
SEQUENCES_A_SECOND: Final = 1_000_000
EVENT_BYTES: Final = 2_500
"""An event without its payload takes this much memory."""
PER_CHARACTER: Final = 10
"""For each byte of the payload's JSON: four for the payload's objects, the rest for the objects that render it."""

events_recorded = Signal()
"""Sent by :func:`append` inside the transaction, with ``tenant_id``: events are recorded, not yet committed."""


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event as a service describes it; :func:`append` adds the actor and the time."""

    type: str
    order_id: UUID
    order_version: int
    payload: dict[str, Any]
    schema_version: int = 1


class Position(NamedTuple):
    """Where a tenant's log stands: the fields of :class:`events.models.Stream`."""

    head: int
    floor: int
    resumed_at: int


def append(*happened: NewEvent) -> list[Event]:
    """Write events, in this order, in the caller's transaction and for the current tenant and caller.

    Readers see them once that transaction has committed and a numbering pass has numbered them.
    """
    events = unsaved(*happened)
    insert_later(events)
    events_recorded.send(Event, tenant_id=current_tenant_id())
    return events


def unsaved(*happened: NewEvent) -> list[Event]:
    """The events' rows, for the current tenant and caller and at the current time; nothing is written."""
    tenant_id, caller, now, current_span = current_tenant_id(), current_caller(), clock.now(), spans.traceparent()
    return [
        Event(
            tenant_id=tenant_id,
            type=new.type,
            order_id=new.order_id,
            order_version=new.order_version,
            payload=new.payload,
            schema_version=new.schema_version,
            actor=caller.actor,
            ip=caller.ip,
            request_id=caller.request_id,
            traceparent=current_span or caller.traceparent,
            occurred_at=now,
        )
        for new in happened
    ]


@in_its_tenant
def read_after(tenant_id: UUID, sequence: int, *, limit: int = 500, most_bytes: float = math.inf) -> list[Event]:
    """At most ``limit`` numbered events after ``sequence``, in sequence and without a gap, but for that of a restore.

    Fewer if they would take more than about ``most_bytes`` of memory, but at least ``FIRST_EVENTS``.

    Raises:
        CursorExpired: events after ``sequence`` have been pruned.
        CursorAhead: the log does not reach ``sequence``.
    """
    first = limit if most_bytes == math.inf else min(FIRST_EVENTS, limit)
    events = _rows(tenant_id, sequence, first)
    if len(events) == first < limit:
        events = _read_on(tenant_id, events, limit, most_bytes)
    if not events or events[0].sequence != sequence + 1:
        check(tenant_id, sequence)
    return events


def _rows(tenant_id: UUID, sequence: int, limit: int) -> list[Event]:
    rows = Event.objects.all_tenants().filter(tenant_id=tenant_id, sequence__gt=sequence)
    return list(rows.order_by("sequence")[:limit])


def _read_on(tenant_id: UUID, events: list[Event], limit: int, most_bytes: float) -> list[Event]:
    """Read on after ``events``, each time as many as should fit by the size of those that are read."""
    taken = sum(map(bytes_of, events))
    while len(events) < limit and taken < most_bytes:
        fitting = int((most_bytes - taken) * len(events) / taken) + 1
        asked, last = min(limit - len(events), fitting, 3 * len(events) + limit // 2), events[-1].sequence or 0
        more = _rows(tenant_id, last, asked)
        if not more or more[0].sequence != last + 1:  # Pruned meanwhile: the next call raises.
            break
        events += more
        taken += sum(map(bytes_of, more))
        if len(more) < asked:
            break
    return events


def check(tenant_id: UUID, sequence: int) -> None:
    """Refuse a position after which the log can't be read: lost with a restore, or before its first kept event.

    A sequence is committed together with its head. So if the head is below a sequence that a client knows, the database
    was set back: a backup was restored, or a replica took over that had not received everything. After :func:`resume`
    new sequences are above all of these: then a position below them that no event has is one that was lost.

    Raises:
        CursorExpired: events after ``sequence`` have been pruned.
        CursorAhead: the log does not reach ``sequence``, or has lost it.
    """
    last, floor, resumed_at = position(tenant_id)
    if sequence < floor:
        raise CursorExpired(floor)
    if sequence > last:
        raise CursorAhead(last)
    if floor < sequence < resumed_at and sequence != last and not _has(tenant_id, sequence):
        raise CursorAhead(resumed_at)


def _has(tenant_id: UUID, sequence: int) -> bool:
    return bool(Event.objects.all_tenants().filter(tenant_id=tenant_id, sequence=sequence).exists())


def resume() -> int:
    """Let every log go on above all sequences that were ever given; return how many logs there are.

    Called after the database was set back to an earlier state, while no process uses it. Without it, new events would
    get the sequences of lost ones, and a client that comes back late, with the cursor of a lost event, would miss them.
    The new sequences begin with the clock, like the epoch in the upper half of ZooKeeper's ``zxid``: the logs stay
    below it as long as they grow by less than ``SEQUENCES_A_SECOND``. JavaScript still represents it exactly.
    """
    begin = int(clock.now().timestamp()) * SEQUENCES_A_SECOND
    tenant_ids = list(Stream.objects.values_list("tenant_id", flat=True))
    for tenant_id in tenant_ids:
        with tenant_context(tenant_id):
            Stream.objects.filter(tenant_id=tenant_id).update(resumed_at=begin)
    return len(tenant_ids)


def position(tenant_id: UUID) -> Position:
    """Where the tenant's log stands; all zero before its first event."""
    row = Stream.objects.filter(tenant_id=tenant_id).values_list(*Position._fields).first()
    return Position(*(row or (0, 0, 0)))


def head(tenant_id: UUID) -> int:
    """The sequence of the tenant's newest numbered event, 0 before its first."""
    return position(tenant_id).head


def bytes_of(event: Event) -> int:
    """About how many bytes of memory an event takes once it has been rendered; computed once for each event."""
    known = event.__dict__
    if "_bytes" not in known:
        known["_bytes"] = EVENT_BYTES + PER_CHARACTER * json_bytes(event.payload)
    return int(known["_bytes"])


def json_bytes(payload: object) -> int:
    """The length of the payload's JSON in bytes."""
    try:
        return len(orjson.dumps(payload))
    except TypeError:  # such as an integer of more than 64 bits
        return len(json.dumps(payload))
