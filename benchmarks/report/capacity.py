"""What the measured costs mean for a user: how many orders and dashboards a machine serves, and what it costs."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.peers.contenders import OURS, OURS_WITH_WORKER
from benchmarks.report.results import digits
from benchmarks.report.targets import DATABASE, DELIVERY, MANY, MEMORY, Findings, Unmeasured

BUSY = 0.6
"""The share of a core that is planned for; the rest is for peaks."""
EUROS_PER_CORE = 8
"""A month of a virtual core with 2 GiB of memory, at a European provider of middle price."""
LEAST_CORES = 2


WHOLE_ORDER = ("CPU per order", "PostgreSQL")
WORK = {
    "orders, the web process alone": ("create_order", DATABASE, OURS.name, ("web",)),
    "orders, with dispatcher and PostgreSQL": ("create_order", DATABASE, OURS.name, WHOLE_ORDER),
    "… and with the worker's processing, mails and invoices": (
        "create_order",
        DATABASE,
        OURS_WITH_WORKER.name,
        WHOLE_ORDER,
    ),
    "orders in batches of 100, with dispatcher and PostgreSQL": ("create_orders", DATABASE, OURS.name, WHOLE_ORDER),
    "pages of 50 orders, with PostgreSQL": ("list_orders", DATABASE, OURS.name, ("CPU per page", "PostgreSQL")),
    "deliveries of one order to 5,000 dashboards": ("live_delivery", MANY, OURS.name, (DELIVERY,)),
}


@dataclass(frozen=True, slots=True)
class Business:
    """Who runs it: orders a second at the busiest time, and dashboards that each show every new order."""

    name: str
    orders: float
    dashboards: int


BUSINESSES = (
    Business("a shop", 1, 20),
    Business("a retailer with branches", 10, 500),
    Business("a marketplace", 50, 2_000),
    Business("a trade fair: few orders, many screens", 5, 20_000),
    Business("an importer: many orders, few screens", 200, 50),
)


def per_core(findings: Findings) -> Iterator[str]:
    """The lines of a table: how much of each work a core does that does nothing else."""
    yield "| one core, fully used, serves | a second |"
    yield "|---|---:|"
    for what, (benchmark, case, contestant, columns) in WORK.items():
        try:
            cost = sum(findings.value(benchmark, case, contestant, column) for column in columns)
            yield f"| {what} | {digits(1000 / cost, 2)} |"
        except Unmeasured:
            yield f"| {what} | not measured |"


def machines(findings: Findings) -> Iterator[str]:
    """The lines of a table: what each business needs."""
    titles = ("orders a second", "dashboards", "cores in use", "memory of the dashboards, MiB", "cores", "€ a month")
    yield "| | " + " | ".join(titles) + " |"
    yield "|---|" + "---:|" * len(titles)
    for one in BUSINESSES:
        try:
            yield row(findings, one)
        except Unmeasured:
            yield f"| {one.name} | {one.orders:,g} | {one.dashboards:,} | not measured | | | |"


def row(findings: Findings, one: Business) -> str:
    """What a business needs.

    Raises:
        Unmeasured: a number is missing.
    """
    order = sum(findings.value("create_order", DATABASE, OURS_WITH_WORKER.name, part) for part in WHOLE_ORDER)
    delivery = findings.value("live_delivery", MANY, OURS.name, DELIVERY)
    used = one.orders * (order + one.dashboards * delivery) / 1000
    memory = one.dashboards * findings.value("live_delivery", MANY, OURS.name, MEMORY) / 1024
    cores = max(LEAST_CORES, math.ceil(used / BUSY))
    numbers = [f"{one.orders:,g}", f"{one.dashboards:,}", digits(used, 2), digits(memory, 2)]
    return "| " + " | ".join([one.name, *numbers, f"{cores}", f"{cores * EUROS_PER_CORE:,}"]) + " |"
