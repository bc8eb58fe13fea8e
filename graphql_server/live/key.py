"""What makes subscriptions equal: a template of the key, made once per document.

Subscriptions that differ only in layout, comments or ``after`` are equal: they form one group. Subscriptions that also
differ in arguments of the root field, such as ``where``, have other sources, and share the payloads.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson
from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLSchema,
    Node,
    NonNullTypeNode,
    NullValueNode,
    OperationDefinitionNode,
    StringValueNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableNode,
    Visitor,
    get_operation_ast,
    is_required_argument,
    print_ast,
    visit,
)

AFTER = "after"


@dataclass(frozen=True, slots=True)
class KeyTemplate:
    """What a document contributes to the key of its subscriptions; variables and rights contribute the rest."""

    source_text: str
    """The printed document without ``after``: decides which values the source has."""
    shown_text: str
    """The printed document without the optional arguments of its root field: decides what a payload shows."""
    bare: DocumentNode
    """The document of ``shown_text``; its nodes keep their places in the original text."""
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
    document: DocumentNode,
    operation_name: str | None,
    schema: GraphQLSchema,
    reads_database: Callable[[GraphQLField], bool],
) -> KeyTemplate | None:
    """The key template of a valid document's subscription; None for a subscription that can't be shared.

    ``reads_database`` says of a field whether it reads the database.
    """
    operation = get_operation_ast(document, operation_name)
    if operation is None or operation.directives or len(operation.selection_set.selections) != 1:
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
    below = _variables([field.selection_set, *fragments] if field.selection_set else fragments)
    required = _required_arguments(field, schema)
    kept = tuple(one for one in others if one.name.value in required)
    bare = _with_arguments(operation, field, kept, fragments)
    return KeyTemplate(
        source_text=print_ast(_with_arguments(operation, field, others, fragments)),
        shown_text=print_ast(bare),
        bare=bare,
        source_variables=_variables(others) | below,
        shown_variables=_variables(kept) | below,
        after_variable=found[0],
        after_literal=found[1],
        reads_database=_reads_database(document, schema, reads_database),
    )


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


def _variables(nodes: Iterable[Node]) -> frozenset[str]:
    """The names of the variables in some nodes."""
    names: set[str] = set()

    class Names(Visitor):
        def enter_variable(self, node: VariableNode, *_: Any) -> None:
            names.add(node.name.value)

    for node in nodes:
        visit(node, Names())
    return frozenset(names)


def _reads_database(document: DocumentNode, schema: GraphQLSchema, reads: Callable[[GraphQLField], bool]) -> bool:
    """Whether any field of the document reads the database."""
    types, found = TypeInfo(schema), []

    class Fields(Visitor):
        def enter_field(self, *_: Any) -> None:
            definition = types.get_field_def()
            if definition is not None and reads(definition):
                found.append(definition)

    visit(document, TypeInfoVisitor(types, Fields()))
    return bool(found)


def canonical(variables: Mapping[str, Any] | None, names: frozenset[str]) -> bytes:
    """The variables of these names as bytes: equal bytes for equal variables."""
    return orjson.dumps(dict(_chosen(variables or {}, names)), option=orjson.OPT_SORT_KEYS) if names else b""


def _chosen(variables: Mapping[str, Any], names: frozenset[str]) -> Iterator[tuple[str, Any]]:
    return ((name, variables[name]) for name in names if name in variables)
