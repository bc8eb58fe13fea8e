"""The one place that knows private parts of Strawberry, strawberry-django and graphql-core.

Public names are imported where they are used. The names here may move or go with any release, and then this import
fails. So ``pyproject.toml`` admits only the releases in :data:`TRIED`, with which the tests have run.

Where another release is installed all the same and still has the names, :func:`are_tried` is False, and operations
run without compiled plans (:mod:`graphql_server.plans`): graphql-core walks over the fields itself, which gives the
same responses and takes about twice as long for a page of orders.
"""

from importlib.metadata import version
from typing import Any, Final

import strawberry
from graphql import GraphQLField, GraphQLNamedType, GraphQLSchema
from graphql.execution.collect_fields import CollectedFields, FieldDetailsList, collect_fields, collect_subfields
from graphql.execution.executor import CollectedErrors
from graphql.execution.get_variable_signature import GraphQLVariableSignature as VariableSignature
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import VariableValues, get_argument_values, get_variable_values
from graphql.execution.values import VariableValueSource as VariableSource
from graphql.language.visitor import EnterLeaveVisitor
from graphql.pyutils import Path
from graphql.type.definition import GraphQLResolveInfoHelpers
from graphql.utilities.coerce_input_value import coerce_default_value
from strawberry.execution import optimized_is_awaitable
from strawberry.extensions import SchemaExtension
from strawberry.extensions.field_extension import SyncExtensionResolver
from strawberry.extensions.runner import SchemaExtensionsRunner
from strawberry.scalars import is_scalar
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule
from strawberry.types.arguments import InputContext
from strawberry.types.base import StrawberryList, StrawberryMaybe, StrawberryObjectDefinition, StrawberryOptional
from strawberry.types.cast import TYPE_CAST_ATTRIBUTE
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType
from strawberry_django.fields.field import StrawberryDjangoField

__all__ = [
    "TRIED",
    "CollectedErrors",
    "CollectedFields",
    "EnterLeaveVisitor",
    "FieldDetailsList",
    "GraphQLResolveInfoHelpers",
    "InputContext",
    "LazyType",
    "MaybeNullValidationRule",
    "OneOfInputValidationRule",
    "Path",
    "SchemaExtensionsRunner",
    "StrawberryDjangoField",
    "StrawberryEnumDefinition",
    "StrawberryField",
    "StrawberryList",
    "StrawberryMaybe",
    "StrawberryObjectDefinition",
    "StrawberryOptional",
    "SyncExtensionResolver",
    "VariableSignature",
    "VariableSource",
    "VariableValues",
    "are_tried",
    "coerce_default_value",
    "collect_fields",
    "collect_subfields",
    "core_schema",
    "definition_of",
    "get_argument_values",
    "get_variable_signature",
    "get_variable_values",
    "has_exception_handlers",
    "is_awaitable",
    "is_cast",
    "is_scalar_of",
    "model_of",
    "wants_every_field",
]

TRIED: Final = {"graphql-core": "3.3.", "strawberry-graphql": "0.341.", "strawberry-graphql-django": "0.93."}
"""The first part of the versions that the tests have run with."""

is_awaitable: Any = optimized_is_awaitable
"""Whether a resolver's value has to be awaited.

Typed as a plain predicate, because graphql-core does not accept a type guard.
"""


def are_tried() -> bool:
    """Whether the installed releases are those of :data:`TRIED`."""
    return all(version(name).startswith(tried) for name, tried in TRIED.items())


def core_schema(schema: strawberry.Schema) -> GraphQLSchema:
    """graphql-core's schema behind a Strawberry schema."""
    return schema._schema


def definition_of(made: GraphQLField | GraphQLNamedType) -> Any:
    """Strawberry's definition of a field or a type of graphql-core's schema; None if Strawberry did not make it."""
    return (made.extensions or {}).get(GraphQLCoreConverter.DEFINITION_BACKREF)


def has_exception_handlers(schema: GraphQLSchema) -> bool:
    """Whether the Strawberry schema turns exceptions into answers: then a resolver's own exception is not final."""
    return bool(getattr(getattr(schema, "_strawberry_schema", None), "exception_handlers", ()))


def wants_every_field(extension: SchemaExtension) -> bool:
    """Whether a schema extension has to be called for every field that is resolved."""
    return extension._implements_resolve()


def model_of(origin: Any) -> Any:
    """The Django model behind a type of strawberry-django; None for any other type."""
    definition = getattr(origin, "__strawberry_django_definition__", None)
    return None if definition is None else definition.model


def is_cast(value: Any) -> bool:
    """Whether a resolver has cast its value to a type (``strawberry.cast``)."""
    return getattr(value, TYPE_CAST_ATTRIBUTE, None) is not None


def is_scalar_of(schema: strawberry.Schema, kind: Any) -> bool:
    """Whether a Python type is a scalar of the schema."""
    return is_scalar(kind, schema.schema_converter.scalar_registry)
