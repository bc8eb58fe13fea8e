"""``./dev soak``: the production shape under load for minutes; what it takes has to stay the same.

Status 1 if memory, descriptors, connections, threads, tasks or dead rows have grown by more than their limit in the
last two thirds of the time. ``test-output/soak.svg`` shows each of them, ``soak.json`` beside it has the samples.
"""

import asyncio
import logging
import re
import statistics
import sys
import time
import urllib.request
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson
import psutil

from tests.environment import ROOT
from tests.faults.traffic import Traffic
from tests.production.dashboards import Dashboards
from tests.production.hosts import Hosts, hosts
from tests.production.soak_chart import chart
from tests.servers.process_tree import processes_of
from tests.servers.processes import Process

OUTPUT = ROOT / "test-output"
SAMPLES = 240
LEAST_SECONDS = 1.0
WARM_SHARE = 1 / 3
"""How much of the time is for caches and pools to fill."""
DASHBOARDS = 50
REST_SECONDS = (0.2, 0.6)
MIB = 1024 * 1024
TASKS = re.compile(r"^web_loop_tasks ([\d.e+]+)$", re.MULTILINE)
OF_DATABASE = """
SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()),
       (SELECT 100.0 * sum(n_dead_tup) / greatest(sum(n_live_tup), 1) FROM pg_stat_user_tables)
"""

Samples = dict[str, list[tuple[float, float]]]
"""Each quantity's values, with the seconds since the start."""


@dataclass(frozen=True, slots=True)
class Limit:
    """By how much a quantity may grow: this much, or this share of what it was, whichever is more."""

    unit: str
    amount: float
    share: float = 0.0

    def allows(self, growth: float, before: float) -> bool:
        """Whether the measure may grow by this much."""
        return growth <= max(self.amount, self.share * before)


LIMITS = {
    "memory": Limit("MiB", 16, 0.1),
    "descriptors": Limit("", 15),
    "connections": Limit("", 15),
    "threads": Limit("", 6),
    "tasks": Limit("", 20),
    "dead rows": Limit("% of live rows", 20),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A quantity over the time that counts: what it was at first, and by how much it has grown."""

    name: str
    before: float
    growth: float
    limit: Limit

    @property
    def is_flat(self) -> bool:
        """Whether the measure stayed the same."""
        return self.limit.allows(self.growth, self.before)

    def line(self) -> str:
        """A line of the report."""
        verdict = "flat" if self.is_flat else "GROWS"
        unit = f" {self.limit.unit}" if self.limit.unit else ""
        return f"{self.name:<26} {self.before:9.1f} {self.growth:+9.1f}{unit:<16} {verdict}"


def growth(values: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The value at first and by how much it grew, by the slope between the medians of the first and the last third."""
    third = max(len(values) // 3, 1)
    first, last = values[:third], values[-third:]
    times, levels = ([statistics.median(one[i] for one in part) for part in (first, last)] for i in (0, 1))
    between = times[1] - times[0]
    slope = (levels[1] - levels[0]) / between if between else 0.0
    return levels[0], slope * (values[-1][0] - values[0][0])


def judge(samples: Samples) -> list[Finding]:
    """A finding for each quantity; the time in which it warms up does not count."""
    found = []
    for name, values in samples.items():
        end = values[-1][0]
        counted = [one for one in values if one[0] >= WARM_SHARE * end]
        found.append(Finding(name, *growth(counted), LIMITS[name.partition(", ")[0]]))
    return found


def of_process(process: Process) -> dict[str, float]:
    """The memory, descriptors, connections, threads and tasks of a process and its children."""
    taken = dict.fromkeys(("memory", "descriptors", "connections", "threads"), 0.0)
    for one in processes_of(process.pid):
        with suppress(psutil.NoSuchProcess):
            taken["memory"] += one.memory_info().rss / MIB
            taken["descriptors"] += one.num_fds()
            taken["connections"] += len(one.net_connections("tcp"))
            taken["threads"] += one.num_threads()
    return taken


def tasks_of(address: str) -> float:
    """How many tasks the event loop of a web process has."""
    with urllib.request.urlopen(f"{address}/metrics", timeout=10) as answer:
        found = TASKS.search(answer.read().decode())
    return float(found[1]) if found else 0.0


def sample(system: Hosts) -> dict[str, float]:
    """All quantities now."""
    taken: dict[str, float] = {}
    for process in (*(host.web for host in system.web), *system.others):
        taken |= {f"{what}, {process.name}": value for what, value in of_process(process).items()}
    for host in system.web:
        taken[f"tasks, {host.name}"] = tasks_of(host.shop.address)
    ((connections, dead),) = system.rows(OF_DATABASE)
    return taken | {"connections, PostgreSQL": float(connections), "dead rows, PostgreSQL": float(dead or 0)}


def observe(system: Hosts, seconds: float) -> Samples:
    """Take samples for so long, while clients order."""
    samples: Samples = {}
    began, pause = time.monotonic(), max(seconds / SAMPLES, LEAST_SECONDS)
    with Traffic(system.shop, "soak", seed="soak", backlog=lambda: 0, rest_seconds=REST_SECONDS) as traffic:
        while (passed := time.monotonic() - began) < seconds:
            for name, value in sample(system).items():
                samples.setdefault(name, []).append((passed, value))
            time.sleep(pause)
        traffic.close()
    print(f"{traffic.orders} orders in {seconds / 60:g} minutes; lost answers: {dict(traffic.lost)}")
    return samples


async def soak(directory: Path, seconds: float) -> Samples:
    """Run the system under load for so long; return the samples."""
    with hosts(directory, workers=1) as system:
        print(f"two web processes, a worker, a dispatcher on {system.describe()}; {DASHBOARDS} dashboards")
        async with Dashboards([system.shop], DASHBOARDS):
            return await asyncio.to_thread(observe, system, seconds)


def main(arguments: Sequence[str]) -> int:
    """Soak; 0 if all is flat."""
    parser = ArgumentParser(prog="./dev soak", description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--output", type=Path, default=OUTPUT, help="the folder of soak.svg and soak.json")
    given = parser.parse_args(arguments)
    logging.disable(logging.WARNING)
    with TemporaryDirectory(prefix="orders-soak-") as directory:
        samples = asyncio.run(soak(Path(directory), 60 * given.minutes))
    given.output.mkdir(parents=True, exist_ok=True)
    (given.output / "soak.json").write_bytes(orjson.dumps(samples))
    (given.output / "soak.svg").write_text(chart(samples, {name: limit.unit for name, limit in LIMITS.items()}))
    findings = judge(samples)
    print(f"{'':<26} {'at first':>9} {'growth':>9}", *(finding.line() for finding in findings), sep="\n")
    print(f"The picture: {given.output / 'soak.svg'}")
    return 0 if all(finding.is_flat for finding in findings) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
