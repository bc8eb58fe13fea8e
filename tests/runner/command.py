"""``./dev test``: every test there is, pass by pass, and last what ran against what.

Without arguments: what needs no database, once; the rest of the suite on SQLite, on PostgreSQL and Redis, and with the
relay in place of signals; what is about orders with every receiver off until each test is over; protocols and hostile
input on real servers; end to end; the faults in their short form; in a browser; the front end. With ``--all``: the
attacks (:mod:`tests.attack`) besides. With other arguments: pytest with those, on the embedded defaults.
"""

import contextlib
import os
import random
import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from types import FrameType

from tests.browser.program import NO_BROWSER, chromium
from tests.runner import lanes
from tests.runner.passes import FRONT_END, FrontEndPass, Pass, Result, pytest_pass
from tests.runner.summary import Summary
from tests.servers.products import PostgresServer, RabbitServer, RedisServer
from tests.servers.server import NoServer, Server

VARIABLES = ("DATABASE_URL", "REDIS_URL", "BROKER_URL")
HERE_ONLY = frozenset({"needs PostgreSQL (DATABASE_URL)", "needs Redis (REDIS_URL)"})
ALL = "--all"
SUITE = "not e2e and not browser"
DATABASE = f"{SUITE} and database"
FAULTS = "tests/faults"
DOORS = ["graphql_api", "graphql_server", "tests/security", "tests/audit"]
WITHOUT_RECEIVERS = [
    *(f"orders/tests/test_{name}.py" for name in ("models", "services", "api", "api_refusals", "filters")),
    *("orders/tests/test_idempotency_race.py", "orders/tests/test_reference_race.py"),
    *(f"graphql_api/tests/test_{name}.py" for name in ("mutations", "orders", "where", "scalars", "scopes")),
    *("graphql_api/tests/test_subscriptions.py", "graphql_api/tests/test_live.py"),
]
"""What is about orders and answers: true whether or not a receiver runs."""


def embedded_environment() -> dict[str, str]:
    """The caller's environment with the given servers out of the settings' sight, but in the tests'."""
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    given = {f"TEST_{name}": os.environ[name] for name in VARIABLES if os.environ.get(name)}
    return {**kept, **given}


@contextlib.contextmanager
def servers() -> Iterator[list[Server]]:
    """PostgreSQL and Redis, and RabbitMQ where there is one."""
    with contextlib.ExitStack() as stack:
        entered: list[Server] = [stack.enter_context(PostgresServer()), stack.enter_context(RedisServer())]
        with contextlib.suppress(NoServer):
            entered.append(stack.enter_context(RabbitServer()))
        yield entered


def shown_to_tests(servers: Sequence[Server]) -> dict[str, str]:
    """By this, tests find the same servers; the settings don't see it."""
    addresses = {f"TEST_{server.variable}": server.address for server in servers}
    return addresses | {f"TEST_{server.variable}_ORIGIN": server.origin for server in servers}


class Run:
    """The passes: first what only needs the processors, two at a time; then, alone, what measures time."""

    def __init__(self, servers: Sequence[Server], seed: int, *, all: bool = False) -> None:
        self.servers = servers
        self.all = all
        self.embedded = embedded_environment() | shown_to_tests(servers)
        self.options = [f"--randomly-seed={seed}"]

    def results(self) -> Iterator[Result]:
        front_end, browser = self.front_end(), self.browser()
        yield from lanes.results(
            [self.pure(), self.marked("suite, SQLite", DATABASE), self.doors()],
            [self.postgres(), self.by_relay(), self.without_receivers(), *passes(front_end)],
        )
        end_to_end = self.marked("end to end", "e2e", [f"--ignore={path}" for path in (FAULTS, *DOORS)])
        yield from lanes.results([end_to_end, self.marked("faults, short form", "e2e", [FAULTS]), *passes(browser)])
        yield from (one for one in (front_end, browser) if isinstance(one, Result))
        if self.all:
            yield from lanes.results([Pass("attacks", [sys.executable, "-m", "tests.attack"], env=self.embedded)])

    def pure(self) -> Pass:
        """What touches no database behaves the same on each; it runs once."""
        return self.marked("suite, no database", f"{SUITE} and not database")

    def postgres(self) -> Pass:
        postgres, redis, *_ = self.servers
        return self.marked("suite, PostgreSQL", DATABASE, **postgres.environment, **redis.environment)

    def by_relay(self) -> Pass:
        return self.marked("suite, relay as driver", f"{DATABASE} and not signals_driver", EVENTS_DRIVER="relay")

    def without_receivers(self) -> Pass:
        return self.marked(
            "receivers off, then on", f"{DATABASE} and not receivers", WITHOUT_RECEIVERS, ORDERS_TEST_RECEIVERS="off"
        )

    def doors(self) -> Pass:
        """Real servers and what comes in at their doors, case by case."""
        return self.marked("protocols and hostile input", "e2e", DOORS)

    def marked(self, title: str, marker: str, options: Sequence[str] = (), **more: str) -> Pass:
        return pytest_pass(title, ["-m", marker, *options, *self.options], env=self.embedded | more)

    def browser(self) -> Pass | Result:
        if chromium() is not None:
            return self.marked("browser", "browser")
        if os.environ.get("ORDERS_TEST_NO_BROWSER") == "1":
            return Result("browser", left_out=f"{NO_BROWSER} (ORDERS_TEST_NO_BROWSER=1)")
        return Result("browser", problems=[f"{NO_BROWSER} ORDERS_TEST_NO_BROWSER=1 leaves this pass out."])

    def front_end(self) -> Pass | Result:
        npm = shutil.which("npm")
        if npm is None or not (FRONT_END / "node_modules").is_dir():
            return Result("front end", problems=["npm or its packages are missing; ./dev test sets both up"])
        return FrontEndPass("front end", [npm, "test"], env=self.embedded, cwd=FRONT_END)


def passes(one: Pass | Result) -> list[Pass]:
    """The pass, if there is one to run."""
    return [one] if isinstance(one, Pass) else []


def end_on_sigterm(_signum: int, _frame: FrameType | None) -> None:
    sys.exit(128 + signal.SIGTERM)


def conclude(summary: Summary, note: str) -> int:
    """Print the last lines; the exit status."""
    lanes.heading(f"What ran against what{note}")
    for line in summary.lines():
        print(line)
    return 1 if summary.failed else 0


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for; 0 only if nothing failed and nothing was skipped unseen."""
    if arguments and list(arguments) != [ALL]:
        [result] = lanes.results([pytest_pass("chosen tests", arguments, env=embedded_environment())])
        return conclude(Summary([result], more_listed=HERE_ONLY), "")
    seed = random.SystemRandom().randrange(2**32)
    with servers() as entered:
        results = list(Run(entered, seed, all=ALL in arguments).results())
    return conclude(Summary(results), f" (order of tests: --randomly-seed={seed})")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, end_on_sigterm)
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
