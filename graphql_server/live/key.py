"""The key by which subscriptions are equal: its template is made once per document.

Subscriptions that differ only in layout, comments or ``after`` are equal: they form one group. Subscriptions that also
differ in arguments of the root field, such as ``where``, have other sources, and share the payloads.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import orjson
from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    NonNullTypeNode,
    NullValueNode,
    OperationDefinitionNode,
    OperationType,
    StringValueNode,
    VariableNode,
    get_operation_ast,
    is_required_argument,
    print_ast,
)

from graphql_server.documents.documents import Document
from graphql_server.documents.printer import Printer
from graphql_server.execution.executor import Executor
from graphql_server.internals import core_schema, definition_of
from graphql_server.off_loop import OffLoop
from graphql_server.ports.callers import Caller

AFTER = "after"
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class KeyTemplate:
    """A document's part of the key of its subscriptions; variables and rights are the rest."""

    source_text: str
    """The document without ``after``, printed by :class:`Printer`: decides which values the source has."""
    shown_text: str
    """That text without the optional arguments of its root field: decides what a payload shows."""
    bare: DocumentNode
    """The document of ``shown_text``; its nodes keep their places in the original text. The original itself, if it
    has no more arguments."""
    source_variables: frozenset[str]
    shown_variables: frozenset[str]
    after_variable: str | None
    after_literal: str | None
    reads_database: bool

    def after(self, variables: Mapping[str, Any] | None) -> object:
        """The value of ``after``, whatever its type."""
        if self.after_variable is None:
            return self.after_literal
        return (variables or {}).get(self.after_variable, self.after_literal)


def key_template_of(
    document: DocumentNode, operation_name: str | None, schema: GraphQLSchema, *, reads_database: bool
) -> KeyTemplate | None:
    """The key template of a valid document's subscription. None: it can't be shared, or is no subscription."""
    operation = get_operation_ast(document, operation_name)
    if operation is None or operation.operation is not OperationType.SUBSCRIPTION:
        return None
    if operation.directives or len(operation.selection_set.selections) != 1:
        return None
    field = operation.selection_set.selections[0]
    if not isinstance(field, FieldNode) or field.directives:
        return None
    after = next((one for one in field.arguments or () if one.name.value == AFTER), None)
    found = _after(after, operation)
    if found is None:
        return None
    others = tuple(one for one in field.arguments or () if one is not after)
    fragments = [one for one in document.definitions if isinstance(one, FragmentDefinitionNode)]
    required = _required_arguments(field, schema)
    kept = tuple(one for one in others if one.name.value in required)
    below, shown, source = Printer(), Printer(), Printer()
    head = head_of(operation, field)
    body = below.selected(field.selection_set) + "".join(map(below.text, fragments))
    return KeyTemplate(
        source_text=f"{head}({source.arguments(others)}){body}",
        shown_text=f"{head}({shown.arguments(kept)}){body}",
        bare=_with_arguments(operation, field, kept, fragments) if len(kept) < len(field.arguments or ()) else document,
        source_variables=frozenset(source.variables | below.variables),
        shown_variables=frozenset(shown.variables | below.variables),
        after_variable=found[0],
        after_literal=found[1],
        reads_database=reads_database,
    )


def template_of(executor: Executor, document: Document, operation_name: str | None) -> KeyTemplate | None:
    """The key template of a valid document's subscription. None: it can't be shared, or is no subscription."""
    if document.ast is None:
        return None
    schema = core_schema(executor.schema)
    used = executor.uses.of(document, operation_name, None).coordinates
    reads = not fields_that_read(schema).isdisjoint(used)
    return key_template_of(document.ast, operation_name, schema, reads_database=reads)


@lru_cache(16)
def fields_that_read(schema: GraphQLSchema) -> frozenset[str]:
    """The coordinates of the fields that read the database."""
    kinds = [kind for kind in schema.type_map.values() if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)]
    return frozenset(
        f"{kind.name}.{name}" for kind in kinds for name, field in kind.fields.items() if reads_database(field)
    )


def reads_database(field: GraphQLField) -> bool:
    """Whether a field of the schema reads the database."""
    definition: Any = definition_of(field)
    return definition is not None and any(isinstance(one, OffLoop) for one in definition.extensions)


def head_of(operation: OperationDefinitionNode, field: FieldNode) -> str:
    """The text of an operation up to the arguments of its root field."""
    name = operation.name.value if operation.name else ""
    variables = ",".join(map(print_ast, operation.variable_definitions or ()))
    alias = field.alias.value if field.alias else ""
    return f"{operation.operation.value} {name}({variables}){{{alias}:{field.name.value}"


def _after(argument: ArgumentNode | None, operation: OperationDefinitionNode) -> tuple[str | None, str | None] | None:
    """The variable and the literal of the cursor; None if the argument is neither."""
    match argument.value if argument else None:
        case None | NullValueNode():
            return None, None
        case StringValueNode(value=cursor):
            return None, cursor
        case VariableNode(name=name):
            declared = next(
                one for one in operation.variable_definitions or () if one.variable.name.value == name.value
            )
            if isinstance(declared.type, NonNullTypeNode):
                return None
            default = declared.default_value
            return name.value, default.value if isinstance(default, StringValueNode) else None
    return None


def _with_arguments(
    operation: OperationDefinitionNode,
    field: FieldNode,
    arguments: tuple[ArgumentNode, ...],
    fragments: Iterable[FragmentDefinitionNode],
) -> DocumentNode:
    """The document of this operation with these arguments of its root field; it shares the nodes below."""
    selection_set = replace(operation.selection_set, selections=(replace(field, arguments=arguments),))
    return DocumentNode(definitions=(replace(operation, selection_set=selection_set), *fragments))


def _required_arguments(field: FieldNode, schema: GraphQLSchema) -> frozenset[str]:
    """The names of the arguments that a root field can't be executed without."""
    definition = schema.subscription_type.fields.get(field.name.value) if schema.subscription_type else None
    arguments = definition.args if definition else {}
    return frozenset(name for name, argument in arguments.items() if is_required_argument(argument))


def rights_of(caller: Caller) -> tuple[Hashable, frozenset[str]]:
    """The rights that decide what a subscription shows to its caller."""
    return caller.tenant_id, caller.scopes


def source_key(template: KeyTemplate, variables: Mapping[str, Any] | None, caller: Caller) -> Key:
    """The key of a subscription: equal subscriptions have equal keys."""
    return (template.source_text, canonical(variables, template.source_variables), *rights_of(caller))


def shown_key(text: str, template: KeyTemplate, variables: Mapping[str, Any] | None, caller: Caller) -> Key:
    """The key of what a subscription with this text shows of a value: it is the same under equal keys."""
    return (text, canonical(variables, template.shown_variables), *rights_of(caller))


def canonical(variables: Mapping[str, Any] | None, names: frozenset[str]) -> bytes:
    """The variables of these names as bytes: equal bytes for equal variables."""
    return orjson.dumps(dict(_chosen(variables or {}, names)), option=orjson.OPT_SORT_KEYS) if names else b""


def _chosen(variables: Mapping[str, Any], names: frozenset[str]) -> Iterator[tuple[str, Any]]:
    return ((name, variables[name]) for name in names if name in variables)
