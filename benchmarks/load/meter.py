"""The cost of a contestant: the CPU of its processes, and of PostgreSQL's backends for its database."""

import math
from collections.abc import Mapping

from benchmarks.load.contestants import Contestant
from benchmarks.load.postgresql_cost import backends_cpu_ms
from benchmarks.load.process_cost import cpu_ms
from benchmarks.report.results import Column

WEB, DISPATCHER, WORKER = Column("web", "ms"), Column("dispatcher", "ms"), Column("worker", "ms")
POSTGRESQL = Column("PostgreSQL", "ms")
PROCESSES = (WEB, DISPATCHER, WORKER, POSTGRESQL)
"""The CPU by process, for each item that the first column of a table names."""


class Meter:
    """Counts the CPU of a contestant from its creation on."""

    def __init__(self, contestant: Contestant) -> None:
        self.contestant = contestant
        self.begun = self.servers()
        self.backends = self.postgresql()

    def read(self) -> dict[str, float]:
        """Milliseconds of CPU so far by role, with ``PostgreSQL`` if it is on this machine."""
        now, backends = self.servers(), self.postgresql()
        used = {role: now[role] - self.begun[role] for role in now}
        if backends:  # A backend that ended is not counted; the servers keep theirs.
            used[POSTGRESQL.name] = sum(cpu - self.backends.get(pid, 0.0) for pid, cpu in backends.items())
        return used

    def servers(self) -> dict[str, float]:
        return {role: sum(map(cpu_ms, pids)) for role, pids in self.contestant.pids.items()}

    def postgresql(self) -> dict[int, float]:
        url = self.contestant.place.database_url
        return backends_cpu_ms(url) if url else {}


def servers_cpu(used: Mapping[str, float]) -> float:
    """A reading without PostgreSQL's part."""
    return sum(cpu for role, cpu in used.items() if role != POSTGRESQL.name)


def for_each(used: Mapping[str, float], count: float) -> dict[str, float]:
    """A reading by process, per item; nan for a process that a contestant does not have."""
    return {column.name: used.get(column.name, math.nan) / count for column in PROCESSES}
