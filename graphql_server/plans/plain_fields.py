"""Fields whose value needs nothing but their object: an attribute, or the result of a method."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, cast

from django.db.models.query_utils import DeferredAttribute
from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema

from graphql_server.internals import (
    StrawberryDjangoField,
    StrawberryField,
    definition_of,
    has_exception_handlers,
    model_of,
)
from graphql_server.ports.columns import OF_COLUMNS, OfColumns

Source = Callable[[Any], Any]


def plain_source(schema: GraphQLSchema, parent: GraphQLObjectType, definition: GraphQLField) -> Source | None:
    """The function of the field's own resolver, without an ``info``; None if the resolver may need more.

    Fields that need more have: arguments, field extensions and permissions, exception handlers, coroutines, Django's
    relations and files, or a class that resolves them in its own way.
    """
    field = definition_of(definition)
    if not isinstance(field, StrawberryField) or definition.args or has_exception_handlers(schema):
        return None
    if field.extensions or field.is_async or field.is_subscription:
        return None
    if field.base_resolver is None:
        return attribute(parent, field)
    return method(field)


def attribute(parent: GraphQLObjectType, field: StrawberryField) -> Source | None:
    """Reads the attribute that the field is named after; for a Django model, only a column."""
    if isinstance(field, StrawberryDjangoField):
        name = field.django_name or field.python_name
        model = model_of(definition_of(parent).origin)
        resolves = type(field).get_result is StrawberryDjangoField.get_result
        if not resolves or model is None or type(getattr(model, name, None)) is not DeferredAttribute:
            return None
        return attrgetter(name)
    if type(field).get_result is not StrawberryField.get_result or field.default_resolver is not getattr:
        return None
    return attrgetter(field.python_name)


def method(field: StrawberryField) -> Source | None:
    """Calls the resolver with its object, if it takes no other arguments."""
    resolver = field.base_resolver
    if type(field).get_result is not StrawberryField.get_result or resolver is None:
        return None
    if list(resolver.signature.parameters) != ["self"] or not resolver.self_parameter:
        return None
    return cast("Source", resolver.wrapped_func)


def columns_source(definition: GraphQLField) -> OfColumns | None:
    """The values of a field with a plain source, for objects held as columns; None if it needs the objects."""
    field = definition_of(definition)
    if field.base_resolver is not None:
        return cast("OfColumns | None", field.metadata.get(OF_COLUMNS))
    name = (isinstance(field, StrawberryDjangoField) and field.django_name) or field.python_name
    return lambda columns, _context: columns.column(name)
