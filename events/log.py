"""The event log. Services append to it in their transactions; :mod:`events.log_reader` reads it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.dispatch import Signal

from events import clock
from events.models import Event
from tenants.context import current_caller, current_tenant_id
from tenants.db.bulk_insert import insert_later
from tenants.tracing import spans

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
