"""What one page of fifty orders with their lines costs the server, over HTTP on eight connections."""

import time
from contextlib import ExitStack

import uvloop

from benchmarks.command import Options, main, places, preferred, tell
from benchmarks.contestants import OUR_SYSTEM, STOCK_SYSTEM, Contestant, serving
from benchmarks.http_load import load
from benchmarks.measuring import Meter, settle
from benchmarks.results import Column, Results

ORDERS = 60
WARM_PAGES = 20
PAGES = 100
BASELINE = "stock on uvicorn"
COLUMNS = (Column("CPU per page", "ms"), Column("pages", "1/s"))


def measure(options: Options) -> Results:
    """Keep both running and load them in turn."""
    results = Results(
        "list_orders", "What does a page of 50 orders with two lines each cost?", COLUMNS, baseline=BASELINE
    )
    database = preferred(options.databases)
    with places(database, OUR_SYSTEM, STOCK_SYSTEM) as made, ExitStack() as stack:
        contestants = [stack.enter_context(serving(place, "uvicorn")) for place in reversed(made)]
        for contestant in contestants:
            uvloop.run(fill(contestant))
        for _ in range(options.rounds):
            for contestant in contestants:
                values = uvloop.run(one_run(contestant))
                results.add(database, contestant.name, values)
                tell(f"{contestant.name}, {database}: {values['CPU per page']:.2f} ms CPU per page")
    return results


async def fill(contestant: Contestant) -> None:
    """Have enough orders for a page, and show it until what is made once is made."""
    await contestant.warm_up(ORDERS)
    contestant.place.finish_tasks()
    await load(contestant.port, [contestant.page()] * WARM_PAGES)


async def one_run(contestant: Contestant) -> dict[str, float]:
    """Ask for pages, and count what the server's processes do."""
    await settle(contestant.pid)
    meter, began = Meter(contestant.pid), time.perf_counter()
    answered = await load(contestant.port, [contestant.page()] * PAGES)
    seconds = time.perf_counter() - began
    return {"CPU per page": meter.read() / answered, "pages": answered / seconds}


if __name__ == "__main__":
    main({"list_orders": measure})
