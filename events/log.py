"""The event log: events are appended in a transaction and, once it has committed, read in one order for ever."""

import math
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.dispatch import Signal

from events import clock
from events.errors import CursorAhead, CursorExpired
from events.event_size import bytes_of
from events.models import Event, Stream
from tenants.context import current_caller, current_tenant_id, in_its_tenant
from tenants.db.bulk_insert import insert_later

FIRST_EVENTS = 16
"""How many events are read first, while their size is not known."""

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


def append(*happened: NewEvent) -> list[Event]:
    """Write events, in this order, in the caller's transaction and for the current tenant and caller.

    Readers see them once that transaction has committed and a numbering pass has numbered them.
    """
    tenant_id, caller, now = current_tenant_id(), current_caller(), clock.now()
    events = [
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
            traceparent=caller.traceparent,
            occurred_at=now,
        )
        for new in happened
    ]
    insert_later(events)
    events_recorded.send(Event, tenant_id=tenant_id)
    return events


@in_its_tenant
def read_after(tenant_id: UUID, sequence: int, *, limit: int = 500, most_bytes: float = math.inf) -> list[Event]:
    """At most ``limit`` numbered events after ``sequence``, in sequence and without a gap.

    Fewer if they would take more than about ``most_bytes`` of memory, but at least ``FIRST_EVENTS``.

    Raises:
        CursorExpired: events after ``sequence`` have been pruned.
        CursorAhead: the log does not reach ``sequence``.
    """
    events = _rows(tenant_id, sequence, limit if most_bytes == math.inf else min(FIRST_EVENTS, limit))
    if len(events) == FIRST_EVENTS < limit:
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
    """Refuse a position after which the log can't be read: ahead of its head, or before its first kept event.

    A sequence is committed together with its head. So if the head is below a sequence that a client knows, the database
    was set back: a backup was restored, or a replica took over that had not received everything.

    Raises:
        CursorExpired: events after ``sequence`` have been pruned.
        CursorAhead: the log does not reach ``sequence``.
    """
    last, floor = position(tenant_id)
    if sequence < floor:
        raise CursorExpired(floor)
    if sequence > last:
        raise CursorAhead(last)


def position(tenant_id: UUID) -> tuple[int, int]:
    """The tenant's ``(head, floor)``: its last numbered and its last pruned sequence; (0, 0) before its first event."""
    row = Stream.objects.filter(tenant_id=tenant_id).values_list("head", "floor").first()
    return row or (0, 0)


def head(tenant_id: UUID) -> int:
    """The sequence of the tenant's newest numbered event, 0 before its first."""
    return position(tenant_id)[0]
