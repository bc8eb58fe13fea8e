"""One run of subscribers: connect them, place orders, check what they received, measure what it cost."""

import gc
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager

from benchmarks.load.contestants import Contestant
from benchmarks.load.delivery_check import check
from benchmarks.load.http_load import Connection, check_answer
from benchmarks.load.meter import POSTGRESQL, Meter, servers_cpu
from benchmarks.load.process_cost import percentile, resident_kib
from benchmarks.load.subscribers import Fleet
from benchmarks.peers.operations import Ask
from benchmarks.report.results import Column

EVENTS_AT_LEAST, EVENTS_AT_MOST = 3, 30
TELLING_SECONDS = 1.0
WARM_ORDERS = 10
WARM_SUBSCRIBERS = 20
EVENT_SECONDS = 180

CPU_PER_DELIVERY = Column("CPU per delivery", "ms")
CPU_PER_ORDER = Column("CPU per order", "ms")
POSTGRESQL_PER_ORDER = Column("PostgreSQL per order", "ms")
DELIVERIES = Column("deliveries", "1/s")
P50 = Column("p50", "ms")
P99 = Column("p99", "ms")
MEMORY = Column("memory per idle subscriber", "KiB")
CPU_PER_SUBSCRIBE = Column("CPU per subscribe", "ms")


async def one_run(contestant: Contestant, asks: Sequence[Ask], count: int) -> dict[str, float]:
    """Open ``count`` subscribers with these subscriptions in turn, send orders, and check what each received.

    Raises:
        Faulty: a subscriber did not receive each of its orders, once and in order.
    """
    async with Audience(contestant, asks) as audience:
        return await audience.measured(count)


class Audience(AbstractAsyncContextManager["Audience"]):
    """The subscribers of a contestant, of which more and more are opened; the end of the context closes them."""

    def __init__(self, contestant: Contestant, asks: Sequence[Ask]) -> None:
        place = contestant.place
        self.contestant = contestant
        port, as_streams = contestant.ports[0], contestant.contender.as_streams
        self.fleet = Fleet(port, place.system.path, place.headers, asks, as_streams=as_streams)
        self.memory_before = math.nan

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all subscribers' connections."""
        await self.fleet.close()

    async def measured(self, count: int) -> dict[str, float]:
        """The numbers of ``count`` subscribers, of which those that are open already are not opened again.

        Raises:
            Faulty: a subscriber did not receive each of its orders, once and in order.
        """
        if not self.fleet.opened:
            await self.open_some(min(WARM_SUBSCRIBERS, count - 1))
        subscribing = await self.open_others(count)
        return await deliver(self.contestant, self.fleet) | subscribing

    async def open_some(self, count: int) -> None:
        """Open the first subscriptions, before anything is measured."""
        self.contestant.finish_tasks()
        await self.contestant.warm_up(WARM_ORDERS)
        await self.fleet.open(count)
        await self.contestant.rest()  # The protocol has no message for the start of a subscription.
        await tell(self.contestant, self.fleet)
        await self.contestant.rest()
        self.memory_before = resident_kib(*self.contestant.all_pids)

    async def open_others(self, count: int) -> dict[str, float]:
        """Open all others up to ``count``, and check that each is live. Memory is that of all but the first few."""
        meter, more = Meter(self.contestant), count - self.fleet.opened
        await self.fleet.open(more)
        await self.contestant.rest()
        grown = resident_kib(*self.contestant.all_pids) - self.memory_before
        cpu = servers_cpu(meter.read())
        await tell(self.contestant, self.fleet)
        return {MEMORY.name: grown / max(1, count - WARM_SUBSCRIBERS), CPU_PER_SUBSCRIBE.name: cpu / more}


async def tell(contestant: Contestant, fleet: Fleet) -> tuple[int, float]:
    """Place an order and wait until all its subscribers have it; return its number and when it was sent."""
    number, request = contestant.next_order()
    fleet.expect(range(number, number + 1))
    # A kept connection is closed by the server if a delivery takes seconds.
    async with Connection.to(contestant.ports[0]) as connection:
        began = time.perf_counter()
        check_answer(await connection.send(request))
        await fleet.wait(timeout_seconds=EVENT_SECONDS)  # The check at the end reports missing events.
    return number, began


async def tell_some(contestant: Contestant, fleet: Fleet) -> dict[int, float]:
    """Place orders for some seconds, each when all subscribers have the last one; return when each was sent."""
    sent: dict[int, float] = {}
    deadline = time.perf_counter() + TELLING_SECONDS
    while len(sent) < EVENTS_AT_LEAST or (len(sent) < EVENTS_AT_MOST and time.perf_counter() < deadline):
        number, began = await tell(contestant, fleet)
        sent[number] = began
    return sent


@contextmanager
def without_own_pauses() -> Iterator[None]:
    """Collect no garbage meanwhile: the client's own pauses are not the server's latency."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def deliver(contestant: Contestant, fleet: Fleet) -> dict[str, float]:
    """Send some orders; measure how long it took, and what it cost."""
    fleet.forget()
    contestant.finish_tasks()
    await contestant.rest()
    with without_own_pauses():
        meter, began = Meter(contestant), time.perf_counter()
        sent = await tell_some(contestant, fleet)
        seconds = time.perf_counter() - began
        await contestant.rest()
        used = meter.read()
    cpu = servers_cpu(used)
    await fleet.hear_out()
    check(fleet.received_numbers(), fleet.expected_numbers(range(min(sent), max(sent) + 1)))
    latencies = [1000 * (when - sent[number]) for number, when in fleet.arrivals()]
    return {
        CPU_PER_DELIVERY.name: cpu / len(latencies) if latencies else math.nan,
        CPU_PER_ORDER.name: cpu / len(sent),
        POSTGRESQL_PER_ORDER.name: used.get(POSTGRESQL.name, math.nan) / len(sent),
        DELIVERIES.name: len(latencies) / seconds,
        P50.name: percentile(latencies, 0.5),
        P99.name: percentile(latencies, 0.99),
    }
