"""Rows that were read together: what one of them needs is read for all of them, by one statement.

So nested lists cost as many statements for a page of a hundred as for one row, whatever is selected under whatever
alias, and nothing has to look ahead into the document.
"""

from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeVar

from django.db.models import Model
from strawberry.types import Info

from graphql_api.context import Context
from graphql_server.errors import ApiError, Code

MAX_NODES = 20_000
"""How many nodes of lists one answer may have, nested ones included."""

M = TypeVar("M", bound=Model)
T = TypeVar("T")


class Peers(list[Any]):
    """The rows, what has been read for them, and which fields are asked for (:mod:`graphql_api.loading.columns`)."""

    def __init__(self, rows: Iterable[Model], asked: frozenset[str] | None = None) -> None:
        super().__init__(rows)
        self.read: dict[Hashable, Any] = {}
        self.asked = asked


def together(rows: Iterable[M], asked: frozenset[str] | None = None) -> Peers:
    """Note that these rows were read together."""
    peers = Peers(rows, asked)
    for row in peers:
        row.__dict__["_peers"] = peers
    return peers


def peers_of(row: Model) -> Peers:
    """The rows that ``row`` was read with, itself included."""
    peers: Peers | None = row.__dict__.get("_peers")
    return together([row]) if peers is None else peers


def read_once(peers: Peers, key: Hashable, read: Callable[[], T]) -> T:
    """What was read for these rows under ``key``; the first time, it is read."""
    if key not in peers.read:
        peers.read[key] = read()
    found: T = peers.read[key]
    return found


def charge(info: Info[Context, Any], nodes: int) -> None:
    """Count nodes of lists against what one answer may have.

    Raises:
        ApiError: it has too many.
    """
    loaders = info.context.loaders
    loaders["nodes"] = loaders.get("nodes", 0) + nodes
    if loaders["nodes"] > MAX_NODES:
        raise ApiError(
            Code.QUERY_TOO_EXPENSIVE, (f"The response has more than {MAX_NODES:,} nodes. Request fewer at once.")
        )
