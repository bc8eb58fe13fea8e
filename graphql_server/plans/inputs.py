"""Input objects built by functions that are made once for each of their types.

Strawberry works out the names and the types of an input's fields anew for each value that it converts.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass
from typing import Any

import strawberry
from graphql import GraphQLInputObjectType
from strawberry.relay import GlobalID
from strawberry.scalars import is_scalar
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import InputContext
from strawberry.types.base import StrawberryList, StrawberryMaybe, StrawberryObjectDefinition, StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType
from strawberry.types.unset import UNSET

Build = Callable[[Any], Any]
"""From a value that graphql-core has checked and parsed; never of null."""


class NotCovered(Exception):
    """A type that Strawberry has to convert."""


def compile_inputs(schema: strawberry.Schema) -> bool:
    """Have Strawberry build the schema's input objects by such functions; False if it has a type that we can't."""
    definitions = [
        kind.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
        for kind in schema._schema.type_map.values()
        if isinstance(kind, GraphQLInputObjectType) and kind.extensions
    ]
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
        """An object of the type for which this was made."""
        return self.build(value)


def object_builder(
    schema: strawberry.Schema, definition: StrawberryObjectDefinition, builders: Mapping[type, Build]
) -> Build:
    """The function that builds an input object. What was not given is as its class has it, or None."""
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
    """Whether its class says what a field is that was not given."""
    return field.default_value is not MISSING or field.default_factory is not MISSING


def value_builder(schema: strawberry.Schema, kind: Any, builders: Mapping[type, Build]) -> Build | None:
    """The function for a value of this type; None if it stays as it is.

    Raises:
        NotCovered: it is Strawberry's.
    """
    if isinstance(kind, StrawberryMaybe) or kind is GlobalID:
        raise NotCovered
    if isinstance(kind, StrawberryOptional):
        return value_builder(schema, kind.of_type, builders)
    if isinstance(kind, LazyType):
        return value_builder(schema, kind.resolve_type(), builders)
    if isinstance(kind, StrawberryList):
        return list_builder(value_builder(schema, kind.of_type, builders))
    if is_scalar(kind, schema.schema_converter.scalar_registry):
        return None
    definition = getattr(kind, "__strawberry_definition__", kind)
    if isinstance(definition, StrawberryEnumDefinition):
        return None
    if not isinstance(definition, StrawberryObjectDefinition) or not isinstance(definition.from_input, Builder | None):
        raise NotCovered

    def nested(value: Any) -> Any:
        return builders[kind](value)  # which is not made yet, where types nest in each other

    return nested


def list_builder(convert: Build | None) -> Build:
    """The function for a list; always a new one, as graphql-core gives the same default to all."""
    if convert is None:
        return list
    return lambda values: [value if value is None else convert(value) for value in values]
