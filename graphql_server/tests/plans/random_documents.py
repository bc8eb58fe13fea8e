"""Random documents over a schema, most of them valid: aliases, fragments, directives, arguments, variables."""

import json
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
)

MOST_FIELDS = 5
LEFT_OUT = frozenset({"awaits", "orderStats", "serverTime"})
"""Fields that end the whole operation, or whose value is the time."""


class Author:
    """Writes documents. ``values`` are the choices for an argument of a name, as JSON."""

    def __init__(self, schema: GraphQLSchema, random: Random, values: Mapping[str, Sequence[Any]]) -> None:
        self.schema = schema
        self.random = random
        self.values = values
        self.fragments: list[tuple[str, str]] = []
        self.definitions: list[str] = []
        self.declared: list[str] = []
        self.variables: dict[str, Any] = {}
        self.count = 0

    def operation(self, kind: str, root: GraphQLObjectType, *, depth: int = 4, fields: int = 2) -> str:
        """A document of one operation. Its variables are in ``variables`` afterwards."""
        selection = self.selection(root, depth, fields=fields)
        declared = f"({', '.join(self.declared)})" if self.declared else ""
        return "\n".join([f"{kind} Random{declared} {selection}", *self.definitions])

    def maybe(self, chance: float) -> bool:
        """True with this probability."""
        return self.random.random() < chance

    def name(self, stem: str) -> str:
        """A new name."""
        self.count += 1
        return f"{stem}{self.count}"

    def selection(self, parent: Any, depth: int, *, fields: int = MOST_FIELDS, is_root: bool = False) -> str:
        """A selection set for an object of this type."""
        parts = [self.part(parent, depth) for _ in range(self.random.randint(1, fields))]
        return f"{{ {' '.join(parts)} }}"

    def part(self, parent: Any, depth: int) -> str:
        """A field or a fragment."""
        if depth > 1 and self.maybe(0.2):
            return self.fragment(parent, depth - 1)
        if is_abstract_type(parent) and (self.maybe(0.5) or not getattr(parent, "fields", None)):
            return self.fragment(parent, depth - 1)
        return self.field(parent, depth)

    def field(self, parent: Any, depth: int) -> str:
        """A field, with an alias if it could clash with another field."""
        leaves = [name for name, field in parent.fields.items() if is_leaf_type(get_named_type(field.type))]
        names = [name for name in (parent.fields if depth > 1 else leaves) if name not in LEFT_OUT]
        if not names or self.maybe(0.08):
            return f"{self.name('t')}: __typename{self.directive()}"
        name = self.random.choice(names)
        field = parent.fields[name]
        given = self.arguments(field.args)
        named = get_named_type(field.type)
        alias = f"{self.name('a')}: " if field.args or self.maybe(0.3) or parent.name in self.clashing() else ""
        below = "" if is_leaf_type(named) else f" {self.selection(named, depth - 1)}"
        return f"{alias}{name}{given}{self.directive()}{below}"

    def clashing(self) -> set[str]:
        """The object types of interfaces and unions: their fields are merged with those of other types."""
        return {
            one.name
            for kind in self.schema.type_map.values()
            if is_abstract_type(kind)
            for one in self.schema.get_possible_types(kind)
        }

    def fragment(self, parent: Any, depth: int) -> str:
        """An inline fragment, a new named fragment, or an earlier one again."""
        on = parent
        if is_abstract_type(parent) and self.maybe(0.8):
            on = self.random.choice(list(self.schema.get_possible_types(parent)))
        if self.maybe(0.5):
            condition = f" on {on.name}" if on is not parent or self.maybe(0.5) else ""
            return f"...{condition}{self.directive()} {self.selection(on, depth)}"
        known = [name for name, type_name in self.fragments if type_name == on.name]
        if not known or self.maybe(0.5):
            name, body = self.name("F"), self.selection(on, min(depth, 2))
            self.definitions.append(f"fragment {name} on {on.name} {body}")
            self.fragments.append((name, on.name))
            known = [name]
        return f"...{self.random.choice(known)}{self.directive()}"

    def directive(self) -> str:
        """Sometimes a condition, as a literal or by a variable."""
        if not self.maybe(0.12):
            return ""
        value = self.maybe(0.6)
        text = self.variable("Boolean!", value) if self.maybe(0.5) else json.dumps(value)
        return f" @{self.random.choice(['include', 'skip'])}(if: {text})"

    def arguments(self, arguments: Mapping[str, Any]) -> str:
        """All required arguments and some of the others."""
        given = []
        for name, argument in arguments.items():
            required = isinstance(argument.type, GraphQLNonNull)
            if not required and self.maybe(0.65):
                continue
            options = self.values.get(name) or options_of(get_named_type(argument.type))
            value = self.random.choice(options)
            if required and value is None:
                continue
            text = self.variable(str(argument.type), value) if self.maybe(0.4) else literal(argument.type, value)
            given.append(f"{name}: {text}")
        return f"({', '.join(given)})" if given else ""

    def variable(self, kind: str, value: Any) -> str:
        """A new variable of this type."""
        name = self.name("v")
        self.declared.append(f"${name}: {kind}")
        self.variables[name] = value
        return f"${name}"


def options_of(kind: Any) -> list[Any]:
    """The choices for an argument that has no values of its own."""
    if isinstance(kind, GraphQLEnumType):
        return list(kind.values)
    raise LookupError(f"There are no values for a {kind}.")


def literal(kind: Any, value: Any) -> str:
    """A JSON value as it is written in a document."""
    if isinstance(kind, GraphQLNonNull):
        return literal(kind.of_type, value)
    if value is None:
        return "null"
    if isinstance(kind, GraphQLList):
        items = value if isinstance(value, list | tuple) else [value]  # A wrong value.
        return f"[{', '.join(literal(kind.of_type, one) for one in items)}]"
    if isinstance(kind, GraphQLInputObjectType):
        return f"{{{', '.join(f'{name}: {literal(kind.fields[name].type, one)}' for name, one in value.items())}}}"
    return str(value) if isinstance(kind, GraphQLEnumType) else json.dumps(value)
