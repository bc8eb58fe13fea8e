"""Builds input objects by functions that are made once for each of their types.

Strawberry computes the names and the types of an input's fields again for each value that it converts.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass
from typing import Any

import strawberry
from graphql import GraphQLInputObjectType
from strawberry import UNSET
from strawberry.relay import GlobalID

from graphql_server.internals import (
    InputContext,
    LazyType,
    StrawberryEnumDefinition,
    StrawberryField,
    StrawberryList,
    StrawberryMaybe,
    StrawberryObjectDefinition,
    StrawberryOptional,
    are_tried,
    core_schema,
    definition_of,
    is_scalar_of,
)

Build = Callable[[Any], Any]
"""Converts a value that graphql-core has checked and parsed; never null."""


class NotCovered(Exception):
    """A type that Strawberry has to convert."""


def compile_inputs(schema: strawberry.Schema) -> bool:
    """Make Strawberry build the schema's input objects by such functions.

    False if the schema has a type that the functions do not cover, or if the installed releases were not tried: then
    Strawberry builds the objects itself.
    """
    if not are_tried():
        return False
    inputs = (kind for kind in core_schema(schema).type_map.values() if isinstance(kind, GraphQLInputObjectType))
    definitions = [definition for kind in inputs if (definition := definition_of(kind)) is not None]
    builders: dict[type, Build] = {}
    try:
        for definition in definitions:
            builders[definition.origin] = object_builder(schema, definition, builders)
    except NotCovered:
        return False
    for definition in definitions:
        definition.from_input = Builder(builders[definition.origin])
    return True


@dataclass(frozen=True, slots=True)
class Builder:
    """``from_input``, as Strawberry calls it."""

    build: Build

    def __call__(self, kind: type, value: Mapping[str, Any], context: InputContext) -> Any:
        """An object of the type for which the function was made."""
        return self.build(value)


def object_builder(
    schema: strawberry.Schema, definition: StrawberryObjectDefinition, builders: Mapping[type, Build]
) -> Build:
    """The function that builds an input object. A field without a value gets the default of its class, or None."""
    make = definition.origin
    absent = {field.python_name: None for field in definition.fields if not has_default(field)}
    fields = [
        (
            schema.config.name_converter.from_field(field),
            field.python_name,
            value_builder(schema, field.resolve_type(type_definition=definition), builders),
        )
        for field in definition.fields
    ]

    def build(value: Mapping[str, Any]) -> Any:
        given: dict[str, Any] = absent.copy()
        for name, python_name, convert in fields:
            if name in value:
                inner = value[name]
                given[python_name] = inner if convert is None or inner is None or inner is UNSET else convert(inner)
        return make(**given)

    return build


def has_default(field: StrawberryField) -> bool:
    """Whether the class has a default for the field."""
    return field.default_value is not MISSING or field.default_factory is not MISSING


def value_builder(schema: strawberry.Schema, kind: Any, builders: Mapping[type, Build]) -> Build | None:
    """The function for a value of this type; None if the value stays unchanged.

    Raises:
        NotCovered: Strawberry has to convert it.
    """
    if isinstance(kind, StrawberryMaybe) or kind is GlobalID:
        raise NotCovered
    if isinstance(kind, StrawberryOptional):
        return value_builder(schema, kind.of_type, builders)
    if isinstance(kind, LazyType):
        return value_builder(schema, kind.resolve_type(), builders)
    if isinstance(kind, StrawberryList):
        return list_builder(value_builder(schema, kind.of_type, builders))
    if is_scalar_of(schema, kind):
        return None
    definition = getattr(kind, "__strawberry_definition__", kind)
    if isinstance(definition, StrawberryEnumDefinition):
        return None
    if not isinstance(definition, StrawberryObjectDefinition) or not isinstance(definition.from_input, Builder | None):
        raise NotCovered

    def nested(value: Any) -> Any:
        return builders[kind](value)  # not made yet where types nest in each other

    return nested


def list_builder(convert: Build | None) -> Build:
    """The function for a list; always returns a new list, because graphql-core gives the same default to all."""
    if convert is None:
        return list
    return lambda values: [value if value is None else convert(value) for value in values]
