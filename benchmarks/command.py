"""Runs benchmarks by name, one after the other, and prints their results."""

import argparse
import resource
import signal
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from benchmarks.against import NoCommit, checked_out, git
from benchmarks.load.attempt import reasons
from benchmarks.load.places import server_versions
from benchmarks.load.servers import Servers
from benchmarks.options import POSTGRESQL, QUICK, SQLITE, Options
from benchmarks.peers.tree import HERE, ROOT
from benchmarks.report.comparison import comparison
from benchmarks.report.document import read_all
from benchmarks.report.progress import Progress, clock
from benchmarks.report.results import OUTPUT, Results
from benchmarks.report.targets import verdicts

BUSY = 0.5
SPARE_FILES = 500
NOT_COMPARED = {"board_frames"}
"""It starts the site of the tests."""


class Benchmark(Protocol):
    """A module ``bench_<name>.py``."""

    def measure(self, options: Options, servers: Servers, progress: Progress) -> Results:
        """Run it at the contestants of ``servers``, or stop those, and report each run to ``progress``."""

    def seconds(self, options: Options) -> float:
        """About how long that takes on a quiet machine."""


def main(benchmarks: Mapping[str, Benchmark], arguments: Sequence[str] | None = None) -> None:
    """Run the named benchmarks, or all; print a table for each, and write it to ``test-output/benchmarks/``."""
    understood = parser(benchmarks)
    given = understood.parse_args(arguments)
    if unknown := set(given.names) - set(benchmarks):
        understood.error(f"There is no benchmark {', '.join(unknown)}; there are {', '.join(benchmarks)}.")
    if given.against and (alone := NOT_COMPARED.intersection(given.names)):
        understood.error(f"{', '.join(alone)} can't be compared with another commit.")
    if refusal := room_for(max(options_of(given).subscribers)):
        understood.error(refusal)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # So that everything is cleaned up.
    try:
        with ExitStack() as stack:
            trees = (HERE, stack.enter_context(checked_out(given.against))) if given.against else (HERE,)
            compared = [name for name in benchmarks if not (given.against and name in NOT_COMPARED)]
            chosen = {name: benchmarks[name] for name in given.names or compared}
            measure(chosen, replace(options_of(given), trees=trees), keep=given.keep, go_on=given.resume)
    except NoCommit as refusal:
        understood.error(str(refusal))


def measure(benchmarks: Mapping[str, Benchmark], options: Options, *, keep: bool, go_on: bool = False) -> None:
    """Run these benchmarks and print the results; ``go_on`` leaves out those that were measured in the same way.

    A benchmark that fails leaves the others' results as they are.

    Raises:
        SystemExit: a run failed; the message names each.
    """
    same = {"how": options.described(), "commit": commit()}
    measured_with = {**same, "share": options.share, "servers": server_versions()}
    found = done(benchmarks, folder_of(options), same) if go_on else {}
    left = {name: benchmark for name, benchmark in benchmarks.items() if name not in found}
    progress = Progress(sum(benchmark.seconds(options) for benchmark in left.values()))
    progress.say(f"{', '.join(left) or 'nothing'}: about {clock(progress.planned)} on a quiet machine")
    failed = []
    with Servers(progress) as servers:
        for name, benchmark in left.items():
            try:
                results = benchmark.measure(options, servers, progress)
            except Exception as error:
                traceback.print_exception(error)
                failed.append(f"{name}: {'; '.join(reasons(error))}")
                continue
            results.machine |= measured_with
            if keep:
                results.keep()
            found[name] = results
            failed += results.failed
            path = results.write(folder_of(options))
            print("\n".join(report(results, options)))
            print(f"\nEvery run: {path}\n", flush=True)
    if len(options.trees) == 1:
        print("\n".join(verdicts([*found.values()])))
    print(f"\n{clock(progress.elapsed)} in all.")
    if failed:
        raise SystemExit("\n".join(["These gave no number (--resume measures them again):", *failed]))


def done(names: Iterable[str], folder: Path, same: Mapping[str, str]) -> dict[str, Results]:
    """The results of the benchmarks that were measured without a failure, at this commit and with these options."""
    there = {name: results for name, results in read_all(folder).items() if name in names and not results.failed}
    return {name: results for name, results in there.items() if same.items() <= results.machine.items()}


def commit() -> str:
    """The commit of this code; empty outside of a repository."""
    try:
        return git(ROOT, "rev-parse", "--short", "HEAD")
    except (RuntimeError, OSError):
        return ""


def folder_of(options: Options) -> Path:
    """The folder of the results: a comparison has its own."""
    return OUTPUT.joinpath(*(f"against-{tree.label}" for tree in options.trees[1:]))


def report(results: Results, options: Options) -> Iterator[str]:
    """The results of a benchmark: its tables, or each number beside the other commit's."""
    yield f"\n## {results.question}"
    if len(options.trees) == 1:
        yield results.markdown()
    for other in options.trees[1:]:
        yield from ("", *comparison(results, other))
    yield f"\nMedian of {options.rounds} (in brackets: least and greatest). {noise(results)}"


def options_of(given: argparse.Namespace) -> Options:
    """The options as given; missing ones have their defaults, or those of ``--quick``."""
    said = {name: getattr(given, name) for name in ("rounds", "subscribers", "databases", "only")}
    usual = QUICK if given.quick else Options()
    if given.against:
        usual = replace(usual, rounds=Options().rounds)  # One round would not show the noise.
    return replace(usual, **{name: value for name, value in said.items() if value})


def room_for(sockets: int) -> str:
    """Let this process, and the servers that it starts, open this number of sockets; otherwise explain why it can't."""
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
    """The arguments of the command."""
    made = argparse.ArgumentParser(prog="./dev bench", description="Measure what things cost, beside other servers.")
    made.add_argument("names", nargs="*", metavar="NAME", help=", ".join(benchmarks))
    made.add_argument(
        "--quick", action="store_true", help="one round of less, with 1,000 subscribers: about ten minutes"
    )
    made.add_argument("--rounds", type=int, help="how often each is run, in turn")
    made.add_argument("--subscribers", type=numbers, help="e.g. 200,1000,5000")
    made.add_argument("--databases", type=names, help=f"{SQLITE},{POSTGRESQL}")
    made.add_argument("--resume", action="store_true", help="leave out what the last run measured without a failure")
    made.add_argument("--keep", action="store_true", help="keep the last numbers of what is not measured now")
    made.add_argument("--against", metavar="REF", help="compare this code with another commit's, in turn")
    made.add_argument("--only", type=lambda text: tuple(text.split(",")), help="e.g. 'ours,stock on Daphne'")
    return made


def numbers(text: str) -> tuple[int, ...]:
    """Numbers, separated by commas."""
    return tuple(map(int, text.split(",")))


def names(text: str) -> tuple[str, ...]:
    """Databases, separated by commas."""
    wanted = tuple(text.split(","))
    if unknown := set(wanted) - {SQLITE, POSTGRESQL}:
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}")
    return wanted
