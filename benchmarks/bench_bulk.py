"""What an event costs that concerns one of thousands of sockets, while events come in bulk."""

import asyncio
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.load.attempt import attempt, found
from benchmarks.load.delivery_check import check
from benchmarks.load.process_cost import cpu_ms, settle
from benchmarks.load.servers import Servers
from benchmarks.load.subscribers import Fleet
from benchmarks.options import Options
from benchmarks.peers.contenders import OURS
from benchmarks.peers.tree import Tree
from benchmarks.report.progress import Progress
from benchmarks.report.results import Column, Results
from tests.servers.processes import free_port

SOCKETS, EVENTS = 5_000, 10_000
RUN_SECONDS, WAIT_SECONDS = 25.0, 60.0
COLUMNS = (Column("CPU per event and delivery", "ms"), Column("CPU per subscribe", "ms"))
PROGRAM = "benchmarks.load.bulk_server"
Server = subprocess.Popen[str]


def measure(options: Options, servers: Servers, progress: Progress) -> Results:
    """Measure with as many sockets as are allowed, each round with a new server."""
    servers.stop()
    results = Results("bulk", "What does an event in bulk cost that concerns one of many sockets?", COLUMNS, OURS.name)
    count, events = min(SOCKETS, max(options.subscribers)), options.some(EVENTS)
    for _ in range(options.rounds):
        for tree in options.trees_with(PROGRAM):
            case, name = f"{count:,} sockets, each with a filter of its own", tree.named(OURS.name)
            values = attempt(measured(tree, count, events), results, case, name)
            progress.ran(RUN_SECONDS, found(results, case, name, values))
    return results


async def measured(tree: Tree, count: int, events: int) -> dict[str, float]:
    """The numbers of one server."""
    with TemporaryDirectory(prefix="orders-bench-") as directory:
        environment = OURS.at(tree).system.environment(Path(directory), {})
        with serving(tree, environment, count) as (server, port):
            return await one_run(server, port, count, events)


@contextmanager
def serving(tree: Tree, environment: dict[str, str], customers: int) -> Iterator[tuple[Server, int]]:
    """A server of its own, which ends when its standard input does."""
    port = free_port()
    command = [tree.python, "-m", PROGRAM, str(port), str(customers)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=tree.root, env=environment, stdin=pipe, stdout=pipe, text=True) as server:
        try:
            yield server, port
        finally:
            server.communicate()


async def one_run(server: Server, port: int, count: int, events: int) -> dict[str, float]:
    """Connect the sockets, send the events, and check what each socket got.

    Raises:
        Faulty: a socket did not get each order of its customer, once and in order.
    """
    await say(server, events, "built")
    fleet = Fleet(port, "/", {}, OURS.system.operations.customers(count, of=count))
    before = cpu_ms(server.pid)
    await fleet.open(count)
    await settle([server.pid])
    subscribed = cpu_ms(server.pid)
    fleet.arrived, fleet.awaited = 0, events
    fleet.complete.clear()
    await say(server, "", "sent")
    await fleet.wait(timeout_seconds=WAIT_SECONDS)  # What is missing then, the check finds.
    await settle([server.pid])
    sent = cpu_ms(server.pid)
    await fleet.hear_out()
    check(fleet.received_numbers(), fleet.expected_numbers(range(1, events + 1)))
    await fleet.close()
    return {COLUMNS[0].name: (sent - subscribed) / events, COLUMNS[1].name: (subscribed - before) / count}


async def say(server: Server, line: object, answer: str) -> None:
    """Write a line to the server, and wait for its answer."""
    if server.stdin is None or server.stdout is None:
        raise ValueError(server)
    server.stdin.write(f"{line}\n")
    server.stdin.flush()
    told = await asyncio.to_thread(server.stdout.readline)
    if told.strip() != answer:
        raise RuntimeError(f"The server said {told!r}.")


def seconds(options: Options) -> float:
    """About how long all of it takes on a quiet machine."""
    return RUN_SECONDS * options.rounds
