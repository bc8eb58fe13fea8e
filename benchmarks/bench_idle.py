"""The cost of idle processes."""

import asyncio
from collections.abc import Sequence

import uvloop

from benchmarks.load import race
from benchmarks.load.attempt import noting_failure
from benchmarks.load.contestants import Contestant
from benchmarks.load.meter import PROCESSES, Meter, for_each, servers_cpu
from benchmarks.load.places import preferred
from benchmarks.load.process_cost import resident_kib
from benchmarks.load.servers import Servers
from benchmarks.options import Options
from benchmarks.peers.contenders import OURS_WITH_WORKER, OVER_HTTP
from benchmarks.report.progress import Progress
from benchmarks.report.results import Column, Results

SECONDS = 5
WARM_ORDERS = 10
CPU, MEMORY = Column("CPU per second", "ms"), Column("memory", "MiB")
CONTENDERS = (*OVER_HTTP, OURS_WITH_WORKER)


def measure(options: Options, servers: Servers, progress: Progress) -> Results:
    """Leave all contestants idle, side by side, after some orders."""
    question = "What does it cost while nothing happens?"
    results = Results("idle", question, (CPU, *PROCESSES, MEMORY), baseline=race.BASELINE)
    database = preferred(options.databases)
    contestants = servers.running(database, options.taking_part(CONTENDERS, database), results)
    for contestant in contestants:
        with noting_failure(results, contestant.name):
            uvloop.run(contestant.warm_up(WARM_ORDERS))
            contestant.finish_tasks()
    for _ in range(options.rounds):
        with noting_failure(results, database):
            for name, values in uvloop.run(watch(contestants)).items():
                results.add(database, name, values)
        progress.ran(SECONDS + 2, f"{', '.join(one.name for one in contestants)}: watched for {SECONDS} s")
    return results


async def watch(contestants: Sequence[Contestant]) -> dict[str, dict[str, float]]:
    """The CPU of each contestant in some seconds."""
    for one in contestants:
        await one.rest()
    meters = [Meter(one) for one in contestants]
    await asyncio.sleep(SECONDS)
    found = {}
    for meter in meters:
        used, one = meter.read(), meter.contestant
        memory = resident_kib(*one.all_pids) / 1024
        found[one.name] = {CPU.name: servers_cpu(used) / SECONDS, **for_each(used, SECONDS), MEMORY.name: memory}
    return found


def seconds(options: Options) -> float:
    """About how long all of it takes on a quiet machine."""
    return race.seconds(options, CONTENDERS, each=0) + (SECONDS + 2) * options.rounds
