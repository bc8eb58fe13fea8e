"""Follows the server's operations and live events: the times of events, and spans where tracing is on."""

from contextlib import AbstractContextManager

from django.conf import settings

from events.models import Event
from graphql_api.clients.usage import Usage
from graphql_server.documents.uses import Use
from tenants.context import Caller
from tenants.tracing import spans


class Observer:
    """Implements :class:`graphql_server.metrics.Observer`."""

    def __init__(self, usage: Usage) -> None:
        self.operation_names = frozenset(settings.METRICS_OPERATIONS)
        self.usage = usage

    def operation(self, caller: Caller, kind: str, name: str, text: str) -> AbstractContextManager[object]:
        """A span that continues the caller's trace."""
        if spans.tracing is None:
            return spans.NOTHING
        attributes = {"graphql.operation.type": kind, "graphql.operation.name": name, "request_id": caller.request_id}
        if settings.TRACING_DETAILS:
            attributes["graphql.document"] = text
        return spans.span(f"{kind} {name}", "server", [caller.traceparent], **attributes)

    def used(self, caller: Caller, use: Use) -> None:
        """Count what the client uses of the schema."""
        self.usage.count(caller, use)

    def live_event(self, event: Event) -> AbstractContextManager[object]:
        """A span that continues the trace in which the event was recorded."""
        if spans.tracing is None:
            return spans.NOTHING
        return spans.span("live delivery", "producer", [event.traceparent], event_type=event.type)

    def recorded_at(self, event: Event) -> float:
        """The time of the event: the clock of the process that recorded it, right before COMMIT."""
        return event.occurred_at.timestamp()
