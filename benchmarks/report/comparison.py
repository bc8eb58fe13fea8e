"""This tree beside another commit: for each number the ratio, and whether it is more than noise."""

import math
import statistics
from collections.abc import Iterator, Sequence

from benchmarks.peers.tree import Tree
from benchmarks.report.results import Column, Results, digits

NOTABLE = 0.05
UNITS_OF_SPEED = {"ms", "µs", "s", "1/s"}


def comparison(results: Results, other: Tree) -> Iterator[str]:
    """The lines of a table: each number of this tree and of the other, their ratio and a verdict."""
    yield f"| | | this tree | at {other.label} | ratio | |"
    yield "|---|---|---:|---:|---:|---|"
    for case, contestant in results.runs:
        if (case, other.named(contestant)) in results.runs:
            for column in results.columns:
                now = results.values(case, contestant, column)
                before = results.values(case, other.named(contestant), column)
                if now and before:
                    cells = [results.cell(case, name, column) for name in (contestant, other.named(contestant))]
                    ends = [ratio_text(now, before), verdict(now, before, column)]
                    yield "| " + " | ".join([f"{contestant}, {case}", column.title, *cells, *ends]) + " |"


def ratio_text(now: Sequence[float], before: Sequence[float]) -> str:
    """The ratio of the medians."""
    value = ratio(now, before)
    return "–" if math.isnan(value) else digits(value)


def ratio(now: Sequence[float], before: Sequence[float]) -> float:
    """This tree's median beside the other's; nan where that is 0."""
    base = statistics.median(before)
    return statistics.median(now) / base if base else math.nan


def verdict(now: Sequence[float], before: Sequence[float], column: Column) -> str:
    """Whether the difference of the medians is more than 5 %, and more than the rounds of either differ."""
    value = ratio(now, before)
    if math.isnan(value):
        return "nothing to compare with"
    difference = abs(value - 1)
    noise = max(spread(now), spread(before))
    if min(len(now), len(before)) > 1 and 0 < difference <= noise:
        return f"within the noise (rounds differ by {noise:.0%})"
    if difference <= NOTABLE:
        return "the same (within 5 %)"
    more = value > 1
    if column.unit not in UNITS_OF_SPEED:
        return "**more**" if more else "**less**"
    return "**faster**" if more == column.more_is_better else "**slower**"


def spread(values: Sequence[float]) -> float:
    """How much the rounds differ: greatest less least, as a share of the median."""
    middle = statistics.median(values)
    return (max(values) - min(values)) / middle if middle else 0.0
