"""Keeps the tables of ``docs/benchmarks.md`` and ``docs/scaling.md`` equal to the results in ``benchmarks/results/``.

A table stands between ``<!-- table: NAME -->`` and ``<!-- end -->``; it is never written by hand.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.peers.tree import ROOT
from benchmarks.report.capacity import machines, per_core
from benchmarks.report.results import Results
from benchmarks.report.scaling import costs_table, loads_table
from benchmarks.report.targets import Findings, verdicts

DOCUMENT = ROOT / "docs" / "benchmarks.md"
SCALING = ROOT / "docs" / "scaling.md"
"""The second document whose tables and plots are made from the results."""
PUBLISHED = ROOT / "benchmarks" / "results"
TABLE = re.compile(r"(<!-- table: (?P<name>[^\n]+?) -->\n).*?(<!-- end -->)", re.DOTALL)
WHOLE = 1.0
PLOTS = {
    "live_delivery": {
        "CPU of a delivery, ms": "cost-by-subscribers",
        "p99 of one order, ms": "latency-by-subscribers",
        "memory of an idle subscriber, KiB": "memory-by-subscribers",
    },
    "distinct": {"CPU of a delivery to 1,000 subscribers, ms": "cost-by-distinct-subscriptions"},
    "create_order": {"CPU of an order, ms": "cost-of-an-order"},
    "list_orders": {"CPU of a page of 50 orders, ms": "cost-of-a-page"},
}
"""The plots that follow a benchmark's tables: what they show, and their files in ``docs/images/``."""


def read_all(folder: Path) -> dict[str, Results]:
    """The results of a folder, by benchmark."""
    return {path.stem: Results.read(path) for path in sorted(folder.glob("*.json"))}


def latest(folder: Path) -> dict[str, Results]:
    """The results of a folder that this version of the benchmarks wrote; older ones have other columns."""
    return {name: results for name, results in read_all(folder).items() if "servers" in results.machine}


def filled(text: str, found: Mapping[str, Results]) -> str:
    """The document with each table made from the results.

    Raises:
        KeyError: the document asks for a table that does not exist.
    """
    return TABLE.sub(lambda part: f"{part[1]}{table(part['name'], found)}\n{part[3]}", text)


def table(name: str, found: Mapping[str, Results]) -> str:
    """The tables of a benchmark, or one that is made of several."""
    made_of_all = {
        "conditions": conditions,
        "one core": per_core_of,
        "machines": machines_of,
        "targets": targets,
        "costs of the parts": costs_of,
        "loads": loads_of,
    }
    if name in made_of_all:
        return "\n".join(made_of_all[name](found))
    if name not in found:
        return f"Not measured yet: `./dev bench {name}`."
    images = [f"![{title}](images/{file}.svg)" for title, file in PLOTS.get(name, {}).items()]
    failed = [f"No number: {run}" for run in found[name].failed]
    return "\n\n".join([found[name].markdown().strip(), *failed, *images])


def conditions(found: Mapping[str, Results]) -> Iterator[str]:
    """When, on what and how often it was measured."""
    if not found:
        yield "Not measured yet."
        return
    some = next(iter(found.values())).machine
    dates = sorted({results.machine["date"] for results in found.values()})
    loads = [results.machine["load_before"] for results in found.values()]
    rounds = {len(runs) for results in found.values() for runs in results.runs.values()}
    commits = sorted({one for results in found.values() if (one := results.machine.get("commit"))})
    at = f" at {' and '.join(commits)}" if commits else ""
    yield f"- Measured on {' and '.join(dates)}{at}. Rounds: {between(sorted(rounds))}."
    servers, packages = listed(some["servers"]), listed(some["packages"])
    processor, memory = some.get("processor", "unknown"), some.get("memory_gib", "unknown")
    yield f"- {some['cores']} cores ({processor}), {memory} GiB of memory, {some['system']}."
    yield f"- Python {some['python']}, {servers}."
    yield f"- {packages}."
    yield f"- Other load on the machine when each benchmark began: {min(loads):.1f} to {max(loads):.1f} processes."
    if short := sorted(name for name, results in found.items() if results.machine.get("share", WHOLE) < WHOLE):
        yield f"- **Measured in the short form, to be repeated:** {', '.join(short)}."


def listed(versions: Mapping[str, str]) -> str:
    """Names with their versions."""
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def between(numbers: list[int]) -> str:
    """One number, or the least and the greatest."""
    return f"{numbers[0]}" if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]}"


def per_core_of(found: Mapping[str, Results]) -> Iterator[str]:
    yield from per_core(Findings(list(found.values())))


def machines_of(found: Mapping[str, Results]) -> Iterator[str]:
    yield from machines(Findings(list(found.values())))


def costs_of(found: Mapping[str, Results]) -> Iterator[str]:
    yield from costs_table(Findings(list(found.values())))


def loads_of(found: Mapping[str, Results]) -> Iterator[str]:
    yield from loads_table(Findings(list(found.values())))


def targets(found: Mapping[str, Results]) -> Iterator[str]:
    yield from verdicts(list(found.values()))
