"""The AsyncAPI document, the schemas and the page about events, as clients read them."""

import re
from typing import Any

import orjson
import pytest
from django.test import Client
from jsonschema import Draft7Validator

from events import log_reader
from events.cloudevents import cloud_event
from orders.contracts.asyncapi import asyncapi_document
from orders.contracts.json_schema import payload_schema
from orders.event_types import ALL_EVENTS, CREATED, VERSIONS
from tests.factories import place_order


@pytest.fixture
def document() -> Any:
    return Client().get("/api/events/asyncapi.json").json()


def resolved(document: Any, value: Any) -> Any:
    """A part of the document with what it refers to."""
    if isinstance(value, dict) and "$ref" in value:
        found = document
        for name in value["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        return resolved(document, found)
    if isinstance(value, dict):
        return {name: resolved(document, one) for name, one in value.items()}
    return [resolved(document, one) for one in value] if isinstance(value, list) else value


def test_every_type_is_a_message_of_every_channel(document):
    assert document["asyncapi"] == "3.0.0"
    assert list(document["components"]["messages"]) == list(ALL_EVENTS)
    whole = resolved(document, document)
    for channel in whole["channels"].values():
        assert {name: message["name"] for name, message in channel["messages"].items()} == {
            name: name for name in ALL_EVENTS
        }
    assert [whole["operations"][name]["channel"]["title"] for name in whole["operations"]] == ["The feed", "Webhooks"]


@pytest.mark.parametrize("event_type", ALL_EVENTS)
def test_examples_fit_their_schemas(document, event_type):
    message = resolved(document, document["components"]["messages"][event_type])

    Draft7Validator.check_schema(message["payload"])
    for example in message["examples"]:
        assert [error.message for error in Draft7Validator(message["payload"]).iter_errors(example["payload"])] == []


@pytest.mark.django_db
def test_a_real_event_fits_the_document(document, tenant):
    place_order()
    event = orjson.loads(orjson.dumps(cloud_event(log_reader.read_after(tenant.pk, 0)[0])))
    schema = resolved(document, document["components"]["messages"][CREATED]["payload"])

    assert [error.message for error in Draft7Validator(schema).iter_errors(event)] == []
    assert event.keys() <= schema["properties"].keys()


def test_nothing_in_the_document_depends_on_the_host(document):
    assert asyncapi_document("1") == document


@pytest.mark.parametrize("event_type", ALL_EVENTS)
def test_the_schema_of_a_type_is_served_under_its_version(event_type):
    answer = Client().get(f"/api/events/schemas/{event_type}/{VERSIONS[event_type]}.json")

    assert answer["Content-Type"] == "application/schema+json"
    assert answer.json() == payload_schema(event_type, VERSIONS[event_type])


@pytest.mark.parametrize("path", ["order.lost/1", "order.created/2", "order.created/0", "..%2F..%2Fsecret/1"])
def test_there_is_no_other_schema(path):
    assert Client().get(f"/api/events/schemas/{path}.json").status_code == 404


@pytest.mark.parametrize("path", ["/api/events/docs/", "/api/events/docs"])
def test_the_page_shows_every_type_and_loads_nothing_from_elsewhere(path):
    answer = Client().get(path)
    text = answer.content.decode()

    assert answer.status_code == 200
    for event_type in ALL_EVENTS:
        assert f'<section id="{event_type}">' in text
        assert f"/api/events/schemas/{event_type}/1.json" in text
    assert "data.order.lines[].unit_price" in text
    assert "<script" not in text
    assert [url for url in re.findall(r'(?:src|href)="([^"]+)"', text) if not url.startswith(("/", "#"))] == []
