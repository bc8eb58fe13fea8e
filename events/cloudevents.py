"""Events as CloudEvents 1.0 in JSON: the form in which they leave the system by webhooks and by ``/api/events``.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md. One event has the same form wherever it is sent, so
that a consumer can drop repeats: ``source`` and ``id`` together name an event forever.
"""

from typing import Any, Final, cast
from uuid import UUID

from events import cursors
from events.models import Event

MEDIA_TYPE: Final = "application/cloudevents+json"
"""Of one event. Several in an array are ``application/cloudevents-batch+json``."""
SEQUENCE_DIGITS: Final = 19
"""As many as a sequence may have: the extension ``sequence`` has to be ordered as text."""


def cloud_event(event: Event) -> dict[str, Any]:
    """The envelope of a numbered event, in JSON's types; ``data`` is the event's payload itself, not a copy.

    Beside CloudEvents' own attributes it has the extensions ``sequence`` (the place in the tenant's event log),
    ``cursor`` (to go on after the event, as ``after``), ``actor``, and ``traceparent`` where the event has one.
    """
    tenant_id, sequence = cast("UUID", event.tenant_id), cast("int", event.sequence)
    envelope = {
        "specversion": "1.0",
        "id": str(event.id),
        "source": f"urn:orders:tenant:{tenant_id}",
        "type": event.type,
        "subject": str(event.order_id),
        "time": event.occurred_at.isoformat(),
        "datacontenttype": "application/json",
        "dataschema": schema_name(event.type, event.schema_version),
        "sequence": str(sequence).zfill(SEQUENCE_DIGITS),
        "cursor": cursors.encode(tenant_id, sequence),
        "actor": event.actor,
    }
    if event.traceparent:
        envelope["traceparent"] = event.traceparent
    return {**envelope, "data": event.payload}


def schema_name(event_type: str, version: int) -> str:
    """The name of the JSON Schema of a type's payload in a version; it depends on no host name."""
    return f"urn:orders:event:{event_type}:{version}"
