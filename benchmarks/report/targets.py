"""What is to be reached, and whether it is: ratios and numbers of the results, on uvicorn in one process."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.peers.systems import RELAYED
from benchmarks.report.results import Results, digits

NODE = ("mercurius", "yoga")
MANY, MORE = "5,000 identical subscribers", "10,000 identical subscribers"
DATABASE = "PostgreSQL"


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
    """One thing to reach; ``at_most`` and ``at_least`` are in ``unit``, × for a ratio."""

    what: str
    measured: Callable[[Findings], float]
    unit: str
    at_most: float = math.inf
    at_least: float = 0.0

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
        return f"{digits(value)}{self.space}{self.unit}", "reached" if reached else "**not reached**"


def live(column: str, case: str = MANY, contestant: str = "ours on uvicorn") -> Callable[[Findings], float]:
    """A number of ours."""
    return lambda found: found.value("live_delivery", case, contestant, column)


def times_less(
    than: Sequence[str], *, benchmark: str, case: str, column: str, ours: str = "ours on uvicorn"
) -> Callable[[Findings], float]:
    """How many times ours the best of the others' is."""
    return lambda found: found.best(benchmark, case, than, column) / found.value(benchmark, case, ours, column)


DELIVERY = "CPU per delivery"


def delivery_less(than: Sequence[str], case: str = MANY, ours: str = "ours on uvicorn") -> Callable[[Findings], float]:
    """How many times less CPU a delivery of ours takes."""
    return times_less(than, benchmark="live_delivery", case=case, column=DELIVERY, ours=ours)


def distinct(case: str) -> Callable[[Findings], float]:
    """How many times less than stock."""
    return times_less(["stock on Daphne"], benchmark="distinct", case=case, column=DELIVERY)


def request(benchmark: str, column: str, contestant: str = "ours on uvicorn") -> Callable[[Findings], float]:
    """A number of ours over HTTP."""
    return lambda found: found.value(benchmark, DATABASE, contestant, column)


TARGETS = (
    Target(
        "5,000 identical subscribers: CPU per delivery beside stock on Daphne",
        delivery_less(["stock on Daphne"]),
        "×",
        at_least=40,
    ),
    Target("… beside the best of Node", delivery_less(NODE), "×", at_least=3),
    Target("… as a multiple of bare write(2)", lambda found: 1 / delivery_less(["raw"])(found), "×", at_most=1.8),
    Target("… p99 of one order", live("p99"), "ms", at_most=100),
    Target("… memory per idle subscriber", live("memory per idle subscriber"), "KiB", at_most=26),
    Target("… CPU per subscribe", live("CPU per subscribe"), "ms", at_most=0.5),
    Target(
        "10,000: CPU per delivery as a multiple of that at 5,000",
        lambda found: live(DELIVERY, MORE)(found) / live(DELIVERY)(found),
        "×",
        at_most=1.15,
    ),
    Target(
        "On Daphne, 5,000: CPU per delivery beside stock on Daphne",
        delivery_less(["stock on Daphne"], ours="ours on Daphne"),
        "×",
        at_least=6,
    ),
    Target("10 distinct subscriptions among 1,000, beside stock", distinct("10 distinct selections"), "×", at_least=25),
    Target("100 distinct", distinct("100 distinct selections"), "×", at_least=10),
    Target("1,000 distinct", distinct("1,000 distinct selections"), "×", at_least=3),
    Target(
        "100 filters of one document among 1,000, beside stock",
        distinct("one document, 100 filters that match"),
        "×",
        at_least=10,
    ),
    Target("1,000 filters", distinct("one document, 1,000 filters that match"), "×", at_least=3),
    Target("createOrder, the request's share", request("create_order", "CPU per order", RELAYED), "ms", at_most=3),
    Target(
        "… beside stock",
        times_less(["stock on uvicorn"], benchmark="create_order", case=DATABASE, column="CPU per order", ours=RELAYED),
        "×",
        at_least=3,
    ),
    Target(
        "… with numbering, ledger, audit and publishing", request("create_order", "CPU per order"), "ms", at_most=4.5
    ),
    Target(
        "createOrders of 100, the request's share, each order",
        request("create_orders", "CPU per order", RELAYED),
        "ms",
        at_most=0.6,
    ),
    Target("orders(first: 50) with lines", request("list_orders", "CPU per page"), "ms", at_most=5),
)


def verdicts(found: Sequence[Results]) -> Iterator[str]:
    """The lines of a table: what was asked, what was measured; only of benchmarks that were run."""
    findings = Findings(found)
    rows = [(target, *target.verdict(findings)) for target in TARGETS]
    if not any(value != "–" for _, value, _ in rows):
        return
    yield "## Targets\n"
    yield "|  | asked | measured |  |"
    yield "|---|---:|---:|---|"
    for target, value, reached in rows:
        yield f"| {target.what} | {target.asked} | {value} | {reached} |"
