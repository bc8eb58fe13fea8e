"""What the processes cost while nothing happens."""

import asyncio
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import uvloop

from benchmarks.command import Options, main, places, preferred, tell
from benchmarks.contestants import OUR_SYSTEM, ROOT, STOCK_SYSTEM, Place, serving
from benchmarks.measuring import Meter, resident_kib, settle
from benchmarks.results import Column, Results
from tests.processes import Process

SECONDS = 3
WARM_ORDERS = 10
BASELINE = "stock on uvicorn"
COLUMNS = (Column("CPU per second", "ms"), Column("memory", "MiB"))


def measure(options: Options) -> Results:
    """Let a server of each and a relay do nothing, side by side, after some orders."""
    results = Results("idle", "What does it cost while nothing happens?", COLUMNS, baseline=BASELINE)
    database = preferred(options.databases)
    with (
        places(database, OUR_SYSTEM, STOCK_SYSTEM) as (ours, stock),
        serving(stock, "uvicorn") as theirs,
        serving(ours, "uvicorn") as own,
    ):
        for contestant in (theirs, own):
            uvloop.run(contestant.warm_up(WARM_ORDERS))
        ours.finish_tasks()
        with relaying(ours) as relay:
            idle = {theirs.name: theirs.pid, own.name: own.pid, "our relay": relay.pid}
            for _ in range(options.rounds):
                for name, values in uvloop.run(watch(idle)).items():
                    results.add(database, name, values)
                    tell(f"{name}, {database}: {values['CPU per second']:.1f} ms CPU per second")
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


if __name__ == "__main__":
    main({"idle": measure})
