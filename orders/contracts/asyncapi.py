"""The events as an AsyncAPI 3 document, made from the code: https://www.asyncapi.com/docs/reference/specification/v3.0.0."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from events.cloudevents import MEDIA_TYPE
from orders.contracts.json_schema import example_of, payload_schema
from orders.event_types import ALL_EVENTS, VERSIONS

Document = dict[str, Any]

ATTRIBUTES: Final[Document] = {
    "specversion": {"type": "string", "const": "1.0", "description": "The version of CloudEvents."},
    "id": {
        "type": "string",
        "format": "uuid",
        "description": "The event's id. A client that gets an id a second time may drop it.",
        "examples": ["01939af5-7c3e-7b0a-9d54-2f6d1f0c5a12"],
    },
    "source": {
        "type": "string",
        "format": "uri",
        "description": "The tenant.",
        "examples": ["urn:orders:tenant:0a5f5c1e-9a0f-5d0e-8c3b-6f1f6f0c5a13"],
    },
    "subject": {
        "type": "string",
        "format": "uuid",
        "description": "The order's id. Events of one order are in order.",
        "examples": ["01939af5-7c3e-7b0a-9d54-2f6d1f0c5a11"],
    },
    "time": {
        "type": "string",
        "format": "date-time",
        "description": "When the change was made.",
        "examples": ["2026-11-30T12:00:00.123456+00:00"],
    },
    "datacontenttype": {"type": "string", "const": "application/json", "description": "The form of `data`."},
    "sequence": {
        "type": "string",
        "pattern": "^[0-9]{19}$",
        "description": "The place in the tenant's event log: 1, 2, 3 and so on, with leading zeros.",
        "examples": ["0000000000000000042"],
    },
    "cursor": {
        "type": "string",
        "description": "The position after this event. Pass it as `after` to go on there.",
        "examples": ["AQAAAAAAAAAqk1s8H0aJ3m5vXw"],
    },
    "actor": {"type": "string", "description": "Who made the change.", "examples": ["user:ada"]},
    "traceparent": {
        "type": "string",
        "description": "The trace that the change belongs to (W3C Trace Context), if it has one.",
        "examples": ["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"],
    },
}
"""What :func:`events.cloudevents.cloud_event` writes of events of every type, beside the type and its data."""
OPTIONAL: Final = {"traceparent"}
FEED, WEBHOOK = "feed", "webhook"


@cache
def asyncapi_document(version: str) -> Document:
    """The whole document of this version of the system; the same for every host name."""
    messages = {event_type: message(event_type) for event_type in ALL_EVENTS}
    references = {event_type: {"$ref": f"#/components/messages/{event_type}"} for event_type in ALL_EVENTS}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Order System: events",
            "version": version,
            "description": (
                "What happens to orders, as CloudEvents 1.0. The same event has the same form in the feed and in "
                "webhooks, and the same id."
            ),
        },
        "defaultContentType": MEDIA_TYPE,
        "channels": {
            FEED: {
                "address": "/api/events",
                "title": "The feed",
                "description": "GET it as NDJSON or in pages. See the REST API's document for its parameters.",
                "messages": references,
                "bindings": {"http": {}},
            },
            WEBHOOK: {
                "address": None,
                "title": "Webhooks",
                "description": "POST to the address that the tenant has registered.",
                "messages": references,
                "bindings": {"http": {}},
            },
        },
        "operations": {
            "sendToFeed": operation(FEED, "The event log of the caller's tenant, in order, from a cursor on.", "GET"),
            "sendToWebhook": operation(WEBHOOK, "Each event at least once, each order's events in order.", "POST"),
        },
        "components": {"messages": messages, "schemas": {name: data_schema(name) for name in ALL_EVENTS}},
    }


def operation(channel: str, summary: str, method: str) -> Document:
    """The operation of the system on a channel."""
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "bindings": {"http": {"method": method, "bindingVersion": "0.3.0"}},
    }


def message(event_type: str) -> Document:
    """The message of a type of event: its envelope with its data."""
    return {
        "name": event_type,
        "title": event_type,
        "contentType": MEDIA_TYPE,
        "payload": envelope_schema(event_type),
        "examples": [{"name": event_type, "payload": example(event_type)}],
    }


def envelope_schema(event_type: str) -> Document:
    """The schema of a whole CloudEvent of a type; its ``data`` is a reference within the document."""
    attributes = ATTRIBUTES | {
        "type": {"type": "string", "const": event_type, "description": "What happened."},
        "dataschema": {
            "type": "string",
            "const": payload_schema(event_type, VERSIONS[event_type])["$id"],
            "description": "The name of the JSON Schema of `data`, with its version.",
        },
    }
    properties = attributes | {"data": {"$ref": f"#/components/schemas/{event_type}"}}
    required = [name for name in properties if name not in OPTIONAL]
    return {"type": "object", "required": required, "properties": properties}


def data_schema(event_type: str) -> Document:
    """The schema of a type's data, without what names it as a document of its own."""
    schema = payload_schema(event_type, VERSIONS[event_type])
    return {name: value for name, value in schema.items() if not name.startswith("$")}


def example(event_type: str) -> Document:
    """A whole CloudEvent of a type."""
    attributes: Mapping[str, Document] = envelope_schema(event_type)["properties"]
    values = {
        name: schema["const"] if "const" in schema else schema["examples"][0]
        for name, schema in attributes.items()
        if name != "data"
    }
    return values | {"data": example_of(data_schema(event_type))}
