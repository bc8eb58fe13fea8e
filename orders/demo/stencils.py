"""Stencils: the rows of an order's whole life as text, with gaps for what differs from order to order.

A stencil is made of one order that the code of the services has checked and taken through its life. Filling its gaps
(ids, numbers, customer, times, places in the log and in the audit trail) takes a fiftieth of the time.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from audit.chain import RecordContent, canonical_record
from audit.models import AuditHead
from audit.services import chained
from events import clock, log
from events.log import NewEvent
from events.models import Delivery, Event
from events.receivers import LEDGER_KINDS, delivery_id, receivers_of
from orders import event_types
from orders.demo.stories import Step, Story
from orders.locked_orders import moved
from orders.models import Order
from orders.receivers.audit import entry_of
from orders.states import Status
from tenants.context import current_tenant_id
from tenants.db.copying import line

AUDIT: Final = "audit"
"""The receiver whose work is done here."""
REASON: Final = "Demo data: this is history."
BEGIN: Final = datetime(2001, 1, 1, 0, 0, 0, 1, UTC)
"""When every order of a stencil is placed."""
KEY, SEQUENCE, POSITION = (7_770_001_112_223_000 + number for number in range(1, 4))
ID, EVENT_ID, NUMBER, SEARCH = UUID(int=KEY), UUID(int=SEQUENCE), "ZZZZZ-ZZZZZ", "the text that is searched"
NAME, EMAIL, REFERENCE = "Sam Stencil", "sam.stencil@example.com", "STENCIL-REFERENCE"
HASH, PREVIOUS = "hash of a stencil", "previous hash of a stencil"
GAPS: Final = {
    str(ID): "order",
    NUMBER: "number",
    SEARCH: "search",
    NAME: "name",
    EMAIL: "email",
    REFERENCE: "reference",
    str(EVENT_ID): "event",
    str(KEY): "key",
    str(SEQUENCE): "sequence",
    str(POSITION): "position",
    PREVIOUS: "previous",
    HASH: "hash",
}


@dataclass(frozen=True, slots=True)
class EventStencil:
    """An event of a life: the time since the order was placed, and rows."""

    after: timedelta
    order: str
    """The order as the event left it."""
    event: str
    receivers: tuple[str, ...]
    deliveries: tuple[str, ...]
    audited: str
    """What its audit record's hash is made of; empty if it has none."""
    record: str


@dataclass(frozen=True, slots=True)
class Stencil:
    """The events of an order's life, and the rows of its lines and tags."""

    has_reference: bool
    order_lines: tuple[str, ...]
    tags: tuple[str, ...]
    events: tuple[EventStencil, ...]


def stencil_of(story: Story) -> Stencil:
    """Place the story's order and take it through its life, in memory, for the current tenant and caller."""
    reference = REFERENCE if story.new.external_reference else None
    new = replace(story.new, customer_name=NAME, customer_email=EMAIL, external_reference=reference)
    times = [BEGIN, *(BEGIN + whole(after) for after, _ in story.later)]
    gaps = GAPS | {moment.isoformat(): f"time{at}" for at, moment in enumerate(times)}
    with clock.at(BEGIN):
        order = new.unsaved()
        order.id, order.number = ID, NUMBER
        lines = order.completed(new.lines)
        order.search_text = SEARCH
        gaps |= {str(one.id): f"line{at}" for at, one in enumerate(lines)}
        events = [event_stencil(order, order.created_event(), gaps)]
    for moment, (_, step) in zip(times[1:], story.later, strict=True):
        with clock.at(moment):
            event = order.changed(*change_of(order, step), **story.details.get(step, {}))
            events.append(event_stencil(order, event, gaps))
    return Stencil(
        has_reference=reference is not None,
        order_lines=tuple(with_gaps(line(one), gaps) for one in lines),
        tags=tuple(with_gaps(line(one), gaps) for one in order.tag_rows()),
        events=tuple(events),
    )


def whole(time: timedelta) -> timedelta:
    """The time in tens of microseconds: added to a moment that ends in 1, it gives another, with six decimals."""
    return time - time % timedelta(microseconds=10)


def with_gaps(text: str, gaps: Mapping[str, str]) -> str:
    """The text as a format with a named gap for each of these parts."""
    text = text.replace("%", "%%")
    for part, name in gaps.items():
        text = text.replace(part, f"%({name})s")
    return text


def change_of(order: Order, step: Step) -> tuple[str, dict[str, Any]]:
    """The type of a step's event, and the fields that it changes."""
    if isinstance(step, Status):
        return event_types.OF_STATUS[step], moved(order, step)
    return event_types.PROCESSING, {"processing_status": step.value, "updated_at": clock.now()}


def event_stencil(order: Order, new: NewEvent, gaps: dict[str, str]) -> EventStencil:
    """The rows of an event that has happened to the order now, of its deliveries and of its audit record."""
    event = log.unsaved(new)[0]
    event.id, event.insertion_id, event.sequence, event.numbered_at = EVENT_ID, KEY, SEQUENCE, event.occurred_at
    deliveries = list(deliveries_of(event))
    audited = record = ""
    if any(delivery.receiver == AUDIT for delivery in deliveries):
        row = chained(AuditHead(tenant_id=current_tenant_id(), position=POSITION - 1, hash=PREVIOUS), entry_of(event))
        row.created_at, row.hash = event.occurred_at, HASH
        content = RecordContent(*(getattr(row, name) for name in RecordContent._fields))
        audited = with_gaps(canonical_record(str(row.tenant_id), content).decode(), gaps)
        record = with_gaps(line(row), gaps)
    return EventStencil(
        after=event.occurred_at - BEGIN,
        order=with_gaps(line(order), gaps),
        event=with_gaps(line(event), gaps),
        receivers=tuple(one.receiver for one in deliveries),
        deliveries=tuple(with_gaps(line(one), gaps | {str(one.id): "delivery"}) for one in deliveries),
        audited=audited,
        record=record,
    )


def deliveries_of(event: Event) -> Iterator[Delivery]:
    """The deliveries of an event, all of them finished."""
    for receiver in receivers_of(LEDGER_KINDS):
        if event.type in receiver.event_types and not receiver.on_request:
            is_done = receiver.name == AUDIT
            yield Delivery(
                id=delivery_id(event.id, receiver.name),
                tenant_id=event.tenant_id,
                event_id=event.insertion_id,
                receiver=receiver.name,
                order_id=event.order_id,
                sequence=event.sequence or 0,
                status=Delivery.Status.SUCCEEDED if is_done else Delivery.Status.SKIPPED,
                attempts=int(is_done),
                due_at=event.occurred_at,
                last_error="" if is_done else REASON,
                started_at=event.occurred_at if is_done else None,
                finished_at=event.occurred_at,
                created_at=event.occurred_at,
            )
