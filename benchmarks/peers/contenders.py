"""The contenders: each system on a web server, with the processes that belong to it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from benchmarks.peers.operations import OURS as OUR_OPERATIONS
from benchmarks.peers.operations import STOCK as PLAIN_OPERATIONS
from benchmarks.peers.systems import (
    Application,
    Ariadne,
    NodePeer,
    OnPostgres,
    Ours,
    Raw,
    Role,
    Stock,
    System,
    WebServer,
)
from benchmarks.peers.tree import HERE, Tree


@dataclass(frozen=True, slots=True)
class Contender:
    """A system as it takes part; ``roles`` are those of the processes beside its ``webs`` web processes.

    ``as_streams`` subscribes by server-sent events instead of WebSockets.
    """

    name: str
    system: System
    server: WebServer = ""
    roles: tuple[Role, ...] = ()
    webs: int = 1
    as_streams: bool = False

    def at(self, tree: Tree) -> "Contender":
        """The same with another commit's code."""
        if tree == HERE or not isinstance(self.system, Ours):
            return self
        return replace(self, name=tree.named(self.name), system=replace(self.system, tree=tree))

    @property
    def is_ours(self) -> bool:
        return isinstance(self.system, Ours)

    @property
    def needs_postgresql(self) -> bool:
        return isinstance(self.system, OnPostgres)

    @property
    def application(self) -> Application | None:
        """The system, if it is an application whose statements can be counted."""
        return self.system if isinstance(self.system, Application) else None


OUR_SYSTEM = Ours("ours", "/graphql/", OUR_OPERATIONS, "config.asgi:application")
STOCK_SYSTEM = Stock("stock", "/graphql", PLAIN_OPERATIONS, "benchmarks.peers.stock.asgi:application")

OURS = Contender("ours", OUR_SYSTEM, "uvicorn", ("dispatcher",))
OURS_AS_STREAMS = replace(OURS, name="ours by server-sent events", as_streams=True)
OURS_ON_DAPHNE = replace(OURS, name="ours on Daphne", server="Daphne")
OURS_ON_DAPHNE_AS_STREAMS = replace(OURS_ON_DAPHNE, name="ours on Daphne by server-sent events", as_streams=True)
OURS_WITH_WORKER = replace(OURS, name="ours and its worker", roles=("dispatcher", "worker"))
OURS_TWICE = replace(OURS, name="ours, two web processes", webs=2)
OURS_BY_DEV_UP = Contender("ours by ./dev up, with its tasks", OUR_SYSTEM, "./dev up")
STOCK = Contender("stock on uvicorn", STOCK_SYSTEM, "uvicorn")
STOCK_ON_DAPHNE = replace(STOCK, name="stock on Daphne", server="Daphne")
ARIADNE = Contender("Ariadne", Ariadne("Ariadne", "/graphql/", PLAIN_OPERATIONS), "uvicorn")
APOLLO = Contender("Apollo", NodePeer("apollo", "/graphql", PLAIN_OPERATIONS))
MERCURIUS = Contender("mercurius", NodePeer("mercurius", "/graphql", PLAIN_OPERATIONS))
YOGA = Contender("yoga", NodePeer("yoga", "/graphql", PLAIN_OPERATIONS))
RAW = Contender("raw", Raw("raw", "/graphql", PLAIN_OPERATIONS))

NODE = (APOLLO, MERCURIUS, YOGA)
OVER_HTTP = (STOCK, OURS, ARIADNE, *NODE)


def in_trees(contenders: Sequence[Contender], trees: Sequence[Tree]) -> list[Contender]:
    """All of them; with a second tree, only ours, in turn with the other tree's."""
    if len(trees) == 1:
        return list(contenders)
    return [one.at(tree) for one in contenders if one.is_ours for tree in trees]
