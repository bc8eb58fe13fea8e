"""The targets, and whether the results reach them: ratios and numbers."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.peers import contenders
from benchmarks.report.results import Results, digits

OURS, STOCK, STOCK_ON_DAPHNE = contenders.OURS.name, contenders.STOCK.name, contenders.STOCK_ON_DAPHNE.name
STREAMS = contenders.OURS_AS_STREAMS.name
NODE = tuple(one.name for one in contenders.NODE)
MANY, DISTINCT, ALONE = "5,000 identical subscribers", "1,000 distinct selections", "200 identical subscribers"
DATABASE = "PostgreSQL"
GROUPS = (1_000, 100_000)
DELIVERY, MEMORY = "CPU per delivery", "memory per idle subscriber"


class Unmeasured(Exception):
    """What a target is about was not measured."""


class Findings:
    """The medians of some benchmarks."""

    def __init__(self, found: Sequence[Results]) -> None:
        self.by_name = {results.name: results for results in found}

    def value(self, benchmark: str, case: str, contestant: str, column: str) -> float:
        """A median.

        Raises:
            Unmeasured: there is none.
        """
        results = self.by_name.get(benchmark)
        columns = {one.name: one for one in results.columns} if results else {}
        value = results.median(case, contestant, columns[column]) if results and column in columns else math.nan
        if math.isnan(value):
            raise Unmeasured
        return value

    def best(self, benchmark: str, case: str, contestants: Sequence[str], column: str) -> float:
        """The least of what was measured of these.

        Raises:
            Unmeasured: none was.
        """
        values = []
        for contestant in contestants:
            try:
                values.append(self.value(benchmark, case, contestant, column))
            except Unmeasured:
                continue
        if not values:
            raise Unmeasured
        return min(values)


@dataclass(frozen=True, slots=True)
class Target:
    """One thing to reach; ``at_most`` and ``at_least`` are in ``unit``, × for a ratio.

    ``because`` says by hand why it was not reached. The table shows the reason only while that is so.
    """

    what: str
    measured: Callable[[Findings], float]
    unit: str
    at_most: float = math.inf
    at_least: float = 0.0
    because: str = ""

    @property
    def asked(self) -> str:
        """The bound in words."""
        bound = f"≤ {self.at_most:g}" if self.at_most < math.inf else f"≥ {self.at_least:g}"
        return f"{bound}{self.space}{self.unit}"

    @property
    def space(self) -> str:
        return "" if self.unit == "×" else " "

    def verdict(self, findings: Findings) -> tuple[str, str]:
        """What was measured, and whether that is enough."""
        try:
            value = self.measured(findings)
        except Unmeasured:
            return "–", "not measured"
        reached = self.at_least <= value <= self.at_most
        reason = f", because {self.because}" if self.because else ""
        return f"{digits(value)}{self.space}{self.unit}", "reached" if reached else f"**not reached**{reason}"


def of_ours(benchmark: str, case: str, column: str, contestant: str = OURS) -> Callable[[Findings], float]:
    """A number of ours."""
    return lambda found: found.value(benchmark, case, contestant, column)


def times_less(
    than: Sequence[str], *, benchmark: str, case: str, column: str, ours: str = OURS
) -> Callable[[Findings], float]:
    """How many times ours the best of the others' is."""
    return lambda found: found.best(benchmark, case, than, column) / found.value(benchmark, case, ours, column)


def tail(benchmark: str) -> Callable[[Findings], float]:
    """How many times the p50 the p99 is."""
    p50, p99 = (of_ours(benchmark, DATABASE, name) for name in ("p50", "p99"))
    return lambda found: p99(found) / p50(found)


def delivery_less(than: Sequence[str], case: str = MANY, ours: str = OURS) -> Callable[[Findings], float]:
    """How many times less CPU a delivery of ours takes."""
    return times_less(than, benchmark="live_delivery", case=case, column=DELIVERY, ours=ours)


def all_cpu(found: Findings) -> float:
    """The CPU of all processes for an order placed alone, PostgreSQL's and Redis's too."""
    parts = ("CPU per order", "PostgreSQL", "Redis")
    return sum(found.value("alone", ALONE, OURS, part) for part in parts)


def more_filters(found: Findings) -> float:
    """How many times the CPU of an event with 1,000 filters it costs with 100,000."""
    few, many = (
        found.value("filters", "filters by customer", f"{count:,} groups", "CPU per event") for count in GROUPS
    )
    return many / few


def in_bulk(found: Findings) -> float:
    """The CPU of an event in the web process that serves the subscribers."""
    return found.value("bulk", "5,000 sockets, each with a filter of its own", OURS, "CPU per event and delivery")


def two_webs(found: Findings) -> float:
    """How many times one web process's orders per second two have."""
    one, two = (found.value("scale", DATABASE, name, "orders") for name in (OURS, contenders.OURS_TWICE.name))
    return two / one


TARGETS = (
    Target(
        "createOrder: the web process",
        of_ours("create_order", DATABASE, "web"),
        "ms",
        at_most=1.4,
        because="sending the transaction and waiting for it, Django's transaction and connection, GraphQL's execution, "
        "and HTTP take about 1.2 ms by themselves",
    ),
    Target("… with the dispatcher", of_ours("create_order", DATABASE, "CPU per order"), "ms", at_most=2.2),
    Target(
        "… PostgreSQL",
        of_ours("create_order", DATABASE, "PostgreSQL"),
        "ms",
        at_most=1.0,
        because="of the request's part, triggers that notice changes past the services take a quarter, parsing and "
        "planning a fifth, flushing the log a seventh, and the dispatcher's statements come on top",
    ),
    Target("… orders a second of one web process", of_ours("create_order", DATABASE, "orders"), "1/s", at_least=540),
    Target("… p99 beside p50", tail("create_order"), "×", at_most=3),
    Target("createOrders of 100: each order", of_ours("create_orders", DATABASE, "CPU per order"), "ms", at_most=0.6),
    Target(
        "One order alone: first subscriber, p50",
        of_ours("alone", ALONE, "first p50"),
        "ms",
        at_most=10,
        because="the request takes about 5 ms, numbering with its three messages to PostgreSQL 2.5, and two messages "
        "over Redis 0.8 each",
    ),
    Target(
        "… CPU of all processes",
        all_cpu,
        "ms",
        at_most=6,
        because="200 sockets are 200 system calls, about 2.8 ms; PostgreSQL commits three transactions for 4 ms; and "
        "each step takes twice the CPU that it takes right after another order",
    ),
    Target(
        "A page of 50 orders with lines",
        of_ours("list_orders", DATABASE, "CPU per page"),
        "ms",
        at_most=1.8,
        because="orders and their lines are two statements, which with pool, cursor and system calls take about 0.8 "
        "ms; HTTP and admission take 0.5 ms",
    ),
    Target("… p99 beside p50", tail("list_orders"), "×", at_most=3),
    Target(
        "5,000 identical subscribers: a delivery",
        of_ours("live_delivery", MANY, DELIVERY),
        "ms",
        at_most=0.0105,
        because="bare write(2) takes 0.0073 ms of it, and the order itself, in all processes, 0.0029",
    ),
    Target("… beside bare write(2)", lambda found: 1 / delivery_less(["raw"])(found), "×", at_most=1.8),
    Target(
        "… beside stock",
        delivery_less([STOCK_ON_DAPHNE]),
        "×",
        at_least=40,
        because="stock takes 0.38 ms on this machine and took 0.52 on that of the target; of ours, 62 % is bare "
        "write(2)",
    ),
    Target(
        "… beside the best of Node",
        delivery_less(NODE),
        "×",
        at_least=3,
        because="the best takes 0.033 ms, and three times less is 0.011 ms, of which bare write(2) takes 0.0073",
    ),
    Target("… by server-sent events, beside sockets", delivery_less([STREAMS]), "×", at_most=1.3),
    Target(
        "… p99 of one order",
        of_ours("live_delivery", MANY, "p99"),
        "ms",
        at_most=65,
        because="bare write(2) alone has a p99 of 56 ms, and an order takes 11 ms to its first subscriber",
    ),
    Target("… memory of an idle subscriber", of_ours("live_delivery", MANY, MEMORY), "KiB", at_most=26),
    Target("1,000 distinct documents: a delivery", of_ours("distinct", DISTINCT, DELIVERY), "ms", at_most=0.08),
    Target(
        "… a subscribe",
        of_ours("distinct", DISTINCT, "CPU per subscribe"),
        "ms",
        at_most=1.2,
        because="connecting takes 0.44 ms, and a new document half a millisecond more on caches that are warm; beside "
        "other work both take twice that",
    ),
    Target("100,000 filters of which one matches, beside 1,000", more_filters, "×", at_most=1.15),
    Target(
        "5,000 subscribers, each order is one's: an event",
        in_bulk,
        "ms",
        at_most=0.15,
        because="each event is read from its message, matched, written as JSON and sent by a system call of its own",
    ),
    Target("Two web processes beside one: orders a second", two_webs, "×", at_least=1.8),
)


def verdicts(found: Sequence[Results]) -> Iterator[str]:
    """The lines of a table: what was asked, what was measured; nothing if no target's benchmark was run."""
    findings = Findings(found)
    rows = [(target, *target.verdict(findings)) for target in TARGETS]
    if not any(value != "–" for _, value, _ in rows):
        return
    yield "| target | asked | measured | |"
    yield "|---|---:|---:|---|"
    for target, value, reached in rows:
        yield f"| {target.what} | {target.asked} | {value} | {reached} |"
