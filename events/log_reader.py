"""Reading the event log: where it stands, and the numbered events after a position, in one permanent order."""

import json
import math
from typing import Final, NamedTuple
from uuid import UUID

import orjson

from events.errors import CursorAhead, CursorExpired
from events.models import Event, Stream
from tenants.context import in_its_tenant

FIRST_EVENTS = 16
"""Events that are read first, while their size is not known."""
EVENT_BYTES: Final = 2_500
"""An event without its payload takes this much memory."""
PER_CHARACTER: Final = 10
"""For each byte of the payload's JSON: four for the payload's objects, the rest for the objects that render it."""


class Position(NamedTuple):
    """The ends of a tenant's log: the fields of :class:`events.models.Stream`."""

    head: int
    floor: int
    resumed_at: int


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
    was set back: a backup was restored, or a replica took over that had not received everything. After
    :func:`events.operations.resume_logs` new sequences are above all of these: then a position below them that no event
    has is one that was lost.

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


def position(tenant_id: UUID) -> Position:
    """The ends of the tenant's log; all zero before its first event."""
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
