"""What it costs to tell N dashboards of one new order, and how soon they know."""

import gc
import time
from statistics import median

import uvloop

from benchmarks.client import Fleet
from benchmarks.command import POSTGRESQL, Options, main, places, preferred, tell
from benchmarks.contestants import OUR_SYSTEM, STOCK_SYSTEM, Contestant, Place, WebServer, serving
from benchmarks.deliveries import check
from benchmarks.http_load import Connection
from benchmarks.measuring import Meter, percentile, resident_kib, settle
from benchmarks.results import Column, Results

DELIVERIES = 4000
WARM_SUBSCRIBERS = 20
EVENT_SECONDS = 60
COLUMNS = (
    Column("CPU per delivery", "ms"),
    Column("deliveries", "1/s"),
    Column("p50 from the mutation's sending", "ms"),
    Column("p99", "ms"),
    Column("memory per idle subscriber", "KiB"),
    Column("CPU per subscribe", "ms"),
)


def measure(options: Options) -> Results:
    """Serve each contestant anew for each round, in turn: memory that an earlier round left would hide this one's."""
    results = Results(
        "live_delivery", "What does telling N subscribers of an order cost?", COLUMNS, baseline="stock on Daphne"
    )
    database = preferred(options.databases)
    with places(database, OUR_SYSTEM, STOCK_SYSTEM, redis=database == POSTGRESQL) as (ours, stock):
        contestants: list[tuple[Place, WebServer]] = [(stock, "daphne"), (ours, "uvicorn"), (ours, "daphne")]
        for count in options.subscribers:
            for _ in range(options.rounds):
                for place, server in contestants:
                    place.finish_tasks()
                    with serving(place, server) as contestant:
                        values = uvloop.run(one_run(contestant, count))
                    results.add(f"{count:,} identical subscribers, {database}", contestant.name, values)
                    tell(f"{contestant.name}, {count} subscribers: {values[COLUMNS[0].name]:.4f} ms CPU per delivery")
    return results


async def one_run(contestant: Contestant, count: int) -> dict[str, float]:
    """Subscribe, tell of orders one after the other, and check that every subscriber heard of each once and in order.

    Raises:
        Faulty: one did not.
    """
    await contestant.warm_up(10)
    token = contestant.place.headers
    system = contestant.place.system
    fleet = Fleet(contestant.port, system.path, token, system.operations.order_created)
    try:
        subscribing = await subscribe(contestant, fleet, count)
        return await deliver(contestant, fleet, events=max(3, DELIVERIES // count)) | subscribing
    finally:
        await fleet.close()


async def subscribe(contestant: Contestant, fleet: Fleet, count: int) -> dict[str, float]:
    """Open the subscriptions, the first few before anything is measured, and see that each is live."""
    await fleet.open(WARM_SUBSCRIBERS)
    await tell_all(contestant, fleet)
    await settle(contestant.pid)
    memory, meter = resident_kib(contestant.pid), Meter(contestant.pid)
    measured = count - WARM_SUBSCRIBERS
    await fleet.open(measured)
    await settle(contestant.pid)
    values = {
        "memory per idle subscriber": (resident_kib(contestant.pid) - memory) / measured,
        "CPU per subscribe": meter.read() / measured,
    }
    await tell_all(contestant, fleet)
    return values


async def tell_all(contestant: Contestant, fleet: Fleet, *, events: int = 1) -> dict[int, float]:
    """Place orders, the next when all subscribers know of the last; return each one's number and time of sending."""
    sent = {}
    async with Connection.to(contestant.port) as connection:
        for _ in range(events):
            fleet.expect()
            began = time.perf_counter()
            sent[await contestant.place_one(connection)] = began
            await fleet.wait(timeout_seconds=EVENT_SECONDS)  # Whatever is missing, the check at the end will tell.
    return sent


async def deliver(contestant: Contestant, fleet: Fleet, *, events: int) -> dict[str, float]:
    """Tell of so many orders and see how long it took, and what it cost."""
    fleet.forget()
    await settle(contestant.pid)
    gc.collect()
    gc.disable()  # The client's own pauses are not the server's latency.
    meter, began = Meter(contestant.pid), time.perf_counter()
    sent = await tell_all(contestant, fleet, events=events)
    seconds = time.perf_counter() - began
    await settle(contestant.pid)
    cpu = meter.read()
    gc.enable()
    await fleet.hear_out()
    check(fleet.received_numbers(), range(min(sent), max(sent) + 1))
    latencies = [1000 * (when - sent[number]) for number, when in fleet.arrivals()]
    return {
        "CPU per delivery": cpu / len(latencies),
        "deliveries": len(latencies) / seconds,
        "p50 from the mutation's sending": median(latencies),
        "p99": percentile(latencies, 0.99),
    }


if __name__ == "__main__":
    main({"live_delivery": measure})
