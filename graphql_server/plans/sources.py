"""Where a field's value comes from, if that takes nothing but its object: an attribute, or a method of it."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, cast

from django.db.models.query_utils import DeferredAttribute
from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema
from strawberry.types.field import StrawberryField
from strawberry_django.fields.field import StrawberryDjangoField

from graphql_server.internals import definition_of, has_exception_handlers, model_of

Source = Callable[[Any], Any]


def plain_source(schema: GraphQLSchema, parent: GraphQLObjectType, definition: GraphQLField) -> Source | None:
    """What the field's own resolver comes to, without an ``info``; None if it may do more than that.

    More are: arguments, field extensions and permissions, exception handlers, coroutines, Django's relations and files,
    and fields whose class resolves them in a way of its own.
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
    """Reads the attribute that the field is named after; of a Django model, only a column's."""
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
    """Calls the resolver with its object, if that is all it takes."""
    resolver = field.base_resolver
    if type(field).get_result is not StrawberryField.get_result or resolver is None:
        return None
    if list(resolver.signature.parameters) != ["self"] or not resolver.self_parameter:
        return None
    return cast("Source", resolver.wrapped_func)
