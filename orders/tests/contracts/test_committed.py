"""The committed schemas and examples of every version: they fit the code, and every version is read forever."""

import uuid
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from jsonschema import Draft202012Validator

from events import upcasters
from events.models import Event
from orders import event_types
from orders.contracts import committed, event_payloads
from orders.contracts.json_schema import payload_schema
from orders.models import Order
from tests.factories import place_order

VERSIONS = list(committed.versions())


def test_the_files_fit_the_code():
    assert committed.problems() == []


def test_there_is_no_other_file():
    expected = {make(*one) for one in VERSIONS for make in (committed.schema_file, committed.example_file)}

    assert set(committed.FOLDER.rglob("*.json")) == expected


@pytest.mark.parametrize(("event_type", "version"), VERSIONS)
def test_a_recorded_event_of_every_version_is_read_as_the_present_one(event_type, version, tenant):
    recorded = committed.read(committed.example_file(event_type, version))
    assert Draft202012Validator(committed.read(committed.schema_file(event_type, version))).is_valid(recorded)

    event = Event.from_wire(tenant.pk, wire(event_type, version, recorded))

    assert event.schema_version == event_types.VERSIONS[event_type]
    assert Draft202012Validator(payload_schema(event_type, event.schema_version)).is_valid(event.payload)
    order = Order.from_snapshot(tenant.pk, event.payload["order"])
    assert order.snapshot() == {**event_types.ADDED, **event.payload["order"]}


def wire(event_type: str, version: int, payload: Any) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "type": event_type,
        "schema_version": version,
        "order_id": payload["order"]["id"],
        "order_version": 1,
        "payload": payload,
        "actor": "system",
        "sequence": 1,
        "occurred_at": "2026-11-30T12:00:00+00:00",
    }


@pytest.fixture
def folder(monkeypatch, tmp_path):
    """A copy of the committed files, to be changed."""
    monkeypatch.setattr(committed, "FOLDER", tmp_path / "orders" / "contracts" / "events")
    committed.write()
    return committed.FOLDER


def test_a_second_write_changes_nothing(folder):
    assert committed.write() == []
    assert committed.problems() == []


def test_an_added_field_is_written(folder, monkeypatch):
    monkeypatch.setitem(event_payloads.DETAILS, event_types.PAID, event_payloads.DETAILS[event_types.SHIPPED])

    assert committed.problems() == [f"order.paid 1 has changed in a way that consumers can bear. {committed.RENEW}"]
    assert committed.write() == [committed.schema_file(event_types.PAID, 1)]


def test_a_removed_field_is_refused_and_nothing_is_written(folder, monkeypatch):
    monkeypatch.setitem(event_payloads.DETAILS, event_types.SHIPPED, event_payloads.DETAILS[event_types.PAID])
    before = committed.schema_file(event_types.SHIPPED, 1).read_bytes()

    with pytest.raises(
        CommandError, match=r"order.shipped 1 would break(.|\n)*data.details.tracking_code: was removed"
    ):
        call_command("event_contracts")

    assert committed.schema_file(event_types.SHIPPED, 1).read_bytes() == before
    with pytest.raises(CommandError, match="would break its consumers"):
        call_command("event_contracts", "--check")


def test_a_new_version_needs_an_upcaster(folder, monkeypatch):
    monkeypatch.setitem(event_types.VERSIONS, event_types.SHIPPED, 2)
    monkeypatch.setattr(upcasters, "UPCASTERS", {})
    monkeypatch.setattr(committed, "UPCASTERS", upcasters.UPCASTERS)

    assert committed.problems() == [
        "order.shipped 1 has no upcaster, so recorded events of it can't be read.",
        f"order.shipped 2 has no schema or no example in orders/contracts/events. {committed.RENEW}",
    ]
    upcasters.upcaster(event_types.SHIPPED, from_version=1)(lambda payload: payload)
    committed.write()
    assert committed.problems() == []


def test_a_missing_file_is_named(folder):
    committed.example_file(event_types.CREATED, 1).unlink()

    assert committed.problems() == [
        f"order.created 1 has no schema or no example in orders/contracts/events. {committed.RENEW}"
    ]


@pytest.mark.django_db
def test_events_are_recorded_in_the_version_that_the_code_has(tenant, monkeypatch):
    monkeypatch.setitem(event_types.VERSIONS, event_types.CREATED, 7)

    place_order()

    assert Event.objects.get(type=event_types.CREATED).schema_version == 7


def test_the_command_names_what_it_writes(folder, capsys):
    committed.schema_file(event_types.CREATED, 1).unlink()

    call_command("event_contracts")

    assert capsys.readouterr().err == "orders/contracts/events/order.created/1.json\n"
