"""How soon 200 dashboards receive an order that is placed alone, and what that costs each process."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping

import redis

from benchmarks.load import live_run, race
from benchmarks.load.attempt import attempt, found
from benchmarks.load.contestants import Contestant
from benchmarks.load.delivery_check import check
from benchmarks.load.meter import PROCESSES, Meter, for_each, servers_cpu
from benchmarks.load.places import preferred
from benchmarks.load.process_cost import percentile
from benchmarks.load.servers import Servers
from benchmarks.load.subscribers import Fleet
from benchmarks.options import Options
from benchmarks.peers.contenders import APOLLO, ARIADNE, MERCURIUS, OURS, OURS_WITH_WORKER, STOCK_ON_DAPHNE
from benchmarks.report.progress import Progress
from benchmarks.report.results import Column, Results

SUBSCRIBERS, ORDERS, WARM_ORDERS = 200, 40, 5
PAUSE_SECONDS, IDLE_SECONDS = 0.05, 1.0
RUN_SECONDS = 6.5
CPU, REDIS = Column("CPU per order", "ms"), Column("Redis", "ms")
FIRST_P50, FIRST_P99 = Column("first p50", "ms"), Column("first p99", "ms")
LAST_P50, LAST_P99 = Column("last p50", "ms"), Column("last p99", "ms")
COLUMNS = (FIRST_P50, FIRST_P99, LAST_P50, LAST_P99, CPU, *PROCESSES, REDIS)
CONTENDERS = (STOCK_ON_DAPHNE, OURS, OURS_WITH_WORKER, ARIADNE, APOLLO, MERCURIUS)


def measure(options: Options, servers: Servers, progress: Progress) -> Results:
    """Keep all contestants running and place orders at each in turn."""
    question = "How soon is one order known, and what does it cost?"
    results = Results("alone", question, COLUMNS, baseline=STOCK_ON_DAPHNE.name)
    database = preferred(options.databases)
    count = min(SUBSCRIBERS, max(options.subscribers))
    everyone = servers.running(database, options.taking_part(CONTENDERS, database), results)
    for _ in range(options.rounds):
        for one in everyone:
            case = f"{count:,} identical subscribers"
            values = attempt(one_run(one, count, options.some(ORDERS)), results, case, one.name)
            progress.ran(RUN_SECONDS, found(results, case, one.name, values))
    return results


async def one_run(contestant: Contestant, count: int, orders: int) -> dict[str, float]:
    """The times to the first and the last subscriber, and the CPU of an order without that of the passing time.

    Raises:
        Faulty: a subscriber did not receive each order, once and in order.
    """
    contestant.finish_tasks()
    await contestant.warm_up(WARM_ORDERS)
    place = contestant.place
    fleet = Fleet(contestant.ports[0], place.system.path, place.headers, place.system.operations.order_created())
    try:
        await fleet.open(count)
        await contestant.rest()
        for _ in range(WARM_ORDERS):
            await live_run.tell(contestant, fleet)
        contestant.finish_tasks()  # Those of the first orders would be sent again meanwhile.
        await contestant.rest()
        fleet.forget()
        return await place_alone(contestant, fleet, orders)
    finally:
        await fleet.close()


async def place_alone(contestant: Contestant, fleet: Fleet, orders: int) -> dict[str, float]:
    """Place the orders with a pause after each; measure when each was received and what it cost."""
    idle = Stopwatch(contestant)
    await asyncio.sleep(IDLE_SECONDS)
    idle_cpu, idle_seconds = idle.read()
    with live_run.without_own_pauses():
        watch, sent = Stopwatch(contestant), {}
        for _ in range(orders):
            number, began = await live_run.tell(contestant, fleet)
            sent[number] = began
            await asyncio.sleep(PAUSE_SECONDS)
        await contestant.rest()
        cpu, seconds = watch.read()
    await fleet.hear_out()
    check(fleet.received_numbers(), fleet.expected_numbers(range(min(sent), max(sent) + 1)))
    used = {role: max(0.0, cpu[role] - idle_cpu.get(role, 0.0) * seconds / idle_seconds) for role in cpu}
    return {**times(fleet, sent), **costs(used, orders)}


class Stopwatch:
    """Counts the CPU of a contestant and of its Redis, and the seconds, from its creation on."""

    def __init__(self, contestant: Contestant) -> None:
        self.redis_url = contestant.place.environment.get("REDIS_URL", "")
        self.redis_begun = redis_cpu_ms(self.redis_url)
        self.meter, self.began = Meter(contestant), time.perf_counter()

    def read(self) -> tuple[dict[str, float], float]:
        """Milliseconds of CPU by process, and the seconds."""
        used = self.meter.read()
        if self.redis_url:
            used[REDIS.name] = redis_cpu_ms(self.redis_url) - self.redis_begun
        return used, time.perf_counter() - self.began


def redis_cpu_ms(url: str) -> float:
    """Milliseconds of CPU that this Redis has used, for all its clients."""
    if not url:
        return 0.0
    with redis.Redis.from_url(url) as client:
        used = client.info("cpu")
    return float(1000 * (used["used_cpu_sys"] + used["used_cpu_user"]))


def times(fleet: Fleet, sent: Mapping[int, float]) -> dict[str, float]:
    """From the sending of each order's mutation to the first and to the last subscriber."""
    arrivals = defaultdict(list)
    for number, when in fleet.arrivals():
        arrivals[number].append(1000 * (when - sent[number]))
    first, last = [min(some) for some in arrivals.values()], [max(some) for some in arrivals.values()]
    return {
        FIRST_P50.name: percentile(first, 0.5),
        FIRST_P99.name: percentile(first, 0.99),
        LAST_P50.name: percentile(last, 0.5),
        LAST_P99.name: percentile(last, 0.99),
    }


def costs(used: dict[str, float], orders: int) -> dict[str, float]:
    """The CPU of one order, by process."""
    of_redis = {REDIS.name: used.pop(REDIS.name) / orders} if REDIS.name in used else {}
    return {CPU.name: servers_cpu(used) / orders, **for_each(used, orders), **of_redis}


def seconds(options: Options) -> float:
    """About how long all of it takes on a quiet machine."""
    return race.seconds(options, CONTENDERS, each=RUN_SECONDS)
