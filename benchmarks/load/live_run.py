"""One run of subscribers: connect them, place orders, check what they received, measure what it cost."""

import gc
import math
import time
from collections.abc import Sequence

from benchmarks.load.contestants import Contestant
from benchmarks.load.delivery_check import check
from benchmarks.load.http_load import Connection, check_answer
from benchmarks.load.process_cost import Meter, percentile, resident_kib, settle
from benchmarks.load.subscribers import Fleet
from benchmarks.peers.operations import Ask
from benchmarks.report.results import Column

EVENTS_AT_LEAST, EVENTS_AT_MOST = 3, 30
TELLING_SECONDS = 1.5
WARM_ORDERS = 10
WARM_SUBSCRIBERS = 20
EVENT_SECONDS = 180

CPU_PER_DELIVERY = Column("CPU per delivery", "ms")
CPU_PER_ORDER = Column("CPU per order", "ms")
DELIVERIES = Column("deliveries", "1/s")
P50 = Column("p50 from the mutation's sending", "ms")
P99 = Column("p99", "ms")
MEMORY = Column("memory per idle subscriber", "KiB")
CPU_PER_SUBSCRIBE = Column("CPU per subscribe", "ms")


async def one_run(contestant: Contestant, asks: Sequence[Ask], count: int) -> dict[str, float]:
    """Have ``count`` subscribers ask these in turn, tell of one order after the other, and check what each heard.

    Raises:
        Faulty: one did not hear of each order that it asked for, once and in order.
    """
    await contestant.warm_up(WARM_ORDERS)
    place = contestant.place
    fleet = Fleet(contestant.port, place.system.path, place.headers, asks)
    try:
        subscribing = await subscribe(contestant, fleet, count)
        return await deliver(contestant, fleet) | subscribing
    finally:
        await fleet.close()


async def subscribe(contestant: Contestant, fleet: Fleet, count: int) -> dict[str, float]:
    """Open the subscriptions, the first few before anything is measured, and see that each is live."""
    warm = min(WARM_SUBSCRIBERS, count - 1)
    await fleet.open(warm)
    await settle(contestant.pid)  # The protocol has no message for the start of a subscription.
    await tell(contestant, fleet)
    await settle(contestant.pid)
    memory, meter = resident_kib(contestant.pid), Meter(contestant.pid)
    await fleet.open(count - warm)
    await settle(contestant.pid)
    values = {
        MEMORY.name: (resident_kib(contestant.pid) - memory) / (count - warm),
        CPU_PER_SUBSCRIBE.name: meter.read() / (count - warm),
    }
    await tell(contestant, fleet)
    return values


async def tell(contestant: Contestant, fleet: Fleet) -> tuple[int, float]:
    """Place an order and wait until all who are to know of it do; return its number and when it was sent."""
    number, request = contestant.next_order()
    fleet.expect(number)
    async with Connection.to(contestant.port) as connection:  # A kept one is hung up if telling takes seconds.
        began = time.perf_counter()
        check_answer(await connection.send(request))
        await fleet.wait(timeout_seconds=EVENT_SECONDS)  # Whatever is missing, the check at the end will tell.
    return number, began


async def tell_some(contestant: Contestant, fleet: Fleet) -> dict[int, float]:
    """Place orders for some seconds, the next when all know of the last; return when each was sent."""
    sent: dict[int, float] = {}
    deadline = time.perf_counter() + TELLING_SECONDS
    while len(sent) < EVENTS_AT_LEAST or (len(sent) < EVENTS_AT_MOST and time.perf_counter() < deadline):
        number, began = await tell(contestant, fleet)
        sent[number] = began
    return sent


async def deliver(contestant: Contestant, fleet: Fleet) -> dict[str, float]:
    """Tell of some orders and see how long it took, and what it cost."""
    fleet.forget()
    contestant.place.finish_tasks()
    await settle(contestant.pid)
    gc.collect()
    gc.disable()  # The client's own pauses are not the server's latency.
    meter, began = Meter(contestant.pid), time.perf_counter()
    sent = await tell_some(contestant, fleet)
    seconds = time.perf_counter() - began
    await settle(contestant.pid)
    cpu = meter.read()
    gc.enable()
    await fleet.hear_out()
    check(fleet.received_numbers(), fleet.expected_numbers(range(min(sent), max(sent) + 1)))
    latencies = [1000 * (when - sent[number]) for number, when in fleet.arrivals()]
    return {
        CPU_PER_DELIVERY.name: cpu / len(latencies) if latencies else math.nan,
        CPU_PER_ORDER.name: cpu / len(sent),
        DELIVERIES.name: len(latencies) / seconds,
        P50.name: percentile(latencies, 0.5),
        P99.name: percentile(latencies, 0.99),
    }
