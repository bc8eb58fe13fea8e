"""How much is measured, and of whom."""

from dataclasses import dataclass

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"


@dataclass(frozen=True, slots=True)
class Options:
    """How much is measured: the default takes about twenty minutes on two quiet cores."""

    rounds: int = 3
    subscribers: tuple[int, ...] = (1000, 5000, 10_000)
    databases: tuple[str, ...] = (SQLITE, POSTGRESQL)
    """Orders are placed on each of them; the rest is measured on the last one that can be had."""
    only: tuple[str, ...] = ()
    """What the names of the contestants begin with; of none, all take part."""

    share: float = 1.0
    """How much of the usual number of requests and records is done."""

    def some(self, usual: int) -> int:
        """This share of a usual number, but at least one."""
        return max(1, round(usual * self.share))

    def wants(self, contestant: str) -> bool:
        """Whether this contestant takes part."""
        return not self.only or contestant.startswith(self.only)


QUICK = Options(rounds=1, subscribers=(1000,), databases=(POSTGRESQL,))
