"""Which parts of a schema an operation uses: its fields, arguments, input fields and enum values, as coordinates.

A coordinate is ``Order.lines``, ``Query.orders(where:)``, ``OrderWhere.status`` or ``OrderStatus.PAID``
(https://spec.graphql.org/draft/#sec-Schema-Coordinates). Those of a document are computed once, when one of its
operations runs for the first time. Values in variables are read only where their types have deprecated parts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, Protocol

from graphql import (
    DocumentNode,
    EnumValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    get_named_type,
    is_introspection_type,
    type_from_ast,
)

MOST_VARIANTS: Final = 16
"""The most sets of deprecated parts in variables that are distinguished per document; others count as the first."""


@dataclass(frozen=True, slots=True, eq=False)
class Use:
    """The coordinates that an operation uses. Compared by identity, so that counting one costs the same for any."""

    coordinates: tuple[str, ...]
    inputs: tuple[tuple[str, Any], ...] = ()
    """The variables, with their types, whose values may have deprecated parts."""


class Used(Protocol):
    """The part of :class:`graphql_server.documents.documents.Document` that this module uses."""

    ast: DocumentNode | None
    uses: dict[Any, Use]


class Uses:
    """Computes uses for one schema. Safe for threads."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._deprecated = deprecated_coordinates(schema)
        self._reaching = input_types_with_deprecated_parts(schema)

    def of(self, document: Used, name: str | None, variables: Mapping[str, Any] | None) -> Use:
        """The use of a valid document's operation with these variables. Takes a microsecond after the first call."""
        use = document.uses.get(name)
        if use is None:
            use = document.uses[name] = self._compute(document.ast, name)
        if not use.inputs or not variables:
            return use
        given = frozenset(one for name, kind in use.inputs for one in self._given(variables.get(name), kind))
        if not given or given <= set(use.coordinates):
            return use
        more = document.uses.get((name, given))
        if more is None and len(document.uses) < MOST_VARIANTS:
            more = document.uses[name, given] = Use((*use.coordinates, *sorted(given)), use.inputs)
        return more or use

    def _compute(self, ast: DocumentNode | None, name: str | None) -> Use:
        definitions = ast.definitions if ast else ()
        fragments = {one.name.value: one for one in definitions if isinstance(one, FragmentDefinitionNode)}
        for node in definitions:
            if isinstance(node, OperationDefinitionNode) and (node.name.value if node.name else None) == name:
                walk = Walk(self._schema, fragments)
                walk.select(node.selection_set, self._schema.get_root_type(node.operation))
                inputs = []
                for variable in node.variable_definitions or ():
                    kind: Any = get_named_type(type_from_ast(self._schema, variable.type))
                    walk.value(variable.default_value, kind)
                    if kind and kind.name in self._reaching:
                        inputs.append((variable.variable.name.value, kind))
                return Use(tuple(walk.found), tuple(inputs))
        return Use(())

    def _given(self, value: Any, kind: Any) -> Iterator[str]:
        """The deprecated coordinates in a variable's value, whose form is not checked yet."""
        left = [(value, kind)]
        while left:
            value, kind = left.pop()
            if isinstance(value, list):
                left += [(one, kind) for one in value]
            elif isinstance(value, dict) and isinstance(kind, GraphQLInputObjectType):
                for name in value.keys() & kind.fields.keys():
                    if (coordinate := f"{kind.name}.{name}") in self._deprecated:
                        yield coordinate
                    inner: Any = get_named_type(kind.fields[name].type)
                    if inner.name in self._reaching:
                        left.append((value[name], inner))
            elif isinstance(value, str) and (coordinate := f"{kind.name}.{value}") in self._deprecated:
                yield coordinate


@dataclass(slots=True)
class Walk:
    """A walk over an operation and its fragments, each once; ``found`` has the coordinates in their order."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    found: dict[str, None] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    def select(self, selected: SelectionSetNode, parent: Any) -> None:
        """Record the fields that are selected from a type."""
        for node in selected.selections:
            if isinstance(node, FieldNode):
                self.field(node, parent)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                self.select(node.selection_set, self.schema.get_type(condition.name.value) if condition else parent)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in self.seen:
                self.seen.add(node.name.value)
                fragment = self.fragments[node.name.value]
                self.select(fragment.selection_set, self.schema.get_type(fragment.type_condition.name.value))

    def field(self, node: FieldNode, parent: Any) -> None:
        """Record a field, its arguments and the fields below it. Introspection fields are not part of the schema."""
        definition = getattr(parent, "fields", {}).get(node.name.value)
        if definition is None:
            return
        coordinate = f"{parent.name}.{node.name.value}"
        self.found[coordinate] = None
        for argument in node.arguments or ():
            self.found[f"{coordinate}({argument.name.value}:)"] = None
            self.value(argument.value, get_named_type(definition.args[argument.name.value].type))
        if node.selection_set:
            self.select(node.selection_set, get_named_type(definition.type))

    def value(self, node: ValueNode | None, kind: Any) -> None:
        """Record the input fields and enum values of a literal."""
        if isinstance(node, ListValueNode):
            for one in node.values:
                self.value(one, kind)
        elif isinstance(node, ObjectValueNode) and isinstance(kind, GraphQLInputObjectType):
            for part in node.fields:
                self.found[f"{kind.name}.{part.name.value}"] = None
                self.value(part.value, get_named_type(kind.fields[part.name.value].type))
        elif isinstance(node, EnumValueNode) and isinstance(kind, GraphQLEnumType):
            self.found[f"{kind.name}.{node.value}"] = None


@lru_cache(maxsize=8)
def deprecated_coordinates(schema: GraphQLSchema) -> Mapping[str, str]:
    """The deprecated parts of a schema, with their reasons."""
    return {coordinate: reason for coordinate, reason in parts_of(schema) if reason is not None}


def parts_of(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    """Every coordinate below a type, with the reason of its deprecation if it is deprecated."""
    for name, kind in schema.type_map.items():
        if is_introspection_type(kind):
            continue
        for part, definition in {**getattr(kind, "fields", {}), **getattr(kind, "values", {})}.items():
            yield f"{name}.{part}", definition.deprecation_reason
            for argument, given in getattr(definition, "args", {}).items():
                yield f"{name}.{part}({argument}:)", given.deprecation_reason


def input_types_with_deprecated_parts(schema: GraphQLSchema) -> frozenset[str]:
    """The names of the input types and enums in whose values a deprecated part may occur, however deep."""
    deprecated = deprecated_coordinates(schema)
    inputs = {n: one for n, one in schema.type_map.items() if isinstance(one, GraphQLInputObjectType | GraphQLEnumType)}
    found = {
        name
        for name, one in inputs.items()
        for part in (one.fields if isinstance(one, GraphQLInputObjectType) else one.values)
        if f"{name}.{part}" in deprecated
    }
    grows = True
    while grows:
        reaching = {
            name
            for name, one in inputs.items()
            if isinstance(one, GraphQLInputObjectType)
            and any(get_named_type(part.type).name in found for part in one.fields.values())
        }
        grows = not reaching <= found
        found |= reaching
    return frozenset(found)
