"""A version of an event may grow; what its consumers rely on stays."""

from copy import deepcopy
from typing import Any

import pytest

from orders.contracts.compatibility import breaking_changes
from orders.contracts.json_schema import payload_schema

SCHEMA = payload_schema("order.shipped", 1)


def changed(*path: str, **keywords: Any) -> dict[str, Any]:
    """The schema with other keywords at a path of fields; None removes a keyword."""
    schema = deepcopy(SCHEMA)
    place = schema
    for name in path:
        place = place["items"] if name == "[]" else place["properties"][name]
    for keyword, value in keywords.items():
        if value is None:
            del place[keyword]
        else:
            place[keyword] = value
    return schema


def without(*path: str) -> dict[str, Any]:
    """The schema without the field at a path."""
    schema = changed()
    place = schema
    for name in path[:-1]:
        place = place["properties"][name]
    del place["properties"][path[-1]]
    place["required"] = [name for name in place["required"] if name != path[-1]]
    return schema


def with_field(*, required: bool) -> dict[str, Any]:
    schema = changed()
    order = schema["properties"]["order"]
    order["properties"]["note"] = {"type": "string"}
    order["required"] = [*order["required"], *(["note"] if required else [])]
    return schema


@pytest.mark.parametrize(
    "schema",
    [
        SCHEMA,
        with_field(required=False),
        changed("order", "status", enum=[*SCHEMA["properties"]["order"]["properties"]["status"]["enum"], "REFUNDED"]),
        changed("order", description="In other words."),
        changed("order", "total", examples=["1.00"]),
    ],
    ids=["nothing", "an optional field", "a value of an enumeration", "words", "an example"],
)
def test_consumers_can_bear(schema):
    assert list(breaking_changes(SCHEMA, schema)) == []


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        (without("order", "number"), "data.order.number: was removed"),
        (without("details", "tracking_code"), "data.details.tracking_code: was removed"),
        (changed("order", "total", type="number"), "data.order.total: type was 'string' and is 'number'"),
        (changed("order", "paid_at", format=None), "data.order.paid_at: format was 'date-time' and is None"),
        (changed("order", "status", enum=["NEW"]), "data.order.status: the value 'PAID' was removed"),
        (changed("order", "status", enum=None), "data.order.status: enum was added or removed"),
        (with_field(required=True), "data.order.note: recorded events may lack it; make it NotRequired"),
        (changed("order", required=["id"]), "data.order.number: is not always there any more"),
        (changed("order", "lines", "[]", "sku", type="integer"), "data.order.lines[].sku: type was 'string' and is"),
        (changed("order", "lines", items=None), "data.order.lines: items was added or removed"),
        (changed("changes", additionalProperties={"type": "array"}), "data.changes[]: minItems was 2 and is None"),
    ],
)
def test_what_breaks_consumers_is_named(schema, said):
    found = list(breaking_changes(SCHEMA, schema))

    assert [one for one in found if one.startswith(said)] != []


def test_breaking_changes_are_found_in_one_direction_only():
    assert list(breaking_changes(with_field(required=False), SCHEMA)) == ["data.order.note: was removed"]
