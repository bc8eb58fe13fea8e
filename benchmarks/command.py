"""Runs benchmarks by name, one after the other, and says what they found."""

import argparse
import resource
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from benchmarks.options import POSTGRESQL, QUICK, SQLITE, Options
from benchmarks.report.progress import Progress, clock
from benchmarks.report.results import Results
from benchmarks.report.targets import verdicts

BUSY = 0.5
SPARE_FILES = 500


class Benchmark(Protocol):
    """A module ``bench_<name>.py``."""

    def measure(self, options: Options, progress: Progress) -> Results:
        """Run it, telling ``progress`` of each run."""

    def seconds(self, options: Options) -> float:
        """About how long that takes on a quiet machine."""


def main(benchmarks: Mapping[str, Benchmark], arguments: Sequence[str] | None = None) -> None:
    """Run those that are named, or all; print a table for each, and write it to ``test-output/benchmarks/``."""
    understood = parser(benchmarks)
    given = understood.parse_args(arguments)
    if unknown := set(given.names) - set(benchmarks):
        understood.error(f"There is no benchmark {', '.join(unknown)}; there are {', '.join(benchmarks)}.")
    options = options_of(given)
    if refusal := room_for(max(options.subscribers)):
        understood.error(refusal)
    names = given.names or list(benchmarks)
    progress = Progress(sum(benchmarks[name].seconds(options) for name in names))
    progress.say(f"{', '.join(names)}: about {clock(progress.planned)} on a quiet machine")
    found = []
    for name in names:
        results = benchmarks[name].measure(options, progress)
        if given.keep:
            results.keep()
        found.append(results)
        path = results.write()
        print(f"\n## {results.question}")
        print(results.markdown())
        print(f"\nMedian of {options.rounds}; in brackets: beside {results.baseline}.", noise(results))
        print(f"Every run: {path}\n", flush=True)
    print("\n".join(verdicts(found)))
    print(f"\n{clock(progress.elapsed)} in all.")
    if failed := [run for results in found for run in results.failed]:
        raise SystemExit("\n".join(["These runs gave no number:", *failed]))


def options_of(given: argparse.Namespace) -> Options:
    """The options as asked: what is not said is as usual, or as ``--quick`` has it."""
    said = {name: getattr(given, name) for name in ("rounds", "subscribers", "databases", "only")}
    return replace(QUICK if given.quick else Options(), **{name: value for name, value in said.items() if value})


def room_for(sockets: int) -> str:
    """Let this process, and the servers that it starts, open so many sockets; or say why it can't."""
    wanted = sockets + SPARE_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if wanted > hard != resource.RLIM_INFINITY:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))
        except (ValueError, PermissionError):
            return f"{sockets} subscribers need {wanted} open files, and this machine allows {hard}: see ulimit -Hn."
    elif wanted > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return ""


def noise(results: Results) -> str:
    """A warning, if others had the processor as well when the benchmark began."""
    load = results.machine["load_before"]
    return f"The machine was busy with other things (load {load:.1f})." if load > BUSY else ""


def parser(benchmarks: Mapping[str, Benchmark]) -> argparse.ArgumentParser:
    """What the command takes."""
    made = argparse.ArgumentParser(prog="./dev bench", description="Measure what things cost, beside other servers.")
    made.add_argument("names", nargs="*", metavar="NAME", help=", ".join(benchmarks))
    made.add_argument("--quick", action="store_true", help="once each, with 1,000 subscribers: under five minutes")
    made.add_argument("--rounds", type=int, help="how often each is run, in turn")
    made.add_argument("--subscribers", type=numbers, help="e.g. 200,1000,5000")
    made.add_argument("--databases", type=names, help=f"{SQLITE},{POSTGRESQL}")
    made.add_argument("--keep", action="store_true", help="keep the last numbers of what is not measured now")
    made.add_argument("--only", type=lambda text: tuple(text.split(",")), help="e.g. 'ours on uvicorn,raw'")
    return made


def numbers(text: str) -> tuple[int, ...]:
    """Numbers between commas."""
    return tuple(map(int, text.split(",")))


def names(text: str) -> tuple[str, ...]:
    """Databases between commas."""
    wanted = tuple(text.split(","))
    if unknown := set(wanted) - {SQLITE, POSTGRESQL}:
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}")
    return wanted
