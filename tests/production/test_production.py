"""``./dev production`` as a person starts it: the main job over both web processes, and again while processes die."""

import asyncio
import os
import re
import shutil
import signal
import sys
import tempfile
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.shop import Shop, assert_side_effects, trade
from tests.e2e.stack import addressees
from tests.environment import ROOT, fresh_environment
from tests.faults.traffic import Traffic
from tests.production.dashboards import Dashboards
from tests.servers.processes import Process, free_port, listens, wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.long, pytest.mark.usefixtures("quiet_clients")]
START_SECONDS = 240
END_SECONDS = 10
REMOVED_SECONDS = 60
"""A busy PostgreSQL takes its time to drop a database."""
SETTLED_SECONDS = 120
READY = re.compile(r"^([a-z]+-\d) +ready after .* process (\d+)$", re.MULTILINE)
ENDED = re.compile(r"ended, status 0, after (\S+) s$", re.MULTILINE)
PROCESSED = re.compile(r'^events_receiver_runs_total{outcome="succeeded",receiver="processing"} (\S+)$', re.MULTILINE)
EVERYTHING = {f"{name}-{number}" for name in ("web", "worker", "dispatcher") for number in (1, 2)}
LAST = "{ orderEvents(last: 1) { nodes { sequence } } }"
LEFT = "{ receivers { pending retrying dead } }"


def two_free_ports() -> int:
    """The first of two ports, one after the other, that nothing listens on."""
    return next(port for port in iter(free_port, 0) if not listens(port + 1))


@dataclass
class Running:
    """The command, and its web processes."""

    process: Process
    folder: Path
    port: int

    @property
    def pids(self) -> dict[str, int]:
        """The newest process of each name that is ready."""
        return {name: int(pid) for name, pid in READY.findall(self.process.log.read_text())}

    @property
    def shops(self) -> list[Shop]:
        """Both web processes."""
        token = re.search(r"Bearer (ord_\S+)", self.process.log.read_text())
        assert token
        return [Shop(f"http://127.0.0.1:{port}", token[1], 0.2) for port in (self.port, self.port + 1)]

    async def mails(self) -> Counter[str]:
        """How many mails each customer got, without repeats of a Message-ID."""
        return addressees(self.folder.glob("orders-production-*/outbox/*.log"))

    def processed(self, worker: str) -> float:
        """How many orders the children of this worker have processed, by the worker's metrics."""
        [address] = re.findall(rf"^{worker} +metrics at (\S+)$", self.process.log.read_text(), re.MULTILINE)
        with urllib.request.urlopen(address, timeout=10) as answer:
            return sum(map(float, PROCESSED.findall(answer.read().decode())))

    def kill(self, name: str) -> None:
        """Kill a process, and wait until it was started again and is ready."""
        before = self.pids[name]
        os.kill(before, signal.SIGKILL)
        wait_until(lambda: self.pids[name] != before, timeout_seconds=START_SECONDS, what=f"another {name}")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The command, ready; at the end it ends within its time, and each of its processes with status 0."""
    port, folder = two_free_ports(), Path(tempfile.mkdtemp(prefix="orders-tests-"))
    folder.chmod(0o755)  # A PostgreSQL of its own runs as another user.
    env = fresh_environment(PYTHONPATH=str(ROOT), PYTHONUNBUFFERED="1", TMPDIR=str(folder))
    command = [sys.executable, "-m", "tests.production", "--port", str(port)]
    process = Process("production", command, directory=tmp_path_factory.mktemp("production"), env=env)
    process.start()
    found = Running(process, folder, port)
    try:
        process.wait_until_ready(lambda: {*found.pids} == EVERYTHING, timeout_seconds=START_SECONDS)
        yield found
        status = process.stop(signal.SIGTERM, timeout_seconds=REMOVED_SECONDS)
    finally:
        process.kill()
        shutil.rmtree(folder, ignore_errors=True)
    assert status == 0, process.tail()
    ended = ENDED.findall(process.log.read_text())
    assert len(ended) == len(EVERYTHING), process.tail()
    assert max(map(float, ended)) < END_SECONDS


async def test_the_main_job_is_done_over_both_web_processes(running: Running) -> None:
    here, there = running.shops

    day = await trade(here, clients=4, orders_each=10)

    day.assert_seen_once_and_in_order()
    await assert_side_effects(there, day, running.mails)
    assert sum(map(running.processed, ("worker-1", "worker-2"))) == len(day.orders)


async def test_killed_processes_are_replaced_and_nothing_is_lost_or_doubled(running: Running) -> None:
    here, there = running.shops
    first = await newest(here) + 1
    async with Dashboards([here, there], 10) as dashboards:
        traffic = await asyncio.to_thread(killing, running, there)
        await settled(there)
        head = await newest(there)
        await dashboards.have_seen(head)

    print(f"\n{traffic.orders} orders, lost answers: {dict(traffic.lost)}, ends of sockets: {dict(dashboards.ends)}")
    dashboards.assert_each_once_and_in_order(first, head)
    mails = Counter({name.rpartition("@")[0]: 1 for name in traffic.acknowledged})
    sent = addressees(running.folder.glob("orders-production-*/outbox/*.log"), "killed-")
    assert sent == mails


def killing(running: Running, shop: Shop) -> Traffic:
    """Kill one process of each kind, one after the other, while clients order at the second web process."""
    with Traffic(shop, "killed", seed="killed", backlog=lambda: 0, rest_seconds=(0.1, 0.4)) as traffic:
        for name in ("web-1", "dispatcher-1", "worker-1"):
            traffic.place(5)
            running.kill(name)
        traffic.place(5)
        traffic.close()
    return traffic


async def newest(shop: Shop) -> int:
    """The sequence of the newest event."""
    nodes = (await shop.ask(LAST))["orderEvents"]["nodes"]
    return int(nodes[0]["sequence"]) if nodes else 0


async def settled(shop: Shop) -> None:
    """Wait until no delivery is left to do; none is dead."""
    async with asyncio.timeout(SETTLED_SECONDS):
        while any(one["pending"] or one["retrying"] for one in (await shop.ask(LEFT))["receivers"]):
            await asyncio.sleep(0.5)
    assert [one for one in (await shop.ask(LEFT))["receivers"] if one["dead"]] == []
