"""``python -m benchmarks.plots``: write what was last measured into the documents of costs and scaling, and draw it."""

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")

from matplotlib import pyplot
from matplotlib.figure import Figure

from benchmarks.bench_live_delivery import CONTENDERS, case
from benchmarks.load import live_run
from benchmarks.load.meter import DISPATCHER, WEB
from benchmarks.load.meter import POSTGRESQL as DATABASE_CPU
from benchmarks.options import POSTGRESQL
from benchmarks.peers.contenders import OURS_WITH_WORKER
from benchmarks.peers.tree import ROOT
from benchmarks.report import scaling
from benchmarks.report.capacity import BUSY
from benchmarks.report.document import DOCUMENT, PLOTS, PUBLISHED, SCALING, filled, latest, read_all
from benchmarks.report.results import OUTPUT, Column, Results
from benchmarks.report.targets import Findings

IMAGES = ROOT / "docs" / "images"
STYLE = {
    "svg.fonttype": "none",  # Text stays text: small, sharp and searchable.
    "svg.hashsalt": "orders",  # The same numbers give the same file.
    "font.family": "sans-serif",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "legend.frameon": False,
}
COLORS = {
    "stock on Daphne": "#8c8c8c",
    "ours": "#d1495b",
    "ours on Daphne": "#edae49",
    "mercurius": "#00798c",
    "yoga": "#66a182",
    "Apollo": "#8f5f9f",
    "Ariadne": "#b98b5e",
    "raw": "#2e4057",
}
PROCESS_COLORS = {WEB: "#d1495b", DISPATCHER: "#edae49", DATABASE_CPU: "#2e6f95"}
DISTINCT = {
    "distinct selections": "{:,} distinct selections",
    "filters of one document": "one document, {:,} filters that match",
}
COUNTS = (10, 100, 1000)
OVER_SUBSCRIBERS = {
    "cost-by-subscribers": live_run.CPU_PER_DELIVERY,
    "latency-by-subscribers": live_run.P99,
    "memory-by-subscribers": live_run.MEMORY,
}


def draw_all(found: Mapping[str, Results]) -> Iterator[Path]:
    """Draw the plots of the benchmarks that there are results for, and yield the files."""
    with mpl.rc_context(STYLE):
        for name in [name for name in PLOTS if name in found]:
            for title, file in PLOTS[name].items():
                yield plot(found[name], file, title)


def plot(results: Results, file: str, title: str) -> Path:
    """Draw one plot."""
    match results.name:
        case "live_delivery":
            return by_subscribers(results, OVER_SUBSCRIBERS[file], file, title)
        case "distinct":
            return by_distinct(results, file, title)
    return by_process(results, file, title)


def by_subscribers(results: Results, column: Column, name: str, title: str) -> Path:
    """One line for each contestant, over the number of identical subscribers."""
    counts = sorted({int(found.split(" ")[0].replace(",", "")) for found, _ in results.runs})

    def values(contestant: str) -> list[float]:
        return [results.median(case(count), contestant, column) for count in counts]

    return draw(name, title, "identical subscribers", counts, {one.name: values(one.name) for one in CONTENDERS})


def by_distinct(results: Results, name: str, title: str) -> Path:
    """One line for each contestant and way to differ, over the number of distinct subscriptions among 1,000."""
    lines = {}
    for way, pattern in DISTINCT.items():
        for contestant in dict.fromkeys(one for _, one in results.runs):
            medians = [results.median(pattern.format(count), contestant, live_run.CPU_PER_DELIVERY) for count in COUNTS]
            lines[f"{contestant}, {way}"] = medians
    return draw(name, title, "distinct subscriptions among 1,000 subscribers", COUNTS, lines)


def draw(name: str, title: str, over: str, places: Sequence[int], lines: dict[str, list[float]]) -> Path:
    """Draw lines on logarithmic scales into ``docs/images/<name>.svg``; nan leaves a gap."""
    figure, axes = pyplot.subplots(figsize=(8, 4.2), layout="constrained")
    for label, values in lines.items():
        contestant, _, way = label.partition(", ")
        dashes = "--" if way.startswith("filters") else "-"
        axes.plot(places, values, dashes, marker="o", color=COLORS.get(contestant), label=label)
    axes.set(title=title, xlabel=over, xscale="log", yscale="log")
    axes.set_xticks(list(places), [f"{place:,}" for place in places])
    axes.minorticks_off()
    axes.yaxis.set_major_locator(mpl.ticker.LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(mpl.ticker.FormatStrFormatter("%g"))
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return save(figure, name)


def save(figure: Figure, name: str) -> Path:
    """Write ``docs/images/<name>.svg``."""
    path = IMAGES / f"{name}.svg"
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    pyplot.close(figure)
    return path


def by_process(results: Results, name: str, title: str) -> Path:
    """A bar for each contestant: the CPU of its processes and of PostgreSQL; a worker would hide all others."""
    contestants = [one for case, one in results.runs if case == POSTGRESQL and one != OURS_WITH_WORKER.name][::-1]
    figure, axes = pyplot.subplots(figsize=(8, 0.4 * len(contestants) + 1.1), layout="constrained")
    ends = [0.0] * len(contestants)
    for column, color in PROCESS_COLORS.items():
        widths = [no_nan(results.median(POSTGRESQL, one, column)) for one in contestants]
        if any(widths):
            axes.barh(contestants, widths, left=ends, color=color, label=column.name)
            ends = [end + width for end, width in zip(ends, widths, strict=True)]
    axes.set(title=title)
    axes.grid(visible=False, axis="y")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return save(figure, name)


def no_nan(value: float) -> float:
    """The same, or 0 where nothing was measured."""
    return 0.0 if math.isnan(value) else value


def publish(found: Mapping[str, Results]) -> Iterator[Path]:
    """Write the results to ``benchmarks/results/``, and from these the document's tables and the plots."""
    for results in found.values():
        yield results.write(PUBLISHED)
    published = read_all(PUBLISHED)
    for document in (DOCUMENT, SCALING):
        document.write_text(filled(document.read_text(), published))
        yield document
    yield from draw_all(published)
    yield from draw_scaling(scaling.Model(Findings(list(published.values()))))


def draw_scaling(model: scaling.Model) -> Iterator[Path]:
    """Draw what a load takes, and how long an order is on its way."""
    with mpl.rc_context(STYLE):
        yield demand(model, "cores-by-orders", "cores at work with 50 dashboards for each tenant, 100,000 in all")
        yield way(model, "way-by-use", "from an order's sending to its tenant's dashboards, simulated, ms")


def demand(model: scaling.Model, name: str, title: str) -> Path:
    """A line for each kind of process, over the orders per second."""
    orders = [10**exponent for exponent in range(1, 6)]
    figure, axes = pyplot.subplots(figsize=(8, 4.2), layout="constrained")
    for part in ("web", "dispatcher", "worker", "PostgreSQL", "Redis"):
        axes.plot(orders, [model.cores(scaling.Load(one, 100_000))[part] for one in orders], marker="o", label=part)
    axes.axhline(BUSY, color="#8c8c8c", linestyle=":", label="one process is full")
    axes.axhline(scaling.PRIMARY_CORES * BUSY, color="#2e4057", linestyle=":", label="one PostgreSQL primary is full")
    axes.set(title=title, xlabel="orders per second", xscale="log", yscale="log")
    axes.set_xticks(orders, [f"{one:,}" for one in orders])
    axes.minorticks_off()
    axes.yaxis.set_major_formatter(mpl.ticker.FormatStrFormatter("%g"))
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return save(figure, name)


def way(model: scaling.Model, name: str, title: str) -> Path:
    """p50 and p99 over the use of the fullest part, for cells of several sizes."""
    figure, axes = pyplot.subplots(figsize=(8, 4.2), layout="constrained")
    for shape, color in zip(scaling.SHAPES, ("#d1495b", "#edae49", "#00798c"), strict=True):
        uses, p50, p99 = zip(*scaling.waits(model, shape), strict=True)
        label = ", ".join(f"{count} {part}" for part, count in shape.items())
        axes.plot(uses, p99, color=color, label=f"p99: {label}")
        axes.plot(uses, p50, "--", color=color, label="p50")
    axes.axvline(BUSY, color="#8c8c8c", linestyle=":", label="planned")
    axes.set(title=title, xlabel="use of the fullest part", yscale="log")
    axes.xaxis.set_major_formatter(mpl.ticker.PercentFormatter(1))
    axes.yaxis.set_major_formatter(mpl.ticker.FormatStrFormatter("%g"))
    axes.legend(loc="upper left", fontsize="small")
    return save(figure, name)


if __name__ == "__main__":
    measured = latest(OUTPUT)
    if not measured and not read_all(PUBLISHED):
        sys.exit("Nothing was measured yet: ./dev bench does it.")
    for path in publish(measured):
        print(f"Written: {path.relative_to(ROOT)}")
