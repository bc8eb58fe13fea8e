"""Counts and times operations, under bounded names."""

from asyncio import CancelledError
from time import perf_counter
from types import TracebackType
from typing import Any

from graphql import FieldNode, OperationDefinitionNode

from graphql_server.context import Context
from graphql_server.documents.documents import Document
from graphql_server.errors import Code
from graphql_server.execution.responses import Response
from graphql_server.metrics import OTHER, UNREAD, series

FAULTS = frozenset({Code.INTERNAL, Code.UNAVAILABLE})
OK, ABANDONED = "ok", "abandoned"


class Observed:
    """Context manager around one operation: counts it with its outcome and its duration when it ends."""

    __slots__ = ("_began", "_context", "_names", "label", "outcome")

    def __init__(self, context: Context, names: frozenset[str]) -> None:
        self._context = context
        self._names = names
        self.label = UNREAD
        """The type and the name that metrics show."""
        self.outcome = ABANDONED
        """Until there is a response, the client may leave."""

    def __enter__(self) -> "Observed":
        self._began = perf_counter()
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        if kind is not None and not issubclass(kind, CancelledError):
            self.outcome = "fault"
        series(*self.label).count(self.outcome, perf_counter() - self._began, self._context.statements)

    def read(self, document: Document, operation_name: str | None) -> None:
        """The document is known from now on."""
        self.label = label_of(document, operation_name, self._names)

    def answered(self, response: Response) -> Response:
        """Note the outcome, and return the response."""
        self.outcome = outcome_of(response)
        return response


def outcome_of(response: Response) -> str:
    """``ok``; ``fault``: the server's; ``throttled``; ``refused``: the client's."""
    errors = response.get("errors")
    if not errors:
        return OK
    codes = {error["extensions"]["code"] for error in errors}
    if not FAULTS.isdisjoint(codes):
        return "fault"
    return "throttled" if Code.THROTTLED in codes else "refused"


def label_of(document: Document, operation_name: str | None, names: frozenset[str]) -> tuple[str, str]:
    """The type and the name of an operation, from bounded sets; computed once for a document and a name.

    The name is the operation's own if it is one of ``names``, else the field of the schema that it selects, else
    ``other``: it selects several, or fragments.
    """
    try:
        name = document.name(operation_name)
    except KeyError:
        return UNREAD
    if document.errors:
        return UNREAD
    label = document.labels.get(name)
    if label is None:
        label = document.labels[name] = document.kinds[name].value, bounded_name(document, name, names)
    return label


def bounded_name(document: Document, name: str | None, names: frozenset[str]) -> str:
    """See :func:`label_of`."""
    if name in names:
        return str(name)
    selected: set[str] = set()
    for node in document.ast.definitions if document.ast else ():
        if isinstance(node, OperationDefinitionNode) and (node.name.value if node.name else None) == name:
            selected = {field_name(one) for one in node.selection_set.selections} - {"__typename"}
    return selected.pop() if len(selected) == 1 else OTHER


def field_name(node: Any) -> str:
    """The name of a selected field; the fields of a fragment do not count."""
    return node.name.value if isinstance(node, FieldNode) else OTHER
