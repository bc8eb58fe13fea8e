"""The cost of an event that one of many filters matches: in process, without sockets and without a database."""

from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.load.attempt import attempt, found, printed
from benchmarks.load.servers import Servers
from benchmarks.options import Options
from benchmarks.peers.contenders import OURS
from benchmarks.report.progress import Progress
from benchmarks.report.results import Column, Results

GROUPS = (1_000, 10_000, 100_000)
EVENTS = 10_000
RUN_SECONDS = 5.0
COLUMNS = (Column("CPU per event", "µs"),)
PROGRAM, CASE = "benchmarks.load.filter_cost", "filters by customer"


def measure(options: Options, servers: Servers, progress: Progress) -> Results:
    """Run each number of groups in a separate process, in turn."""
    question = "What does an event cost that one of many filters matches?"
    servers.stop()
    results = Results("filters", question, COLUMNS, baseline=named(GROUPS[0]))
    trees = options.trees_with(PROGRAM)
    with TemporaryDirectory(prefix="orders-bench-") as directory:
        for _ in range(options.rounds):
            for count in GROUPS:
                for tree in trees:
                    environment = OURS.at(tree).system.environment(Path(directory), {})
                    arguments = str(count), str(options.some(EVENTS))
                    name = tree.named(named(count))
                    values = printed(tree, PROGRAM, *arguments, environment=environment)
                    progress.ran(RUN_SECONDS, found(results, CASE, name, attempt(values, results, CASE, name)))
    return results


def named(count: int) -> str:
    """The name of this number of groups in the results."""
    return f"{count:,} groups"


def seconds(options: Options) -> float:
    """About how long all of it takes on a quiet machine."""
    return RUN_SECONDS * options.rounds * len(GROUPS) * len(options.trees)
