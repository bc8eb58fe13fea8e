"""``./dev test``: every test there is, pass by pass, and last what ran against what.

Without arguments: the suite on the embedded defaults and, beside it, on PostgreSQL and Redis; the suite again with
the relay in place of signals; what is about orders with every receiver off until each test is over; end to end; the
faults in their short form; in a browser; the front end. With arguments: pytest with those, on the embedded defaults.
"""

import contextlib
import os
import random
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from types import FrameType

from tests.browser.program import NO_BROWSER, chromium
from tests.passes import FRONT_END, FrontEndPass, Pass, Result, pytest_pass
from tests.server import NoServer, Server
from tests.servers import PostgresServer, RabbitServer, RedisServer
from tests.summary import Summary

VARIABLES = ("DATABASE_URL", "REDIS_URL", "BROKER_URL")
HERE_ONLY = frozenset({"needs PostgreSQL (DATABASE_URL)", "needs Redis (REDIS_URL)"})
RULE = "=" * 100
FAULTS = "tests/faults"
WITHOUT_RECEIVERS = [
    *(f"orders/tests/test_{name}.py" for name in ("models", "services", "api", "api_refusals", "filters")),
    *("orders/tests/test_idempotency_race.py", "orders/tests/test_reference_race.py"),
    *(f"graphql_api/tests/test_{name}.py" for name in ("mutations", "orders", "where", "scalars", "scopes", "errors")),
    *("graphql_api/tests/test_subscriptions.py", "graphql_api/tests/test_live.py"),
]
"""What is about orders and answers: true whether or not a receiver runs."""


def embedded_environment() -> dict[str, str]:
    """The caller's environment with the given servers out of the settings' sight, but in the tests'."""
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    given = {f"TEST_{name}": os.environ[name] for name in VARIABLES if os.environ.get(name)}
    return {**kept, **given}


def heading(text: str) -> None:
    print(f"\n{RULE}\n{text}\n{RULE}", flush=True)


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
    """The eight passes, in turn; the first two at once."""

    def __init__(self, servers: Sequence[Server], seed: int) -> None:
        self.servers = servers
        self.embedded = embedded_environment() | shown_to_tests(servers)
        self.options = [f"--randomly-seed={seed}"]

    def results(self) -> Iterator[Result]:
        yield from self.suite()
        suite_by_relay = "not e2e and not browser and not signals_driver"
        yield self.marked("suite, relay as driver", suite_by_relay, EVENTS_DRIVER="relay")
        without = "not e2e and not browser and not receivers"
        yield self.marked("receivers off, then on", without, WITHOUT_RECEIVERS, ORDERS_TEST_RECEIVERS="off")
        yield self.marked("end to end", "e2e", options=[f"--ignore={FAULTS}"])
        yield self.marked("faults, short form", "e2e", options=[FAULTS])
        yield self.browser()
        yield self.front_end()

    def suite(self) -> Iterator[Result]:
        """The suite twice; the second one's output is held back until the first is done."""
        arguments = ["-m", "not e2e and not browser", *self.options]
        postgres, redis, *_ = self.servers
        second_env = self.embedded | postgres.environment | redis.environment
        first = pytest_pass("suite, embedded", arguments, env=self.embedded)
        second = pytest_pass("suite, PostgreSQL", arguments, env=second_env)
        with tempfile.TemporaryFile() as held_back, contextlib.ExitStack() as stack:
            second.start(held_back)
            stack.callback(second.end)
            yield self.shown(first)
            result = second.finish()
            heading(f"{second.title}: {postgres.describe()}, {redis.describe()} (ran beside the pass above)")
            held_back.seek(0)
            sys.stdout.buffer.write(held_back.read())
            sys.stdout.flush()
            yield result

    def marked(self, title: str, marker: str, options: Sequence[str] = (), **more: str) -> Result:
        return self.shown(pytest_pass(title, ["-m", marker, *options, *self.options], env=self.embedded | more))

    def browser(self) -> Result:
        if chromium() is not None:
            return self.marked("browser", "browser")
        if os.environ.get("ORDERS_TEST_NO_BROWSER") == "1":
            return Result("browser", left_out=f"{NO_BROWSER} (ORDERS_TEST_NO_BROWSER=1)")
        return Result("browser", problems=[f"{NO_BROWSER} ORDERS_TEST_NO_BROWSER=1 leaves this pass out."])

    def front_end(self) -> Result:
        npm = shutil.which("npm")
        if npm is None or not (FRONT_END / "node_modules").is_dir():
            return Result("front end", problems=["npm or its packages are missing; ./dev test sets both up"])
        return self.shown(FrontEndPass("front end", [npm, "test"], env=self.embedded, cwd=FRONT_END))

    @staticmethod
    def shown(one: Pass) -> Result:
        heading(one.title)
        return one.finish()


def end_on_sigterm(_signum: int, _frame: FrameType | None) -> None:
    sys.exit(128 + signal.SIGTERM)


def conclude(summary: Summary, note: str) -> int:
    """Print the last lines; the exit status."""
    heading(f"What ran against what{note}")
    for line in summary.lines():
        print(line)
    return 1 if summary.failed else 0


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for; 0 only if nothing failed and nothing was skipped unseen."""
    if arguments:
        result = Run.shown(pytest_pass("chosen tests", arguments, env=embedded_environment()))
        return conclude(Summary([result], more_listed=HERE_ONLY), "")
    seed = random.SystemRandom().randrange(2**32)
    with servers() as entered:
        results = list(Run(entered, seed).results())
    return conclude(Summary(results), f" (order of tests: --randomly-seed={seed})")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, end_on_sigterm)
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
