"""The cost of an operation, known before it runs, in points: each about a tenth of a millisecond of server time.

Each document is priced once, and each fragment once. The constant part is added up then; the parts that variables
decide (a page's size, the orders of a batch) are added for each request. A price is an upper bound: every ``@include``
counts, and every type of object that a node may have.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_composite_type,
    is_list_type,
)
from graphql.pyutils import Undefined
from graphql.type import GraphQLNonNull
from graphql.utilities import value_from_ast_untyped

from graphql_server.ports.costs import Given, Prices, Rule

Variables = Mapping[str, Any]
Count = Callable[[Variables], int]


@dataclass(frozen=True, slots=True)
class Price:
    """Known points, and counts that variables decide, each times a price."""

    points: int = 0
    parts: tuple[tuple[Count, "Price"], ...] = ()

    def __add__(self, other: "Price") -> "Price":
        return Price(self.points + other.points, self.parts + other.parts)

    def times(self, count: int | Count) -> "Price":
        """This price, multiplied."""
        if callable(count):
            return Price(0, ((count, self),)) if self.points or self.parts else self
        return Price(self.points * count, tuple((each, price.times(count)) for each, price in self.parts))

    def of(self, variables: Variables) -> int:
        """The points with these variables, as the client sent them."""
        total = self.points
        for count, price in self.parts:
            total += count(variables) * (price.of(variables) if price.parts else price.points)
        return total


NOTHING, ONE = Price(), Price(1)


@dataclass(frozen=True, slots=True)
class Priced:
    """The price of a selection set: ``each`` for every item of the list that it selects from, ``once`` for the rest."""

    once: Price = NOTHING
    each: Price = NOTHING

    def __add__(self, other: "Priced") -> "Priced":
        return Priced(self.once + other.once, self.each + other.each)


@dataclass(frozen=True, slots=True)
class OperationPrice:
    """The price of one operation of a document."""

    price: Price
    defaults: dict[str, Any]

    def of(self, variables: Variables | None) -> int:
        """The points with these variables; takes a microsecond or two."""
        if not self.price.parts:
            return self.price.points
        return self.price.of({**self.defaults, **(variables or {})})


def prices_of(schema: GraphQLSchema, document: DocumentNode, prices: Prices) -> dict[str | None, OperationPrice]:
    """The price of each operation of a valid document, by the operation's name."""
    fragments = (node for node in document.definitions if isinstance(node, FragmentDefinitionNode))
    made = Pricing(schema, prices, {node.name.value: node for node in fragments})
    return {
        node.name.value if node.name else None: made.operation(node)
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode)
    }


@dataclass(slots=True)
class Pricing:
    """Prices one document. In a valid document no fragment spreads itself, and parsing has bounded the depth."""

    schema: GraphQLSchema
    prices: Prices
    fragments: dict[str, FragmentDefinitionNode]
    priced: dict[str, Priced] = field(default_factory=dict)

    def operation(self, node: OperationDefinitionNode) -> OperationPrice:
        """The price of an operation, which costs one point by itself."""
        root = cast(GraphQLObjectType, self.schema.get_root_type(node.operation))
        defaults = {
            one.variable.name.value: value_from_ast_untyped(one.default_value)
            for one in node.variable_definitions or ()
            if one.default_value
        }
        return OperationPrice(ONE + self.selections(node.selection_set, root).once, defaults)

    def selections(self, node: SelectionSetNode, parent: GraphQLCompositeType) -> Priced:
        """The price of all fields that are selected from an object of type ``parent``."""
        total, points = Priced(), 0
        for selection in node.selections:
            if isinstance(selection, FieldNode):
                if selection.selection_set or selection.arguments:
                    total += self.field(selection, parent)
                else:
                    points += points_of_leaf(self.prices, parent, selection.name.value)
            elif isinstance(selection, FragmentSpreadNode):
                total += self.fragment(selection.name.value)
            else:
                total += self.inline(cast(InlineFragmentNode, selection), parent)
        return total + Priced(Price(points)) if points else total

    def inline(self, node: InlineFragmentNode, parent: GraphQLCompositeType) -> Priced:
        """An inline fragment, with or without its own type condition."""
        named = self.schema.get_type(node.type_condition.name.value) if node.type_condition else parent
        return self.selections(node.selection_set, cast(GraphQLCompositeType, named))

    def fragment(self, name: str) -> Priced:
        """A fragment; its price is the same at each spread."""
        if name not in self.priced:
            node = self.fragments[name]
            on = cast(GraphQLCompositeType, self.schema.get_type(node.type_condition.name.value))
            self.priced[name] = self.selections(node.selection_set, on)
        return self.priced[name]

    def field(self, node: FieldNode, parent: GraphQLCompositeType) -> Priced:
        """A field with arguments, or with fields below it."""
        name = node.name.value
        if name.startswith("__"):
            return Priced(Price(self.prices.rule_for(parent.name, name, "").base))
        definition = cast(GraphQLObjectType | GraphQLInterfaceType, parent).fields[name]
        of = get_named_type(definition.type)
        rule = self.prices.rule_for(parent.name, name, of.name)
        below = self.selections(node.selection_set, of) if node.selection_set and is_composite_type(of) else Priced()
        row = ONE if is_composite_type(of) and not self.prices.is_free(of.name) else NOTHING
        points = Price(rule.base) + self.by_arguments(node, rule, rule.points, ONE)
        if self.prices.is_item(parent.name, name):
            return Priced(points, row + below.once)
        bare = definition.type.of_type if isinstance(definition.type, GraphQLNonNull) else definition.type
        if is_list_type(bare):
            return Priced(points + self.by_arguments(node, rule, rule.size, row + below.once))
        return Priced(points + row + below.once + self.by_arguments(node, rule, rule.size, below.each))

    def by_arguments(self, node: FieldNode, rule: Rule, count: Given | int, price: Price) -> Price:
        """``price`` times the rule's factor for the field's arguments; a number unless one holds a variable."""
        if isinstance(count, int):
            return price.times(count)
        values = {one.name.value: one.value for one in node.arguments or () if one.name.value in rule.arguments}
        counting = counter(count, values)
        return price.times(counting if any(map(has_variable, values.values())) else counting({}))


@lru_cache(4096)
def points_of_leaf(prices: Prices, parent: GraphQLCompositeType, name: str) -> int:
    """The points of a field without arguments that has no fields below it."""
    definition = None if name.startswith("__") else cast(GraphQLObjectType | GraphQLInterfaceType, parent).fields[name]
    rule = prices.rule_for(parent.name, name, get_named_type(definition.type).name if definition else "")
    if definition is None:
        return rule.base
    return rule.base + (rule.points({}) if callable(rule.points) else rule.points)


def counter(count: Given, values: dict[str, ValueNode]) -> Count:
    """``count`` of the arguments' values, as a function of the variables."""
    names = {name: node.name.value for name, node in values.items() if isinstance(node, VariableNode)}
    if len(names) == len(values):  # The usual case, without reading the document again.
        return lambda variables: count({name: variables.get(variable) for name, variable in names.items()})

    def counted(variables: Variables) -> int:
        found = {name: value_from_ast_untyped(node, dict(variables)) for name, node in values.items()}
        return count({name: None if value is Undefined else value for name, value in found.items()})

    return counted


def has_variable(node: Any) -> bool:
    """Whether a value is, or holds, a variable. Parsing has bounded its depth."""
    if isinstance(node, VariableNode):
        return True
    inner = getattr(node, "values", None) or [one.value for one in getattr(node, "fields", None) or ()]
    return any(map(has_variable, inner))
