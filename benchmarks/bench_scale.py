"""How many orders a second one and two web processes take, beside one dispatcher, on sixteen connections.

Client, servers and PostgreSQL share this machine's cores, so the table shows how much of them was used.
"""

import os
import time

from benchmarks.load import race
from benchmarks.load.attempt import attempt, found
from benchmarks.load.contestants import Contestant
from benchmarks.load.meter import POSTGRESQL
from benchmarks.load.places import preferred
from benchmarks.load.servers import Servers
from benchmarks.options import Options
from benchmarks.peers.contenders import OURS, OURS_TWICE
from benchmarks.report.progress import Progress
from benchmarks.report.results import Column, Results

ORDERS, WARM_ORDERS = 1200, 120
CONNECTIONS = 16
RUN_SECONDS = 4.0
CLIENT, USED = Column("client", "ms"), Column("of all cores", "%")
CONTENDERS = (OURS, OURS_TWICE)


def measure(options: Options, servers: Servers, progress: Progress) -> Results:
    """Load one and two web processes in turn."""
    columns = (*race.columns("order"), CLIENT, USED)
    results = Results("scale", "How many orders a second do two web processes take?", columns, baseline=OURS.name)
    database = preferred(options.databases)
    everyone = servers.running(database, options.taking_part(CONTENDERS, database), results)
    race.warm_up(everyone, lambda one: one.orders(options.some(WARM_ORDERS)), CONNECTIONS)
    for _ in range(options.rounds):
        for one in everyone:
            run = one_run(one, one.orders(options.some(ORDERS)), results)
            progress.ran(RUN_SECONDS, found(results, database, one.name, attempt(run, results, database, one.name)))
    return results


async def one_run(contestant: Contestant, requests: list[bytes], results: Results) -> dict[str, float]:
    """The costs and the rate, and what share of the machine's cores that rate takes."""
    began = time.process_time()
    values = await race.one_run(contestant, requests, results, 1, CONNECTIONS)
    client = 1000 * (time.process_time() - began) / len(requests)
    busy = values[results.columns[0].name] + values[POSTGRESQL.name] + client
    return {**values, CLIENT.name: client, USED.name: busy * values["orders"] / 10 / (os.cpu_count() or 1)}


def seconds(options: Options) -> float:
    """About how long all of it takes on a quiet machine."""
    return race.seconds(options, CONTENDERS, each=RUN_SECONDS)
