"""``./dev test``: the short form of every test, pass by pass, and at the end what ran on which servers.

Without arguments, as many passes at the same time as keep the processors busy:

- tests without a database, once;
- tests with a database, on PostgreSQL and Redis; on SQLite those that could differ there (marked ``both_databases``);
- with the relay in place of signals, and with every receiver off until each test is over, the tests of that (marked
  ``relay_too`` and ``receivers_off_too``);
- protocols and hostile input on real servers; end to end; the faults; in a browser; the front end;
- last, beside one pass at most, tests that measure time (marked ``measures_time``);
- then, alone, the failed tests, if they are few (:mod:`tests.runner.again`).

With ``--all``: everything in its long form (:mod:`tests.form`), the whole suite in each of these ways, what measures
time alone, the attacks (:mod:`tests.attack`), and the addresses of other hosts in the docs, where there is a network.
"""

import contextlib
import os
import random
import re
import shutil
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence

from docs_site.addresses import checked, linked
from tests.browser.program import NO_BROWSER, chromium
from tests.runner import lanes, program
from tests.runner.again import run_again
from tests.runner.passes import FRONT_END, ROOT, FrontEndPass, Pass, Result, embedded_environment, pytest_pass
from tests.runner.report import FAILED, PASSED, Report
from tests.runner.summary import Summary, conclude
from tests.servers.products import PostgresServer, RabbitServer, RedisServer
from tests.servers.server import NoServer, Server, shown_to_tests

ALL = "--all"
NO_SERVERS = "not e2e and not browser"
DATABASE = f"{NO_SERVERS} and database"
FAULTS = "tests/faults"
FAULTS_OF_DEV_UP = f"{FAULTS}/test_embedded.py"
BENCHMARKS = "tests/e2e/test_benchmarks.py"
PROTOCOLS = ("graphql_api", "graphql_server", "tests/audit")
HOSTILE_INPUT = ("tests/security",)
MORE = 1.25
"""Passes run side by side as if there were so many times the processors: each waits at times, also for the others."""
MOST = 3
"""While processors are seen to be idle, as if there were so many times as many."""
NEARLY_ALONE = MOST - 0.5
"""Of all processors. A pass that keeps so many busy begins alone, or beside one that leaves a processor idle."""
ATTACKS = ("--seconds", "3", "--server", "uvicorn")
"""Production's server, and half the time that ``./dev attack`` gives to each attack; the limits are the same."""
POSTGRESQL_PARTS = 2
"""The pass on PostgreSQL is the longest, so it is two passes side by side."""


@contextlib.contextmanager
def servers() -> Iterator[list[Server]]:
    """PostgreSQL, a Redis for each part of its pass, and RabbitMQ if there is one."""
    with contextlib.ExitStack() as stack:
        entered: list[Server] = [stack.enter_context(PostgresServer())]
        entered += [stack.enter_context(RedisServer()) for _ in range(POSTGRESQL_PARTS)]
        with contextlib.suppress(NoServer):
            entered.append(stack.enter_context(RabbitServer()))
        yield entered


class Run:
    """The passes: side by side, the longest first, those that only need processors; last those that measure time."""

    def __init__(self, servers: Sequence[Server], seed: int, *, all: bool = False) -> None:
        self.servers = servers
        self.all = all
        self.embedded = embedded_environment() | shown_to_tests(servers)
        self.embedded["ORDERS_TEST_FORM"] = "long" if all else "short"
        self.options = [f"--randomly-seed={seed}"]
        self.repeatable: list[Pass] = []

    def results(self) -> Iterator[Result]:
        front_end, browser = self.front_end(), self.browser()
        side_by_side = [
            *self.end_to_end(),
            *passes(browser),
            *self.faults(),
            self.no_database(),
            *self.postgresql(),
            *self.on_real_servers(),
            self.sqlite(),
            self.without_receivers(),
            *passes(front_end),
            self.by_relay(),
            *([] if self.all else [self.measures_time()]),
        ]
        yield from lanes.results(side_by_side, processors=MORE * processors(), most=MOST * processors())
        yield from (one for one in (front_end, browser) if isinstance(one, Result))
        if self.all:
            yield from lanes.results([self.measures_time(), self.attacks()])
            yield addresses()

    def no_database(self) -> Pass:
        """Tests without a database behave the same on each; they run once."""
        return self.marked("no database", f"{NO_SERVERS} and not database", processors=0.7)

    def postgresql(self) -> Iterator[Pass]:
        postgres = [one for one in self.servers if isinstance(one, PostgresServer)]
        redis = [one for one in self.servers if isinstance(one, RedisServer)]
        for part, one in enumerate(redis, start=1):
            environment = postgres[0].environment_of(part) | one.environment
            yield self.marked(f"PostgreSQL, part {part}", DATABASE, [f"--part={part}/{len(redis)}"], env=environment)

    def sqlite(self) -> Pass:
        return self.some_of("SQLite", ["sqlite", "both_databases"])

    def by_relay(self) -> Pass:
        return self.some_of("relay as driver", ["relay_too"], "not signals_driver", {"EVENTS_DRIVER": "relay"})

    def without_receivers(self) -> Pass:
        return self.some_of(
            "receivers off, then on", ["receivers_off_too"], "not receivers", {"ORDERS_TEST_RECEIVERS": "off"}
        )

    def some_of(
        self, title: str, markers: Sequence[str], condition: str = "database", env: Mapping[str, str] | None = None
    ) -> Pass:
        """The suite in another way: in the short form, only the tests with one of these markers."""
        if self.all:
            return self.marked(title, f"{DATABASE} and {condition}", env=env)
        chosen = f"{DATABASE} and {condition} and ({' or '.join(markers)})"
        return self.marked(title, chosen, files_with(*markers), env=env)

    def end_to_end(self) -> Iterator[Pass]:
        """Real processes: the system as a whole."""
        files = [path for path in files_with("e2e") if not path.startswith((FAULTS, *HOSTILE_INPUT, *PROTOCOLS))]
        marker = "e2e and not measures_time"
        if self.all:  # In the short form there is one.
            files.remove(BENCHMARKS)
            yield self.marked("benchmarks", marker, [BENCHMARKS], processors=0.7)
        yield self.marked("end to end", marker, files, processors=0.7)

    def on_real_servers(self) -> Iterator[Pass]:
        """What comes in over the network, case by case."""
        for title, folders, processors in (("protocols", PROTOCOLS, 0.5), ("hostile input", HOSTILE_INPUT, 1)):
            files = [path for path in files_with("e2e") if path.startswith(folders)]
            yield self.marked(title, "e2e", files, processors=processors)

    def faults(self) -> Iterator[Pass]:
        """On separate processes, in the long form with each of two brokers; and of ``./dev up``, which has none."""
        chosen = "e2e and not measures_time"
        rabbit = "RabbitMQ or rabbitmq"  # No single word: files that lack it would not be imported, and none has it.
        brokers = {", RabbitMQ": ["-k", rabbit], ", Redis": ["-k", f"not ({rabbit})"]} if self.all else {"": []}
        for title, options in brokers.items():
            separate = [FAULTS, f"--ignore={FAULTS_OF_DEV_UP}", *options]
            yield self.marked(f"faults{title}", chosen, separate, processors=0.5)
        yield self.marked("faults of ./dev up", chosen, [FAULTS_OF_DEV_UP], processors=0.5)

    def measures_time(self) -> Pass:
        """Durations that are compared with others of the same minute; their limits leave room for one other pass."""
        busy = NEARLY_ALONE * processors()
        return self.marked("what measures time", "e2e and measures_time", files_with("measures_time"), processors=busy)

    def attacks(self) -> Pass:
        """Their verdicts are about time."""
        return Pass("attacks", [sys.executable, "-m", "tests.attack", *ATTACKS], env=self.embedded)

    def marked(
        self,
        title: str,
        marker: str,
        options: Sequence[str] = (),
        *,
        processors: float = 1,
        env: Mapping[str, str] | None = None,
    ) -> Pass:
        """A pass of the tests that match the expression; in the short form, without those marked ``long``."""
        chosen = marker if self.all else f"{marker} and not long"
        arguments = ["-m", chosen, *options, *self.options]
        made = pytest_pass(title, arguments, env=self.embedded | dict(env or {}), processors=processors)
        self.repeatable.append(made)
        return made

    def browser(self) -> Pass | Result:
        if chromium() is not None:
            return self.marked("browser", "browser", ["tests/browser"], processors=0.8)
        if os.environ.get("ORDERS_TEST_NO_BROWSER") == "1":
            return Result("browser", left_out=f"{NO_BROWSER} (ORDERS_TEST_NO_BROWSER=1)")
        return Result("browser", problems=[f"{NO_BROWSER} ORDERS_TEST_NO_BROWSER=1 leaves this pass out."])

    def front_end(self) -> Pass | Result:
        npm = shutil.which("npm")
        if npm is None or not (FRONT_END / "node_modules").is_dir():
            return Result("front end", problems=["npm or its packages are missing; ./dev test sets both up"])
        made = FrontEndPass("front end", [npm, "test"], env=self.embedded, cwd=FRONT_END)
        self.repeatable.append(made)
        return made


def addresses() -> Result:
    """Whether the addresses of other hosts in the docs lead somewhere. No test may ask: tests stay on this machine."""
    title, found = "addresses of other hosts", checked(linked())
    if not found.has_network:
        return Result(title, left_out=" ".join(found.lines()))
    return Result(title, Report(outcomes={one: FAILED if one in found.gone else PASSED for one in found.answers}))


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def files_with(*markers: str) -> list[str]:
    """The test files that use one of these markers, so that a pass loads no others."""
    used = re.compile(rf"\bmark\.({'|'.join(markers)})\b")
    files = sorted(path for package in packages() for path in (ROOT / package).rglob("test_*.py"))
    return [str(path.relative_to(ROOT)) for path in files if used.search(path.read_text())]


def packages() -> list[str]:
    """The folders of tests, as in pyproject.toml."""
    options = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
    return list(options["testpaths"])


def passes(one: Pass | Result) -> list[Pass]:
    """The pass, if it has tests to run."""
    return [one] if isinstance(one, Pass) else []


def main(arguments: Sequence[str]) -> int:
    """Run all passes; return 0 only if no test failed and none was skipped without a listed reason."""
    seed = random.SystemRandom().randrange(2**32)
    with servers() as entered:
        run = Run(entered, seed, all=ALL in arguments)
        results = list(run.results())
        run_again(results, run.repeatable)
    return conclude(Summary(results), f" (order of tests: --randomly-seed={seed})")


if __name__ == "__main__":
    program.run(main)
