"""Recognises plain documents, which one short walk finds valid.

A plain document is one operation of fields, without fragments, directives and introspection, in which no name occurs
twice at one place. Its arguments are variables, or literals that are no lists or objects. Most clients send nothing
else. To validate one by the rules takes thirty times as long.

What is plain and valid here is valid by the specification. For all else the answer is "no", and the rules decide.
"""

from dataclasses import dataclass, field
from typing import Any

from graphql import (
    ArgumentNode,
    BooleanValueNode,
    DocumentNode,
    EnumValueNode,
    FieldNode,
    FloatValueNode,
    GraphQLField,
    GraphQLInputType,
    GraphQLSchema,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    StringValueNode,
    VariableNode,
    get_named_type,
    is_input_type,
    is_leaf_type,
    is_required_argument,
    type_from_ast,
)
from graphql.utilities import is_type_sub_type_of, validate_input_literal

TYPENAME = "__typename"
LITERALS = StringValueNode, IntValueNode, FloatValueNode, BooleanValueNode, EnumValueNode


def is_plain_and_valid(schema: GraphQLSchema, document: DocumentNode) -> bool:
    """Whether a document is plain and valid. Its depth has to be bounded."""
    [operation, *others] = document.definitions
    if others or not isinstance(operation, OperationDefinitionNode) or operation.directives:
        return False
    root = schema.get_root_type(operation.operation)
    variables = variables_of(schema, operation)
    if root is None or variables is None:
        return False
    if operation.operation is OperationType.SUBSCRIPTION and not has_one_field(operation.selection_set):
        return False
    walk = Walk(schema, variables)
    return walk.accepts(operation.selection_set, root) and walk.used == variables.keys()


def variables_of(schema: GraphQLSchema, operation: OperationDefinitionNode) -> dict[str, GraphQLInputType] | None:
    """The types of the operation's variables; None if one of them is not plain."""
    found: dict[str, Any] = {}
    for node in operation.variable_definitions or ():
        name, kind = node.variable.name.value, type_from_ast(schema, node.type)
        if node.directives or node.default_value or name in found or not is_input_type(kind):
            return None
        found[name] = kind
    return found


def has_one_field(node: SelectionSetNode) -> bool:
    """Whether the root of a subscription selects what it may."""
    [first, *others] = node.selections
    return not others and isinstance(first, FieldNode) and first.name.value != TYPENAME


@dataclass(slots=True)
class Walk:
    """The walk over one operation; notes the variables that it uses."""

    schema: GraphQLSchema
    variables: dict[str, GraphQLInputType]
    used: set[str] = field(default_factory=set)

    def accepts(self, selected: SelectionSetNode, parent: Any) -> bool:
        """Whether what is selected of an object of type ``parent`` is plain and valid."""
        names = set()
        for node in selected.selections:
            if not isinstance(node, FieldNode) or node.directives or not self.is_field(node, parent):
                return False
            names.add((node.alias or node.name).value)
        return len(names) == len(selected.selections)

    def is_field(self, node: FieldNode, parent: Any) -> bool:
        """Whether a field is plain and valid, with all below it."""
        name, below = node.name.value, node.selection_set
        if name == TYPENAME:
            return not node.arguments and below is None
        definition = getattr(parent, "fields", {}).get(name)
        if definition is None or not self.takes(definition, node.arguments or ()):
            return False
        named = get_named_type(definition.type)
        if is_leaf_type(named):
            return below is None
        return below is not None and self.accepts(below, named)

    def takes(self, definition: GraphQLField, arguments: tuple[ArgumentNode, ...]) -> bool:
        """Whether a field takes these arguments."""
        if not definition.args:
            return not arguments
        given = {node.name.value: node for node in arguments}
        if len(given) < len(arguments):
            return False
        for name, argument in definition.args.items():
            node = given.pop(name, None)
            if is_required_argument(argument) if node is None else not self.fits(node.value, argument.type):
                return False
        return not given

    def fits(self, node: Any, kind: GraphQLInputType) -> bool:
        """Whether a value fits the type of its argument."""
        if isinstance(node, VariableNode):
            name = node.name.value
            self.used.add(name)
            given = self.variables.get(name)
            return given is not None and is_type_sub_type_of(self.schema, given, kind)
        if not isinstance(node, LITERALS):
            return False
        errors: list[Any] = []
        validate_input_literal(node, kind, lambda *error: errors.append(error))
        return not errors
