"""An attempt to handle a delivery: its listeners, its context, its metrics and its failure."""

from collections.abc import Callable, Sequence
from typing import cast
from uuid import UUID

import structlog
from structlog.contextvars import bound_contextvars

from events.dispatch import ledger
from events.metrics import metrics
from events.models import Delivery, Event
from events.receivers import Receiver, family_of
from tenants.context import acting_as, acting_for
from tenants.tracing import spans

log = structlog.get_logger(__name__)

Listener = Callable[[str, Sequence[Event]], None]
listeners: list[Listener] = []
"""Called before each attempt; an exception of a listener is the attempt's failure. Only the signal lab has one."""


def begin(receiver: str, events: Sequence[Event]) -> None:
    """Call the listeners: a receiver is about to handle these events."""
    for listener in listeners:
        listener(receiver, events)


def handle(delivery: Delivery, receiver: Receiver, work: Callable[[Event], None]) -> None:
    """Do the work as the event's tenant; log lines meanwhile carry the event, order, tenant and request."""
    event = delivery.event
    caller = acting_for(
        cast(UUID, event.tenant_id),
        actor=f"receiver:{receiver.name}",
        request_id=event.request_id,
        traceparent=event.traceparent,
    )
    with (
        bound_contextvars(**ledger.log_fields(delivery)),
        acting_as(caller),
        metrics.timed(family_of(receiver.name)),
        spans.span(f"receiver {family_of(receiver.name)}", "consumer", [event.traceparent]),
    ):
        begin(receiver.name, [event])
        work(event)
