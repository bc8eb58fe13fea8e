"""How much is measured, and which contestants."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from benchmarks.peers.contenders import OURS_BY_DEV_UP, Contender, in_trees
from benchmarks.peers.tree import HERE, Tree

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"


@dataclass(frozen=True, slots=True)
class Options:
    """How much is measured: the default is what docs/benchmarks.md shows."""

    rounds: int = 3
    subscribers: tuple[int, ...] = (1000, 5000, 10_000)
    databases: tuple[str, ...] = (SQLITE, POSTGRESQL)
    """Orders are placed on each of them; other things are measured on the last available one."""
    only: tuple[str, ...] = ()
    """The beginnings of the contestants' names; all take part if there are none."""

    share: float = 1.0
    """The share of the usual number of requests and records."""

    trees: tuple[Tree, ...] = (HERE,)
    """With another commit's code in it, only ours takes part, in turn with the other."""

    def described(self) -> str:
        """All of it in a line, by which results are known that were measured in the same way."""
        with_labels = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "trees"}
        return repr(with_labels | {"trees": [tree.label for tree in self.trees]})

    def some(self, usual: int) -> int:
        """This share of a usual number, but at least one."""
        return max(1, round(usual * self.share))

    def wants(self, contestant: str) -> bool:
        """Whether this contestant takes part."""
        return not self.only or contestant.startswith(self.only)

    def trees_with(self, module: str) -> list[Tree]:
        """The copies of the code that have this module; an older commit may lack a benchmark's program."""
        return [tree for tree in self.trees if tree.has(module)]

    def taking_part(self, contenders: Sequence[Contender], database: str) -> list[Contender]:
        """Those of the contenders that are wanted, once for each copy of the code if there are two.

        Processes of ours need PostgreSQL to work together; on SQLite ours is one process. Some peers need it, too.
        """
        if database == SQLITE:
            here = [one for one in contenders if not one.needs_postgresql]
            contenders = [*dict.fromkeys(OURS_BY_DEV_UP if one.is_ours else one for one in here)]
        return in_trees([one for one in contenders if self.wants(one.name)], self.trees)


QUICK = Options(rounds=1, subscribers=(1000,), databases=(POSTGRESQL,), share=0.3)
