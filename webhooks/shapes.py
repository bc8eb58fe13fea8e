"""Which events an endpoint wants, and what is sent of each.

GraphQL belongs to a package above this one, which registers with :data:`made_by` what makes a shape of a document.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol
from uuid import UUID

import orjson

from events.cloudevents import MEDIA_TYPE, cloud_event
from events.models import Event
from webhooks.models import Endpoint

KEPT = 256
FILTER = """\
subscription ($types: [OrderEventType!], $where: OrderWhere) { orderEvents(types: $types, where: $where) { id } }\
"""
JSON = "application/json"


class InvalidShape(ValueError):
    """The document or the filter is refused; ``messages`` says why."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__("; ".join(messages))
        self.messages = messages


class Selection(Protocol):
    """A subscription's document, for a tenant's events that come from elsewhere."""

    def matches(self, event: Event) -> bool:
        """Whether the subscription would send the event."""

    def body(self, event: Event) -> bytes:
        """The bytes that the subscription would send for the event."""


MakeSelection = Callable[[UUID, str, Mapping[str, Any]], Selection]
made_by: list[MakeSelection] = []
"""Makes the selection of a tenant, a document and its variables, or raises :class:`InvalidShape`. One is registered."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The events that an endpoint wants, and the form of their bodies."""

    event_types: frozenset[str]
    filtered: Selection | None
    document: Selection | None

    def wants(self, event: Event) -> bool:
        """Whether to send the event: all three conditions are met."""
        if self.event_types and event.type not in self.event_types:
            return False
        return all(one is None or one.matches(event) for one in (self.filtered, self.document))

    def body(self, event: Event) -> tuple[bytes, str]:
        """The body and its media type."""
        if self.document is not None:
            return self.document.body(event), JSON
        return orjson.dumps(cloud_event(event)), MEDIA_TYPE


@lru_cache(KEPT)
def selection(tenant_id: UUID, document: str, where: bytes) -> Selection:
    """The selection of a document, or of a filter as JSON. It is kept.

    Raises:
        InvalidShape: it is refused.
    """
    variables = {"where": orjson.loads(where)} if where else {}
    [make] = made_by
    return make(tenant_id, document, variables)


def shape_of(endpoint: Endpoint) -> Shape:
    """The shape of an endpoint.

    Raises:
        InvalidShape: its document or its filter is not valid, any more.
    """
    tenant_id = endpoint.tenant_id
    where = orjson.dumps(endpoint.where, option=orjson.OPT_SORT_KEYS) if endpoint.where else b""
    return Shape(
        frozenset(endpoint.event_types),
        selection(tenant_id, FILTER, where) if where else None,
        selection(tenant_id, endpoint.document, b"") if endpoint.document else None,
    )
