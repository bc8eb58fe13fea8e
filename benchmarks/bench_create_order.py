"""What one ``createOrder`` of two lines costs the server, over HTTP on eight connections."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import uvloop

from benchmarks.command import Options, available, main, places, tell
from benchmarks.contestants import OUR_SYSTEM, STOCK_SYSTEM, Contestant, serving
from benchmarks.http_load import load
from benchmarks.measuring import Meter, settle
from benchmarks.results import Column, Results
from benchmarks.statements import statements_of_order

ORDERS = 150
WARM_ORDERS = 50
BASELINE = "stock on uvicorn"
RELAYED = "ours, the request's share"
COLUMNS = (
    Column("CPU per order", "ms"),
    Column("orders", "1/s"),
    Column("statements", ""),
)


def measure(options: Options) -> Results:
    """Keep all contestants running and load them in turn."""
    results = Results("create_order", "What does one createOrder of two lines cost?", COLUMNS, baseline=BASELINE)
    for database in available(options.databases):
        with running(database) as contestants:
            counted = {
                one.name: statements_of_order(one.place, in_the_request=one.name == RELAYED) for one in contestants
            }
            for contestant in contestants:
                uvloop.run(contestant.warm_up(WARM_ORDERS))
            for _ in range(options.rounds):
                for contestant in contestants:
                    values = uvloop.run(one_run(contestant))
                    results.add(database, contestant.name, values | {"statements": counted[contestant.name]})
                    tell(f"{contestant.name}, {database}: {values['CPU per order']:.2f} ms CPU per order")
    return results


@contextmanager
def running(database: str) -> Iterator[list[Contestant]]:
    """Stock; ours with its dispatcher, which numbers, audits and publishes; ours leaving that to a relay elsewhere."""
    with places(database, OUR_SYSTEM, OUR_SYSTEM, STOCK_SYSTEM) as (ours, relayed, stock), ExitStack() as stack:
        yield [
            stack.enter_context(serving(stock, "uvicorn", name=BASELINE)),
            stack.enter_context(serving(ours, "uvicorn", name="ours on uvicorn")),
            stack.enter_context(serving(relayed, "uvicorn", name=RELAYED, EVENTS_DRIVER="relay")),
        ]


async def one_run(contestant: Contestant) -> dict[str, float]:
    """Place orders, and count all that the server's processes do until they rest."""
    contestant.place.finish_tasks()
    await settle(contestant.pid)
    requests = contestant.orders(ORDERS)
    meter, began = Meter(contestant.pid), time.perf_counter()
    answered = await load(contestant.port, requests)
    seconds = time.perf_counter() - began
    await settle(contestant.pid)
    return {"CPU per order": meter.read() / answered, "orders": answered / seconds}


if __name__ == "__main__":
    main({"create_order": measure})
