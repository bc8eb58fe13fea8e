"""The JSON Schemas of events, made of the typed payloads."""

from decimal import Decimal
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator, FormatChecker

from events import log_reader
from events.models import Event
from orders import event_types, services
from orders.contracts.json_schema import example_of, payload_schema, schema_of
from orders.integrity import out_of_band
from orders.models import Order
from orders.states import ProcessingStatus, Status
from orders.writing import worker_progress
from orders.writing.refunds import refund_order
from orders.writing.updates import update_order
from tenants.context import current_tenant_id
from tests.factories import place_order

EXACT = FormatChecker(["uuid", "date-time"])


def violations(event_type: str, payload: Any) -> list[str]:
    validator = Draft202012Validator(payload_schema(event_type, 1), format_checker=EXACT)
    return [error.message for error in validator.iter_errors(payload)]


def unknown_fields(schema: Any, value: Any) -> list[str]:
    """The fields of a value that its schema does not describe."""
    if isinstance(value, list) and "items" in schema:
        return [one for item in value for one in unknown_fields(schema["items"], item)]
    if not isinstance(value, dict) or "properties" not in schema:
        return []
    known = schema["properties"]
    inner = [one for name in known.keys() & value.keys() for one in unknown_fields(known[name], value[name])]
    return [*(value.keys() - known.keys()), *inner]


def events_of_every_type() -> list[Event]:
    place_order(metadata={"a": [1, None]}, external_reference="PO-1")
    place_order(total="10.00", customer_email="", customer_name="")
    delivered = place_order(status=Status.PAID)
    services.ship_order(delivered.id, tracking_code="DE42")
    services.deliver_order(delivered.id)
    update_order(delivered.id, {"notes": "Call.", "tags": ["vip"]})
    refund_order(delivered.id, amount=Decimal(5), reason="Damaged.")
    services.cancel_order(place_order().id, reason="Ordered twice.")
    worker_progress.set_processing_status(
        delivered.id, ProcessingStatus.RUNNING, step="check_risk", findings={"risks": ["X"]}
    )
    changed = place_order()
    Order.unguarded.filter(pk=changed.pk).update(customer_name="Changed")
    assert out_of_band.record(changed.pk)
    return log_reader.read_after(current_tenant_id(), 0)


@pytest.mark.django_db
@pytest.mark.both_databases
def test_every_recorded_event_fits_its_schema_and_has_no_other_field():
    events = events_of_every_type()

    assert {event.type for event in events} == set(event_types.ALL_EVENTS)
    for event in events:
        assert violations(event.type, event.payload) == []
        assert unknown_fields(payload_schema(event.type, 1), event.payload) == []


@pytest.mark.parametrize("event_type", event_types.ALL_EVENTS)
def test_schemas_are_valid_in_both_drafts_and_name_themselves(event_type):
    schema = payload_schema(event_type, 1)

    Draft202012Validator.check_schema(schema)
    Draft7Validator.check_schema({name: value for name, value in schema.items() if name != "$schema"})
    assert schema["$id"] == f"urn:orders:event:{event_type}:1"


@pytest.mark.parametrize("event_type", event_types.ALL_EVENTS)
def test_examples_fit(event_type):
    assert violations(event_type, example_of(payload_schema(event_type, 1))) == []


@pytest.mark.parametrize("event_type", event_types.ALL_EVENTS)
@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("order", "total", 25.0),
        ("order", "status", "LOST"),
        ("order", "id", "7"),
        ("order", "created_at", None),
        ("changes", "total", ["1.00"]),
    ],
)
def test_other_values_are_refused(event_type, part, name, value):
    payload = example_of(payload_schema(event_type, 1))
    payload[part][name] = value

    assert violations(event_type, payload) != []


def test_a_type_without_a_schema_is_refused():
    with pytest.raises(TypeError, match="has no JSON Schema here"):
        schema_of(bytes)
