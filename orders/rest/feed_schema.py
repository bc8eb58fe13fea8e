"""The descriptions of the feed and of the table of orders in the OpenAPI document."""

from collections.abc import Mapping
from typing import Any, Final

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from events.cloudevents import MEDIA_TYPE
from orders.contracts.asyncapi import ATTRIBUTES, OPTIONAL, example
from orders.event_types import ALL_EVENTS, CREATED
from orders.rest.api_schema import FILTERS, Operation, refusals

MOST_STREAMED: Final = 1_000_000_000
"""The most events that a client may ask a stream for."""


def in_openapi(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A plain JSON Schema in the words of OpenAPI 3.0."""
    words = {"const": "enum", "examples": "example"}
    return {
        words.get(name, name): [value] if name == "const" else value[0] if name == "examples" else value
        for name, value in schema.items()
    }


CLOUD_EVENT: Final[dict[str, Any]] = {
    "type": "object",
    "description": f"A CloudEvent (`{MEDIA_TYPE}`). `dataschema` names the JSON Schema of `data`.",
    "required": [*(name for name in ATTRIBUTES if name not in OPTIONAL), "type", "dataschema", "data"],
    "properties": {
        **{name: in_openapi(schema) for name, schema in ATTRIBUTES.items()},
        "type": {"type": "string", "enum": list(ALL_EVENTS), "description": "What happened."},
        "dataschema": {
            "type": "string",
            "description": "`urn:orders:event:TYPE:VERSION`: the schema at `/api/events/schemas/TYPE/VERSION.json`.",
        },
        "data": {"type": "object", "additionalProperties": {}, "description": "The event's payload."},
    },
    "example": example(CREATED),
}
PAGE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["next", "cursor", "events"],
    "properties": {
        "next": {
            "type": "string",
            "format": "uri",
            "nullable": True,
            "description": "The URL of the next page. Null at the end of the log.",
        },
        "cursor": {
            "type": "string",
            "description": "Where to go on, as `after`, also if this page is the last one at the moment.",
        },
        "events": {"type": "array", "items": CLOUD_EVENT, "description": "The events, oldest first."},
    },
}
AFTER = OpenApiParameter(
    "after",
    {"type": "string", "minLength": 1},
    description="Only events after this cursor, which is an event's or a page's. Defaults to the oldest event kept.",
)
TYPES = OpenApiParameter(
    "types",
    enum=ALL_EVENTS,
    many=True,
    description="Only events of these types. Repeat the parameter, or separate types by commas.",
)
LIMIT = OpenApiParameter(
    "limit",
    {"type": "integer", "minimum": 1, "maximum": MOST_STREAMED},
    description="The most events. A page has at most 100, and 20 by default; a stream has no limit by default.",
)
FOLLOW = OpenApiParameter(
    "follow",
    OpenApiTypes.BOOL,
    description="With `true`, a stream does not end: it goes on with live events. An empty line is a heartbeat.",
)
EVENTS: Operation = {
    "operation_id": "events_list",
    "tags": ["events"],
    "summary": "Read the event log",
    "description": (
        "The events of your tenant as CloudEvents, oldest first: pages as JSON, or, with "
        "`Accept: application/x-ndjson`, a stream with one event a line. A stream that ends without its last chunk was "
        "cut off: go on after the last cursor."
    ),
    "parameters": [AFTER, TYPES, LIMIT, FOLLOW],
    "responses": {
        (200, "application/json"): OpenApiResponse(PAGE, description="A page, or a stream of the events."),
        (200, "application/x-ndjson"): OpenApiResponse(OpenApiTypes.STR),
        **refusals(410),
    },
}
SORT = OpenApiParameter(
    "sort",
    enum=[f"{sign}{name}" for name in ("placed", "changed", "total") for sign in ("-", "")],
    default="-placed",
    description="By what rows are sorted; with a minus sign, the newest or the largest first.",
)
SPREADSHEET = OpenApiParameter(
    "spreadsheet",
    enum=["point", "comma"],
    description="For a spreadsheet with this decimal sign: with a byte order mark; with `comma`, also with decimal "
    "commas, and semicolons between cells. By default, plain CSV with decimal points.",
)
ORDER_TABLE: Operation = {
    "operation_id": "orders_table",
    "tags": ["orders"],
    "summary": "Export orders as CSV",
    "description": (
        "All orders that match the filters, one a row, without their lines. Text that a spreadsheet would run as a "
        "formula has an apostrophe in front. An export that ends without its last chunk is not complete. An order that "
        "changes meanwhile may be missing or have two rows if rows are sorted by `changed`."
    ),
    "parameters": [*FILTERS, SORT, SPREADSHEET],
    "responses": {
        (200, "text/csv"): OpenApiResponse(OpenApiTypes.STR, description="The table, with a head."),
        **refusals(),
    },
}
