"""``./dev test``: the short form of every test, pass by pass, and last what ran against what.

Without arguments, as many passes at once as there are processors:

- what needs no database, once;
- what has a database, on PostgreSQL and Redis; on SQLite what could differ there (marked ``both_databases``);
- with the relay in place of signals, and with every receiver off until each test is over, what is about that (marked
  ``relay_too`` and ``receivers_off_too``);
- protocols and hostile input on real servers; end to end; the faults; in a browser; the front end;
- last and alone, what measures time (marked ``measures_time``).

With ``--all``: everything in its long form (:mod:`tests.form`), the whole suite in each of these ways, and the attacks
(:mod:`tests.attack`).
"""

import contextlib
import os
import random
import re
import shutil
import sys
import tomllib
from collections.abc import Iterator, Sequence

from tests.browser.program import NO_BROWSER, chromium
from tests.runner import lanes, program
from tests.runner.passes import FRONT_END, ROOT, FrontEndPass, Pass, Result, embedded_environment, pytest_pass
from tests.runner.summary import Summary, conclude
from tests.servers.products import PostgresServer, RabbitServer, RedisServer
from tests.servers.server import NoServer, Server

ALL = "--all"
NO_SERVERS = "not e2e and not browser"
DATABASE = f"{NO_SERVERS} and database"
FAULTS = "tests/faults"
INTERFACES = ("graphql_api", "graphql_server", "tests/security", "tests/audit")
"""Where the tests are that send protocols and hostile input to real servers."""
POSTGRESQL_PARTS = 2
"""The pass on PostgreSQL is the longest, so it is two passes side by side."""


@contextlib.contextmanager
def servers() -> Iterator[list[Server]]:
    """PostgreSQL, a Redis for each part of its pass, and RabbitMQ where there is one."""
    with contextlib.ExitStack() as stack:
        entered: list[Server] = [stack.enter_context(PostgresServer())]
        entered += [stack.enter_context(RedisServer()) for _ in range(POSTGRESQL_PARTS)]
        with contextlib.suppress(NoServer):
            entered.append(stack.enter_context(RabbitServer()))
        yield entered


def shown_to_tests(servers: Sequence[Server]) -> dict[str, str]:
    """By this, tests find the same servers; the settings don't see it."""
    addresses = {f"TEST_{server.variable}": server.address for server in servers}
    return addresses | {f"TEST_{server.variable}_ORIGIN": server.origin for server in servers}


class Run:
    """The passes: first what only needs the processors, side by side; then, alone, what measures time."""

    def __init__(self, servers: Sequence[Server], seed: int, *, all: bool = False) -> None:
        self.servers = servers
        self.all = all
        self.embedded = embedded_environment() | shown_to_tests(servers)
        self.embedded["ORDERS_TEST_FORM"] = "long" if all else "short"
        self.options = [f"--randomly-seed={seed}"]

    def results(self) -> Iterator[Result]:
        front_end, browser = self.front_end(), self.browser()
        side_by_side = [
            *self.faults(),
            *self.postgresql(),
            *passes(browser),
            self.interfaces(),
            self.end_to_end(),
            self.no_database(),
            self.sqlite(),
            self.by_relay(),
            self.without_receivers(),
            *passes(front_end),
        ]
        yield from lanes.results(side_by_side, at_once=processors())
        yield from (one for one in (front_end, browser) if isinstance(one, Result))
        yield from lanes.results([*self.alone()])

    def no_database(self) -> Pass:
        """What touches no database behaves the same on each; it runs once."""
        return self.marked("no database", f"{NO_SERVERS} and not database")

    def postgresql(self) -> Iterator[Pass]:
        postgres = [one for one in self.servers if isinstance(one, PostgresServer)]
        redis = [one for one in self.servers if isinstance(one, RedisServer)]
        for part, one in enumerate(redis, start=1):
            environment = postgres[0].environment_of(part) | one.environment
            yield self.marked(f"PostgreSQL, part {part}", DATABASE, [f"--part={part}/{len(redis)}"], **environment)

    def sqlite(self) -> Pass:
        return self.some_of("SQLite", ["sqlite", "both_databases"])

    def by_relay(self) -> Pass:
        return self.some_of("relay as driver", ["relay_too"], "not signals_driver", EVENTS_DRIVER="relay")

    def without_receivers(self) -> Pass:
        return self.some_of(
            "receivers off, then on", ["receivers_off_too"], "not receivers", ORDERS_TEST_RECEIVERS="off"
        )

    def some_of(self, title: str, markers: Sequence[str], condition: str = "database", **more: str) -> Pass:
        """The suite in another way: in the short form, the tests with one of these markers."""
        if self.all:
            return self.marked(title, f"{DATABASE} and {condition}", **more)
        chosen = f"{DATABASE} and {condition} and ({' or '.join(markers)})"
        return self.marked(title, chosen, files_with(*markers), **more)

    def interfaces(self) -> Pass:
        """Real servers and what comes in over the network, case by case."""
        files = [path for path in files_with("e2e") if path.startswith(INTERFACES)]
        return self.marked("protocols and hostile input", "e2e", files)

    def end_to_end(self) -> Pass:
        files = [path for path in files_with("e2e") if not path.startswith((FAULTS, *INTERFACES))]
        return self.marked("end to end", "e2e and not measures_time", files)

    def faults(self) -> Iterator[Pass]:
        """In the long form, the two brokers are two passes."""
        chosen = "e2e and not measures_time"
        if self.all:
            yield self.marked("faults, long form, RabbitMQ", chosen, [FAULTS, "-k", "RabbitMQ"])
            yield self.marked("faults, long form, Redis and ./dev up", chosen, [FAULTS, "-k", "not RabbitMQ"])
        else:
            yield self.marked("faults, short form", chosen, [FAULTS])

    def alone(self) -> Iterator[Pass]:
        yield self.marked("what measures time", "e2e and measures_time", files_with("measures_time"))
        if self.all:
            yield Pass("attacks", [sys.executable, "-m", "tests.attack"], env=self.embedded)

    def marked(self, title: str, marker: str, options: Sequence[str] = (), **more: str) -> Pass:
        """A pass of the tests that match the expression; in the short form, of those not marked ``long``."""
        chosen = marker if self.all else f"{marker} and not long"
        return pytest_pass(title, ["-m", chosen, *options, *self.options], env=self.embedded | more)

    def browser(self) -> Pass | Result:
        if chromium() is not None:
            return self.marked("browser", "browser", ["tests/browser"])
        if os.environ.get("ORDERS_TEST_NO_BROWSER") == "1":
            return Result("browser", left_out=f"{NO_BROWSER} (ORDERS_TEST_NO_BROWSER=1)")
        return Result("browser", problems=[f"{NO_BROWSER} ORDERS_TEST_NO_BROWSER=1 leaves this pass out."])

    def front_end(self) -> Pass | Result:
        npm = shutil.which("npm")
        if npm is None or not (FRONT_END / "node_modules").is_dir():
            return Result("front end", problems=["npm or its packages are missing; ./dev test sets both up"])
        return FrontEndPass("front end", [npm, "test"], env=self.embedded, cwd=FRONT_END)


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def files_with(*markers: str) -> list[str]:
    """The test files that use one of these markers, so that a pass loads no others."""
    used = re.compile(rf"\bmark\.({'|'.join(markers)})\b")
    files = sorted(path for package in packages() for path in (ROOT / package).rglob("test_*.py"))
    return [str(path.relative_to(ROOT)) for path in files if used.search(path.read_text())]


def packages() -> list[str]:
    """Where tests are, as pyproject.toml says."""
    options = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
    return list(options["testpaths"])


def passes(one: Pass | Result) -> list[Pass]:
    """The pass, if there is one to run."""
    return [one] if isinstance(one, Pass) else []


def main(arguments: Sequence[str]) -> int:
    """Run all passes; 0 only if nothing failed and nothing was skipped unseen."""
    seed = random.SystemRandom().randrange(2**32)
    with servers() as entered:
        results = list(Run(entered, seed, all=ALL in arguments).results())
    return conclude(Summary(results), f" (order of tests: --randomly-seed={seed})")


if __name__ == "__main__":
    program.run(main)
