"""How far the system scales, from what its parts cost: which part is full first, and what a larger system is made of.

A queueing model. Each order visits parts one after the other; a part is a number of servers with one queue. From costs
and loads follow each part's use (demand over capacity) and the number of processes;
:mod:`benchmarks.report.simulation` simulates the waiting. Costs are read from ``benchmarks/results/``; what is missing
there is assumed, and marked.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from benchmarks.peers.contenders import OURS, OURS_TWICE, OURS_WITH_WORKER
from benchmarks.report.capacity import BUSY, EUROS_PER_CORE
from benchmarks.report.results import digits
from benchmarks.report.simulation import Visit, journeys, most_per_second, percentile
from benchmarks.report.targets import ALONE, DATABASE, DELIVERY, MANY, MEMORY, Findings, Unmeasured

ORDER, STORED = "create_order", "for each order"
BULK = "5,000 subscribers, each order is one's"
DASHBOARDS_OF_A_TENANT: Final = 50
"""Each dashboard shows all orders of its tenant; the orders are spread evenly over the tenants."""
SOCKETS: Final = 20_000
"""How many sockets a web process holds at most."""
PRIMARY_CORES: Final = 32
"""The cores of the largest PostgreSQL machine that is rented."""
DISK: Final = 300e6
"""The bytes of WAL that its disk takes in a second."""
CELL_ORDERS: Final = 2_000
"""The orders a second of one cell at most, though a primary may take more: a cell is also what fails together."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a part takes, in ``unit``; where it was measured, and what is assumed until it has been."""

    part: str
    what: str
    unit: str
    measured_in: tuple[tuple[str, str, str, str], ...]
    """Benchmark, case, contestant and column of the numbers whose sum it is."""
    assumed: float

    def value(self, findings: Findings) -> tuple[float, bool]:
        """The number, and whether it was measured."""
        try:
            return sum(findings.value(*where) for where in self.measured_in), True
        except Unmeasured:
            return self.assumed, False


def of_an_order(column: str, contestant: str = OURS.name) -> tuple[tuple[str, str, str, str], ...]:
    """A column of ``createOrder``."""
    return ((ORDER, DATABASE, contestant, column),)


COSTS: Final = (
    Cost("web", "an order", "ms", of_an_order("web"), 1.4),
    Cost(
        "notice",
        "an event, in each web process that has a subscriber of it",
        "ms",
        (("bulk", BULK, OURS_TWICE.name, "web process with the subscribers"),),
        0.15,
    ),
    Cost("delivery", "a delivery to one dashboard", "ms", (("live_delivery", MANY, OURS.name, DELIVERY),), 0.0115),
    Cost("socket", "an idle dashboard", "KiB", (("live_delivery", MANY, OURS.name, MEMORY),), 26),
    Cost("dispatcher", "an order", "ms", of_an_order("dispatcher"), 0.8),
    Cost("worker", "an order: processing, invoice, mails", "ms", of_an_order("worker", OURS_WITH_WORKER.name), 9),
    Cost("PostgreSQL", "an order", "ms", of_an_order("PostgreSQL"), 1.0),
    Cost("Redis", "an order", "ms", (("alone", ALONE, OURS.name, "Redis"),), 0.1),
    Cost("WAL", "an order", "bytes", (("storage", STORED, "WAL, written", "table"),), 25_000),
    Cost(
        "disk",
        "an order",
        "bytes",
        tuple(("storage", STORED, "all tables", column) for column in ("table", "indexes")),
        12_000,
    ),
)
"""Where a number is missing in ``benchmarks/results/``, the last one is assumed."""


@dataclass(frozen=True, slots=True)
class Load:
    """How many orders a second are placed, and how many dashboards are open."""

    orders: float
    dashboards: int

    @property
    def shown(self) -> float:
        """On how many dashboards an order appears."""
        return min(self.dashboards, DASHBOARDS_OF_A_TENANT)


LOADS: Final = tuple(
    Load(orders, dashboards) for dashboards in (1_000, 100_000, 1_000_000) for orders in (10, 1_000, 100_000)
)


class Model:
    """The demand of a load on each part."""

    def __init__(self, findings: Findings) -> None:
        found = {cost.part: cost.value(findings) for cost in COSTS}
        self.costs = {part: value for part, (value, _) in found.items()}
        self.measured = {part: is_measured for part, (_, is_measured) in found.items()}

    def cores(self, load: Load) -> dict[str, float]:
        """The cores that each kind of process keeps busy, all cells together.

        A tenant's dashboards are spread over the web processes of its cell, so that each of them gets nearly each
        event of the tenant: web processes have to be counted until their number and their work fit each other.
        """
        placing = load.orders * self.costs["web"] / 1000
        delivering = load.orders * load.shown * self.costs["delivery"] / 1000
        webs = 1.0
        for _ in range(50):
            notified = min(max(webs / self.cells_of(load), 1.0), load.shown)
            work = placing + delivering + load.orders * notified * self.costs["notice"] / 1000
            needed = max(work / BUSY, load.dashboards / SOCKETS, 1.0)
            if math.isclose(needed, webs, rel_tol=1e-6):
                break
            webs = needed
        others = {
            part: load.orders * self.costs[part] / 1000 for part in ("dispatcher", "worker", "PostgreSQL", "Redis")
        }
        return {"web": work, **others}

    def cells_of(self, load: Load) -> int:
        """Into how many cells the tenants are divided: one for each primary that is full."""
        cores = load.orders * self.costs["PostgreSQL"] / 1000 / BUSY / PRIMARY_CORES
        wal = load.orders * self.costs["WAL"] / DISK / BUSY
        return max(math.ceil(cores), math.ceil(wal), math.ceil(load.orders / CELL_ORDERS), 1)

    def processes(self, load: Load) -> dict[str, int]:
        """How many of each there are; a process uses one core at most. Of PostgreSQL, its cores."""
        cores = self.cores(load)
        count = {part: max(math.ceil(used / BUSY), 1) for part, used in cores.items()}
        count["web"] = max(count["web"], math.ceil(load.dashboards / SOCKETS))
        cells = self.cells_of(load)
        return {part: max(number, cells) for part, number in count.items()}

    def full(self, load: Load) -> list[tuple[float, str]]:
        """How many times each part is full when there is one of it, the fullest first: what gives out first."""
        cores = self.cores(load)
        parts = {
            "one web process": max(cores["web"] / BUSY, load.dashboards / SOCKETS),
            "one dispatcher": cores["dispatcher"] / BUSY,
            "one worker": cores["worker"] / BUSY,
            "one Redis": cores["Redis"] / BUSY,
            "one PostgreSQL primary": max(
                cores["PostgreSQL"] / BUSY / PRIMARY_CORES, load.orders * self.costs["WAL"] / DISK / BUSY
            ),
        }
        return sorted(((times, part) for part, times in parts.items()), reverse=True)


# --- Waiting ----------------------------------------------------------------------------------------------------------


def way_of_an_order(model: Model) -> list[Visit]:
    """From the mutation to the dashboards of its tenant, which are all at one web process."""
    costs = model.costs
    notifying = costs["notice"] + DASHBOARDS_OF_A_TENANT * costs["delivery"]
    return [
        Visit("web", costs["web"]),
        Visit("PostgreSQL", costs["PostgreSQL"]),
        Visit("dispatcher", costs["dispatcher"]),
        Visit("web", notifying),
    ]


USES: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95)
SHAPES: Final = (
    {"web": 1, "PostgreSQL": 1, "dispatcher": 1},
    {"web": 4, "PostgreSQL": 4, "dispatcher": 2},
    {"web": 16, "PostgreSQL": 16, "dispatcher": 8},
)
"""Web processes, PostgreSQL's cores and dispatchers of a cell."""


def waits(model: Model, servers: Mapping[str, int], *, orders: int = 20_000) -> list[tuple[float, float, float]]:
    """For each use of the fullest part: the use, and p50 and p99 of an order's way to the dashboards, in ms."""
    way = way_of_an_order(model)
    most, rows = most_per_second(way, servers), []
    for use in USES:
        times = journeys(way, servers, use * most, orders=orders)
        rows.append((use, percentile(times, 0.5), percentile(times, 0.99)))
    return rows


# --- Tables -----------------------------------------------------------------------------------------------------------


def costs_table(findings: Findings) -> Iterator[str]:
    """The lines of a table: what each part costs, and whether that was measured."""
    yield "| part | for | cost | |"
    yield "|---|---|---:|---|"
    for cost in COSTS:
        value, is_measured = cost.value(findings)
        source = f"measured: `{cost.measured_in[0][0]}`" if is_measured else "assumed"
        shown = f"{value:,.0f}" if value >= 1000 else digits(value, 2)
        yield f"| {cost.part} | {cost.what} | {shown} {cost.unit} | {source} |"


def loads_table(findings: Findings) -> Iterator[str]:
    """The lines of a table: what is full first at each load, and what the system is then made of."""
    model = Model(findings)
    titles = (
        "orders/s",
        "full first",
        "then",
        "web",
        "dispatchers",
        "workers",
        "PostgreSQL",
        "Redis",
        "cells",
        "€ a month",
    )
    yield "| dashboards | " + " | ".join(titles) + " |"
    yield "|---:|---:|---|---|" + "---:|" * (len(titles) - 3)
    for load in LOADS:
        full = [f"{part} × {digits(times, 2)}" for times, part in model.full(load) if times >= 1]
        count, cells = model.processes(load), model.cells_of(load)
        numbers = [f"{count[part]:,}" for part in ("web", "dispatcher", "worker", "PostgreSQL", "Redis")]
        euros = sum(count.values()) * EUROS_PER_CORE
        cell = [f"{load.orders:,g}", (full or ["nothing"])[0], ", ".join(full[1:3]) or "nothing", *numbers]
        yield f"| {load.dashboards:,} | " + " | ".join([*cell, f"{cells:,}", f"{euros:,}"]) + " |"
