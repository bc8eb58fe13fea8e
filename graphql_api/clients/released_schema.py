"""Compares a schema with the released one: what breaks, and which clients' documents are concerned.

What was released is kept until the date of its deprecation, and may go after it. A reason has one form:
``Use amount. Removed after 2027-06-30.``
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

from graphql import (
    REMOVE,
    DirectiveNode,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    StringValueNode,
    Visitor,
    VisitorAction,
    build_ast_schema,
    find_breaking_changes,
    get_named_type,
    is_abstract_type,
    parse,
    validate,
    visit,
)

from graphql_api.clients.publishing import ClientDocument
from graphql_server.documents.documents import Document
from graphql_server.documents.uses import Uses

REASON: Final = re.compile(r"Use (?P<instead>.+)\. Removed after (?P<day>\d{4}-\d{2}-\d{2})\.")
"""The form of a deprecation's reason: a replacement and a day."""
COORDINATE: Final = re.compile(r"\w+(?:\.\w+(?:\(\w+:\))?)?")


def day_of(reason: str) -> date | None:
    """The day until which a deprecated part stays; None if its reason does not have the form."""
    found = REASON.fullmatch(reason)
    try:
        return date.fromisoformat(found["day"]) if found else None
    except ValueError:
        return None


def refused(released: str, now: GraphQLSchema, documents: Sequence[ClientDocument], today: date) -> list[str]:
    """Why a schema may not follow on the released one, in sentences, with the clients that each change concerns."""
    promised = still_promised(parse(released), today)
    uses = {one: coordinates_of(promised, one) for one in documents}
    found = []
    for change in find_breaking_changes(promised, now):
        if change.description.startswith("Standard scalar "):  # No part of the schema uses it any more.
            continue
        parts = set(COORDINATE.findall(change.description))
        concerned = sorted({one.client for one, used in uses.items() if concerns(parts, used)})
        users = f"used by {', '.join(concerned)}" if concerned else "no client in contracts/ uses it"
        found.append(f"{change.description} ({users})")
    return [*found, *broken(now, documents)]


def broken(schema: GraphQLSchema, documents: Sequence[ClientDocument]) -> list[str]:
    """The documents that a schema refuses, in sentences."""
    return [
        f"{one.client}/{one.name}.graphql is refused: {error.message}"
        for one in documents
        for error in errors_of(schema, one.text)
    ]


def errors_of(schema: GraphQLSchema, text: str) -> list[GraphQLError]:
    """The errors of a document."""
    try:
        return validate(schema, parse(text))
    except GraphQLError as error:
        return [error]


def concerns(parts: set[str], used: set[str]) -> bool:
    """Whether a change of these parts concerns a client that uses these coordinates: one of them, or their type."""
    types = {part for part in parts if "." not in part}
    precise = parts - types
    return bool(precise & used) or (not precise and any(one.partition(".")[0] in types for one in used))


def coordinates_of(schema: GraphQLSchema, document: ClientDocument) -> set[str]:
    """The coordinates of a schema that a document uses; none if the schema refuses the document."""
    if errors_of(schema, document.text):
        return set()
    ast = parse(document.text)
    names = [
        one.name.value if one.name else None for one in ast.definitions if isinstance(one, OperationDefinitionNode)
    ]
    uses, read = Uses(schema), Document(ast=ast, text=document.text)
    return {coordinate for name in names for coordinate in uses.of(read, name, None).coordinates}


def still_promised(released: DocumentNode, today: date) -> GraphQLSchema:
    """The released schema without the parts whose day has passed, and without what only those have used."""
    kept = visit(released, WithoutExpired(today))
    reached = reachable(build_ast_schema(kept))
    definitions = [one for one in kept.definitions if not is_type(one) or one.name.value in reached]
    return build_ast_schema(DocumentNode(definitions=tuple(definitions)))


def is_type(definition: Any) -> bool:
    """Whether a definition is that of a type."""
    return bool(definition.kind.endswith("type_definition"))


class WithoutExpired(Visitor):
    """Removes what is deprecated until a day before ``today``."""

    def __init__(self, today: date) -> None:
        super().__init__()
        self.today = today

    def enter(self, node: Node, *_: Any) -> VisitorAction:
        """Remove a part whose day has passed."""
        for directive in getattr(node, "directives", None) or ():
            day = day_of(reason_of(directive))
            if day is not None and day < self.today:
                return REMOVE
        return None


def reason_of(directive: DirectiveNode) -> str:
    """The reason of a deprecation; empty for another directive."""
    if directive.name.value == "deprecated":
        for argument in directive.arguments or ():
            if isinstance(argument.value, StringValueNode):
                return argument.value.value
    return ""


def reachable(schema: GraphQLSchema) -> set[str]:
    """The names of the types that clients can reach from the root types."""
    left: list[Any] = [schema.query_type, schema.mutation_type, schema.subscription_type]
    found: set[str] = set()
    while left:
        kind = left.pop()
        if kind is None or kind.name in found:
            continue
        found.add(kind.name)
        left += types_below(schema, kind)
    return found


def types_below(schema: GraphQLSchema, kind: Any) -> Iterator[Any]:
    """The types that a type leads to."""
    yield from getattr(kind, "interfaces", ())
    if is_abstract_type(kind):
        yield from schema.get_possible_types(kind)
    for field in getattr(kind, "fields", {}).values():
        yield get_named_type(field.type)
        for argument in getattr(field, "args", {}).values():
            yield get_named_type(argument.type)
