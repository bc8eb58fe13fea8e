"""Events as CloudEvents."""

from datetime import datetime

import orjson
import pytest

from events import cursors, log_reader
from events.cloudevents import cloud_event
from events.models import Event
from tests.factories import place_order

pytestmark = pytest.mark.django_db


def first_event(tenant) -> Event:
    place_order()
    return log_reader.read_after(tenant.pk, 0)[0]


def test_the_envelope_names_what_happened_where_and_when(tenant):
    event = first_event(tenant)

    envelope = orjson.loads(orjson.dumps(cloud_event(event)))

    assert datetime.fromisoformat(envelope.pop("time")) == event.occurred_at
    assert cursors.decode(tenant.pk, envelope.pop("cursor")) == 1
    assert envelope == {
        "specversion": "1.0",
        "id": str(event.id),
        "source": f"urn:orders:tenant:{tenant.pk}",
        "type": "order.created",
        "subject": str(event.order_id),
        "datacontenttype": "application/json",
        "dataschema": "urn:orders:event:order.created:1",
        "sequence": "0000000000000000001",
        "actor": event.actor,
        "data": event.payload,
    }


def test_sequences_are_ordered_as_texts(tenant):
    event = first_event(tenant)
    texts = []
    for event.sequence in (2, 10, 2**63 - 1):
        texts.append(cloud_event(event)["sequence"])

    assert texts == sorted(texts)


def test_an_event_of_a_trace_has_its_traceparent(tenant):
    event = first_event(tenant)
    event.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    assert cloud_event(event)["traceparent"] == event.traceparent
