"""Coerces the variables of a document by functions that are made once for its types.

graphql-core asks of each value again what kind of type it is for, which for an order took a sixth of the request. A
value that a function refuses, or leaves to graphql-core, is coerced there: every error is graphql-core's.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    Undefined,
    get_named_type,
)
from graphql.type import is_required_input_field

from graphql_server.internals import (
    VariableSignature,
    VariableSource,
    VariableValues,
    coerce_default_value,
    get_variable_signature,
)

MOST_TYPES = 1000
"""The most named types, of all schemas of this process, whose functions are kept."""

Coerce = Callable[[Any], Any]
"""Gives the coerced value, or raises any exception, such as :class:`Refused`."""


class Refused(Exception):
    """A value, or a type, that is left to graphql-core."""


class Variables(NamedTuple):
    """The variables of an operation."""

    document: DocumentNode
    """The document of this operation alone and its fragments, without variables."""
    operation: OperationDefinitionNode
    coercions: tuple[tuple[VariableSignature, bool, Coerce], ...]
    """For each variable whether graphql-core coerces its absence, and how a value is coerced."""

    @classmethod
    def of(cls, schema: GraphQLSchema, document: DocumentNode, name: str | None) -> "Variables | None":
        """Those of the operation with this name; None if graphql-core coerces them."""
        operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
        named = [one for one in operations if name is None or (one.name and one.name.value == name)]
        if len(named) != 1:
            return None
        if len(operations) == 1 and not named[0].variable_definitions:
            return cls(document, named[0], ())
        coercions = []
        for definition in named[0].variable_definitions or ():
            signature = get_variable_signature(schema, definition)
            if isinstance(signature, GraphQLError):
                return None
            is_left = bool(definition.default_value) or isinstance(signature.type, GraphQLNonNull)
            try:
                coercions.append((signature, is_left, coercion(signature.type)))
            except Refused:
                return None
        others = [one for one in document.definitions if not isinstance(one, OperationDefinitionNode)]
        alone = replace(document, definitions=(replace(named[0], variable_definitions=()), *others))
        return cls(alone, named[0], tuple(coercions))

    def coerced(self, given: Mapping[str, Any]) -> VariableValues | None:
        """The values of the variables; None if graphql-core has to coerce them, or to say why it can't."""
        sources, coerced = {}, {}
        try:
            for signature, is_left, coerce in self.coercions:
                name = signature.name
                if name in given:
                    value = given[name]
                    sources[name] = VariableSource(signature, value)
                    coerced[name] = coerce(value)
                elif is_left:
                    return None
                else:
                    sources[name] = VariableSource(signature)
        except Exception:  # graphql-core says why
            return None
        return VariableValues(sources, coerced)


def coercion(kind: Any) -> Coerce:
    """The function for a type of input.

    Raises:
        Refused: it is left to graphql-core.
    """
    if isinstance(kind, GraphQLNonNull):
        return required(coercion(kind.of_type))
    if isinstance(kind, GraphQLList):
        return listed(coercion(kind.of_type))
    made = coercion_of_named(kind)
    if made is None:
        raise Refused
    return made


def required(coerce: Coerce) -> Coerce:
    """The function for a type without null."""

    def coerced(value: Any) -> Any:
        if value is None:
            raise Refused
        return coerce(value)

    return coerced


def listed(coerce: Coerce) -> Coerce:
    """The function for a list, which a single value may stand for."""

    def coerced(value: Any) -> Any:
        if type(value) is list:
            return [coerce(one) for one in value]
        if value is None:
            return None
        raise Refused

    return coerced


@lru_cache(MOST_TYPES)
def coercion_of_named(kind: Any) -> Coerce | None:
    """The function for a scalar, an enum or an input object; None for objects that can nest to any depth."""
    if isinstance(kind, GraphQLInputObjectType):
        return None if kind.is_one_of or nests_in_itself(kind, (kind,)) else coercion_of_object(kind)
    leaf = kind.coerce_input_value
    is_text = kind is GraphQLString

    def coerced(value: Any) -> Any:
        if value is None or (is_text and type(value) is str):
            return value
        made = leaf(value)
        if made is Undefined:
            raise Refused
        return made

    return coerced


def nests_in_itself(kind: GraphQLInputObjectType, above: tuple[GraphQLInputObjectType, ...]) -> bool:
    """Whether an object of the type can have one of the same type, or of one above it, at any depth."""
    named = [get_named_type(field.type) for field in kind.fields.values()]
    below = [one for one in named if isinstance(one, GraphQLInputObjectType)]
    return any(one in above or nests_in_itself(one, (*above, one)) for one in below)


def coercion_of_object(kind: GraphQLInputObjectType) -> Coerce:
    """The function for an input object.

    Raises:
        Refused: it has a field that is left to graphql-core.
    """
    fields = [
        (
            name,
            field.out_name or name,
            is_required_input_field(field),
            coerce_default_value(field),
            coercion(field.type),
        )
        for name, field in kind.fields.items()
    ]
    names, out_type = frozenset(kind.fields), kind.out_type

    def coerced(value: Any) -> Any:
        if value is None:
            return None
        if type(value) is not dict or not value.keys() <= names:
            raise Refused
        made = {}
        for name, out_name, is_required, default, coerce in fields:
            if name in value:
                made[out_name] = coerce(value[name])
            elif is_required:
                raise Refused
            elif default is not Undefined:
                made[out_name] = default
        return out_type(made)

    return coerced
