"""Where a field's value comes from, if that takes nothing but its object: an attribute, or a method of it."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, cast

from django.db.models.query_utils import DeferredAttribute
from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField
from strawberry_django.fields.field import StrawberryDjangoField

Source = Callable[[Any], Any]


def plain_source(schema: GraphQLSchema, parent: GraphQLObjectType, definition: GraphQLField) -> Source | None:
    """What the field's own resolver comes to, without an ``info``; None if it may do more than that.

    More are: arguments, field extensions and permissions, exception handlers, coroutines, Django's relations and files,
    and fields whose class resolves them in a way of its own.
    """
    field = definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if not isinstance(field, StrawberryField) or definition.args or has_handlers(schema):
        return None
    if field.extensions or field.is_async or field.is_subscription:
        return None
    if field.base_resolver is None:
        return attribute(parent, field)
    return method(field)


def has_handlers(schema: GraphQLSchema) -> bool:
    """Whether the Strawberry schema turns exceptions into answers: then a resolver's own exception is not the end."""
    return bool(getattr(getattr(schema, "_strawberry_schema", None), "exception_handlers", ()))


def attribute(parent: GraphQLObjectType, field: StrawberryField) -> Source | None:
    """Reads the attribute that the field is named after; of a Django model, only a column's."""
    if isinstance(field, StrawberryDjangoField):
        name = field.django_name or field.python_name
        definition = parent.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
        django = getattr(definition.origin, "__strawberry_django_definition__", None)
        resolves = type(field).get_result is StrawberryDjangoField.get_result
        if not resolves or django is None or type(getattr(django.model, name, None)) is not DeferredAttribute:
            return None
        return attrgetter(name)
    if type(field).get_result is not StrawberryField.get_result or field.default_resolver is not getattr:
        return None
    return attrgetter(field.python_name)


def method(field: StrawberryField) -> Source | None:
    """Calls the resolver with its object, if that is all it takes."""
    resolver = field.base_resolver
    if type(field).get_result is not StrawberryField.get_result or resolver is None:
        return None
    if list(resolver.signature.parameters) != ["self"] or not resolver.self_parameter:
        return None
    return cast("Source", resolver.wrapped_func)
