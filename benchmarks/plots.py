"""``python -m benchmarks.plots``: show what was last measured, and draw it into ``docs/images/``."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")

from matplotlib import pyplot

from benchmarks.bench_live_delivery import CONTENDERS, case
from benchmarks.load import live_run
from benchmarks.report.results import OUTPUT, Column, Results
from benchmarks.report.targets import verdicts

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
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
    "ours on uvicorn": "#d1495b",
    "ours on Daphne": "#edae49",
    "mercurius": "#00798c",
    "yoga": "#66a182",
    "raw": "#2e4057",
}
DISTINCT = {
    "distinct selections": "{:,} distinct selections",
    "filters of one document": "one document, {:,} filters that match",
}
COUNTS = (10, 100, 1000)


def draw_all(found: dict[str, Results]) -> list[Path]:
    """Draw what there are results for, and return the files."""
    drawn = []
    with mpl.rc_context(STYLE):
        if delivery := found.get("live_delivery"):
            drawn += [
                by_subscribers(delivery, live_run.CPU_PER_DELIVERY, "cost-by-subscribers", "ms of CPU per delivery"),
                by_subscribers(delivery, live_run.P99, "latency-by-subscribers", "p99 of one order, ms"),
                by_subscribers(delivery, live_run.MEMORY, "memory-by-subscribers", "KiB per idle subscriber"),
            ]
        if distinct := found.get("distinct"):
            drawn.append(by_distinct(distinct, "cost-by-distinct-subscriptions"))
    return drawn


def by_subscribers(results: Results, column: Column, name: str, title: str) -> Path:
    """One line for each contestant, over the number of identical subscribers."""
    counts = sorted({int(found.split(" ")[0].replace(",", "")) for found, _ in results.runs})

    def values(contestant: str) -> list[float]:
        return [results.median(case(count), contestant, column) for count in counts]

    return draw(name, title, "identical subscribers", counts, {one.name: values(one.name) for one in CONTENDERS})


def by_distinct(results: Results, name: str) -> Path:
    """One line for each contestant and way to differ, over the number of distinct subscriptions among 1,000."""
    lines = {}
    for way, pattern in DISTINCT.items():
        for contestant in dict.fromkeys(one for _, one in results.runs):
            medians = [results.median(pattern.format(count), contestant, live_run.CPU_PER_DELIVERY) for count in COUNTS]
            lines[f"{contestant}, {way}"] = medians
    return draw(name, "ms of CPU per delivery", "distinct subscriptions among 1,000 subscribers", COUNTS, lines)


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
    path = IMAGES / f"{name}.svg"
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    pyplot.close(figure)
    return path


def show(found: Sequence[Results], say: Callable[[str], None] = print) -> None:
    """All tables, and the targets."""
    for results in found:
        say(f"\n## {results.question}\n{results.markdown()}")
        for run in results.failed:
            say(f"\nNo number: {run}")
    say("\n" + "\n".join(verdicts(found)))


if __name__ == "__main__":
    measured = {path.stem: Results.read(path) for path in sorted(OUTPUT.glob("*.json"))}
    if not measured:
        sys.exit("Nothing was measured yet: ./dev bench does it.")
    show(list(measured.values()))
    for path in draw_all(measured):
        print(f"Drawn: {path.relative_to(IMAGES.parent.parent)}")
