"""The size of a document, computed before it is validated or run.

One pass over the parsed document: each fragment is measured once and its size is kept. So nested fragments, which
multiply what they select, cost no more to measure than to write. Rules that walk into each spread again take seconds
for a document of a kilobyte.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Any, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

from graphql_server.errors import ApiError, Code
from graphql_server.limits import DocumentLimits


@dataclass(slots=True)
class Size:
    """The size of an operation or a fragment, with every spread of a fragment written out."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    repeats: int = 0

    def add(self, other: "Size", *, below: int) -> None:
        """Add the size of a fragment that is spread ``below`` levels under the top of this size."""
        self.depth = max(self.depth, below + other.depth)
        self.fields += other.fields
        self.aliases += other.aliases
        self.directives += other.directives
        self.repeats += other.repeats


Names = dict[str, Any]
"""The fields that are selected at one place of the answer, by name, each with the fields below it."""
Level = tuple[SelectionSetNode, int, Names]
"""A selection set, its depth, and the fields that were found at its place so far."""


@dataclass(slots=True)
class Definition:
    """A definition's own size, and the fragments that it spreads with the level of each spread."""

    size: Size = field(default_factory=Size)
    spreads: list[tuple[str, int]] = field(default_factory=list)


def check(document: DocumentNode, limits: DocumentLimits) -> tuple[Size, list[GraphQLError]]:
    """The document's size, and the limits that it exceeds, each with the number found and the number allowed.

    It is not measured if it has too many definitions or variables.
    """
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if len(operations) > limits.operations:
        return Size(), [too_expensive("operations", len(operations), limits.operations)]
    fragments = len(document.definitions) - len(operations)
    if fragments > limits.fragments:
        return Size(), [too_expensive("fragments", fragments, limits.fragments)]
    most = max((len(node.variable_definitions or ()) for node in operations), default=0)
    if most > limits.variables:
        return Size(), [too_expensive("variables", most, limits.variables)]
    size = measure(document, operations)
    found = ((name.name, getattr(size, name.name), getattr(limits, name.name)) for name in fields(size))
    return size, [too_expensive(name, count, most) for name, count, most in found if count > most]


def too_expensive(what: str, found: int, most: int) -> ApiError:
    """The error for a limit that is exceeded."""
    number = f"{found:,}" if found <= 1_000_000 else "over a million"
    name = "levels of fields" if what == "depth" else what
    return ApiError(Code.QUERY_TOO_EXPENSIVE, f"The document has {number} {name}; at most {most:,} are allowed.")


def measure(document: DocumentNode, operations: Iterable[OperationDefinitionNode]) -> Size:
    """The largest depth and the sums of the other numbers over all operations of the document."""
    fragments = {
        node.name.value: own_size(node) for node in document.definitions if isinstance(node, FragmentDefinitionNode)
    }
    measured: dict[str, Size] = {}
    entered: set[str] = set()
    for name in fragments:
        if name not in entered:
            write_out(name, fragments, entered, measured)
    total = Size()
    for operation in operations:
        own = own_size(operation)
        total.add(whole_size(own, measured), below=0)
    return total


def own_size(definition: OperationDefinitionNode | FragmentDefinitionNode) -> Definition:
    """Measure the definition itself. No recursion: a document may nest deeper than Python's stack."""
    found = Definition()
    found.size.directives += len(definition.directives or ())
    levels: list[Level] = [(definition.selection_set, 1, {})]
    while levels:
        selection_set, depth, names = levels.pop()
        for selection in selection_set.selections:
            levels.extend(count(selection, depth, names, found))
    return found


def count(selection: SelectionNode, depth: int, names: Names, found: Definition) -> Iterator[Level]:
    """Count one selection into ``found`` and yield the selection set below it, if there is one, with its place."""
    found.size.directives += len(selection.directives or ())
    if isinstance(selection, FragmentSpreadNode):
        found.spreads.append((selection.name.value, depth - 1))
        found.size.repeats += f"...{selection.name.value}" in names
        names[f"...{selection.name.value}"] = {}
        return
    if isinstance(selection, FieldNode):
        found.size.depth = max(found.size.depth, depth)
        found.size.fields += 1
        found.size.aliases += selection.alias is not None
        name = (selection.alias or selection.name).value
        found.size.repeats += name in names
        names, depth = names.setdefault(name, {}), depth + 1
    below: SelectionSetNode | None = getattr(selection, "selection_set", None)
    if below:
        yield below, depth, names


def write_out(root: str, fragments: dict[str, Definition], entered: set[str], measured: dict[str, Size]) -> None:
    """Measure a fragment after the fragments that it spreads.

    A fragment that spreads itself counts 0: it is not valid.
    """
    path = [root]
    while path:
        name = path[-1]
        entered.add(name)
        missing = next((to for to, _ in fragments[name].spreads if to in fragments and to not in entered), None)
        if missing is not None:
            path.append(missing)
        else:
            measured[name] = whole_size(fragments[name], measured)
            path.pop()


def whole_size(definition: Definition, measured: dict[str, Size]) -> Size:
    """A definition's own size and the size of all fragments that it spreads."""
    own = definition.size
    total = replace(own)
    for name, below in definition.spreads:
        if name in measured:
            total.add(measured[name], below=below)
    return total


def count_values(variables: object, most: int) -> int:
    """The number of values in the variables, nested values included; counting stops soon after ``most``."""
    found, left = 0, [variables]
    while left and found <= most:
        inner = left.pop()
        items: Iterable[object] = inner.values() if isinstance(inner, dict) else cast("list[object]", inner)
        for item in items:
            found += 1
            if isinstance(item, dict | list):
                left.append(item)
    return found
