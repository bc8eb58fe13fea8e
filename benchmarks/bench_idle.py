"""What the processes cost while nothing happens."""

import asyncio
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

import uvloop

from benchmarks.load.contestants import Place
from benchmarks.load.places import preferred
from benchmarks.load.process_cost import Meter, resident_kib, settle
from benchmarks.load.race import running
from benchmarks.options import Options
from benchmarks.peers.systems import OUR_SYSTEM, ROOT
from benchmarks.report.progress import Progress
from benchmarks.report.results import Column, Results
from tests.servers.processes import Process

SECONDS = 3
STARTING_SECONDS = 15
WARM_ORDERS = 10
BASELINE = "stock on uvicorn"
COLUMNS = (Column("CPU per second", "ms"), Column("memory", "MiB"))


def measure(options: Options, progress: Progress) -> Results:
    """Let the servers and a relay do nothing, side by side, after some orders."""
    results = Results("idle", "What does it cost while nothing happens?", COLUMNS, baseline=BASELINE)
    database = preferred(options.databases)
    with running(database, options) as contestants, ExitStack() as stack:
        for contestant in contestants:
            uvloop.run(contestant.warm_up(WARM_ORDERS))
        idle = {contestant.name: contestant.pid for contestant in contestants}
        for contestant in contestants:
            if contestant.place.system is OUR_SYSTEM:
                contestant.place.finish_tasks()
                idle["our relay"] = stack.enter_context(relaying(contestant.place)).pid
        for _ in range(options.rounds):
            for name, values in uvloop.run(watch(idle)).items():
                results.add(database, name, values)
            progress.ran(SECONDS, f"{', '.join(idle)}: watched for {SECONDS} s")
    return results


@contextmanager
def relaying(place: Place) -> Iterator[Process]:
    """A relay that has found out that there is nothing to do."""
    command = [sys.executable, str(ROOT / "manage.py"), "relay"]
    process = Process("relay", command, directory=place.directory, env={**place.environment, "PYTHONUNBUFFERED": "1"})
    process.start()
    try:
        process.wait_until_ready(lambda: "The relay runs." in process.tail())
        yield process
    finally:
        process.kill()


async def watch(idle: Mapping[str, int]) -> dict[str, dict[str, float]]:
    """What each of the process trees used in some seconds."""
    for pid in idle.values():
        await settle(pid)
    meters = {name: Meter(pid) for name, pid in idle.items()}
    await asyncio.sleep(SECONDS)
    return {
        name: {"CPU per second": meter.read() / SECONDS, "memory": resident_kib(meter.pid) / 1024}
        for name, meter in meters.items()
    }


def seconds(options: Options) -> float:
    """About how long all of it takes on a quiet machine."""
    return STARTING_SECONDS + SECONDS * options.rounds
