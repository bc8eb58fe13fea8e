"""JSON Schemas of typed payloads: https://json-schema.org/draft/2020-12, of which only what draft 7 has too is used."""

import inspect
from types import NoneType, UnionType
from typing import Annotated, Any, Final, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

from events.cloudevents import schema_name
from orders.contracts.event_payloads import DETAILS, OrderSnapshot

Schema = dict[str, Any]
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
PLAIN: Final = {str: "string", int: "integer", bool: "boolean", float: "number"}
CHANGE: Final[Schema] = {
    "type": "array",
    "description": "The value before the change and the value after it.",
    "minItems": 2,
    "maxItems": 2,
}


def payload_schema(event_type: str, version: int) -> Schema:
    """The schema of the ``data`` of events of a type, in the version that the code has."""
    changes = {
        "type": "object",
        "description": "Each changed field of the order: the value before, the value after.",
        "additionalProperties": CHANGE,
    }
    parts = {"order": schema_of(OrderSnapshot), "changes": changes, "details": schema_of(DETAILS[event_type])}
    return {
        "$schema": DIALECT,
        "$id": schema_name(event_type, version),
        "title": event_type,
        "description": "Fields and values of enumerations may be added in this version: ignore those you don't know.",
        "type": "object",
        "required": list(parts),
        "properties": parts,
    }


def schema_of(annotation: Any) -> Schema:
    """The schema of a type that a payload has.

    Raises:
        TypeError: no payload may have such a type.
    """
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return annotated(*arguments)
    if origin in {Union, UnionType} and NoneType in arguments and len(arguments) == 2:
        [some] = [schema_of(one) for one in arguments if one is not NoneType]
        return some | {"type": [some["type"], "null"]}
    if is_typeddict(annotation):
        return object_schema(annotation)
    if origin is list:
        return {"type": "array", "items": schema_of(arguments[0])}
    if origin is dict:
        return {"type": "object"}
    if annotation in PLAIN:
        return {"type": PLAIN[annotation]}
    raise TypeError(f"{annotation} has no JSON Schema here.")


def annotated(annotation: Any, description: str, keywords: Schema | None = None) -> Schema:
    """The schema of a described type."""
    return {**schema_of(annotation), "description": description, **(keywords or {})}


def object_schema(typed: Any) -> Schema:
    """The schema of a TypedDict. Consumers have to bear further properties, so they are not excluded."""
    hints = get_type_hints(typed, include_extras=True)
    return {
        "type": "object",
        "description": inspect.getdoc(typed),
        "required": sorted(typed.__required_keys__, key=list(hints).index),
        "properties": {name: schema_of(bare(hint)) for name, hint in hints.items()},
    }


def bare(annotation: Any) -> Any:
    """A field's type, whether or not the field is required."""
    return get_args(annotation)[0] if get_origin(annotation) is NotRequired else annotation


def example_of(schema: Schema) -> Any:
    """A value that the schema describes, made of its examples."""
    if "examples" in schema:
        return schema["examples"][0]
    if "enum" in schema:
        return schema["enum"][0]
    if schema["type"] == "array":
        return [example_of(schema["items"])]
    return {name: example_of(one) for name, one in schema.get("properties", {}).items()}
