"""The pytest plugin that sets the tests' environment before Django reads it, and reports what ran against what.

Loaded by ``-p tests.environment``. What the caller's environment sets already stays: ``DATABASE_URL``, ``REDIS_URL``
and ``EVENTS_DRIVER`` choose what a run is about.
"""

import atexit
import os
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Generator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from events.dispatch import broker_outage as outage
from tests.network import OutsideWorld
from tests.runner.report import Report
from tests.servers.products import PostgresServer, RabbitServer, RedisServer
from tests.servers.server import Server

ROOT = Path(__file__).resolve().parent.parent
SERVERS: list[type[Server]] = [PostgresServer, RedisServer, RabbitServer]
NEEDS = {
    "postgresql": ("DATABASE_URL", "needs PostgreSQL (DATABASE_URL)"),
    "redis": ("REDIS_URL", "needs Redis (REDIS_URL)"),
}
DATABASE_FIXTURES = {"db", "transactional_db"}
OURS = {
    "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1],testserver",
    "CELERY_TASK_ALWAYS_EAGER": "1",
    "DEFAULT_TENANT": "demo",
    "DATABASE_IDLE_TRANSACTION_SECONDS": "300",  # A test is one transaction, and a busy machine slow.
    "EVENTS_DISPATCH": "inline",
    "GC_THRESHOLD": "",
    "ORDERS_GRAPHIQL": "1",
    "ORDERS_INTROSPECTION": "1",
    "LOG_FORMAT": "console",
    "SECRET_KEY": "only-for-tests-" + "x" * 50,
    "SECURE_COOKIES": "0",
}

before = dict(os.environ)
data_directory = tempfile.mkdtemp(prefix="orders-test-data-")
atexit.register(shutil.rmtree, data_directory, ignore_errors=True)
for name, value in {**OURS, "ORDERS_DATA_DIR": data_directory, "STATIC_ROOT": data_directory}.items():
    os.environ.setdefault(name, value)
outside = OutsideWorld({urlsplit(os.environ.get(server.variable, "")).hostname or "" for server in SERVERS})
report_key = pytest.StashKey[Report]()


def fresh_environment(**changes: str) -> dict[str, str]:
    """The environment for a process of its own: the caller's, without this run's settings and servers."""
    settings = {
        *OURS,
        "ORDERS_DATA_DIR",
        "STATIC_ROOT",
        "CHANNEL_PREFIX",
        "CELERY_QUEUE",
        *(server.variable for server in SERVERS),
        "DATABASE_OWNER_URL",
    }
    return {name: value for name, value in before.items() if name not in settings} | changes


@pytest.fixture(autouse=True)
def broker_is_there() -> None:
    """No test waits because an earlier one took the broker away."""
    outage.broker.succeeded()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--report", type=Path, help="write what ran, and how it ended, to this file")
    parser.addoption("--part", help="run one part of the chosen tests, file by file: 1/2 is the first of two")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[report_key] = Report(servers=[*given_servers()])
    config.pluginmanager.register(config.stash[report_key], "orders-report")
    config.addinivalue_line("markers", "sqlite: only on SQLite, the embedded default")
    config.addinivalue_line(
        "markers", "database: set by the collection where a test asks for one, or is about one kind"
    )
    for marker, (_, reason) in NEEDS.items():
        config.addinivalue_line("markers", f"{marker}: {reason}")
    outside.forbid()


def given_servers() -> Generator[str]:
    """The servers that this run's settings name, with their versions."""
    if not os.environ.get("DATABASE_URL"):
        yield f"SQLite {sqlite3.sqlite_version}"
    yield from (server.describe_given() for server in SERVERS if os.environ.get(server.variable) and server.given())


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if uses_database(item):
            item.add_marker("database")
        for marker, (variable, reason) in NEEDS.items():
            if item.get_closest_marker(marker) and not os.environ.get(variable):
                item.add_marker(pytest.mark.skip(reason=reason))
        if item.get_closest_marker("sqlite") and os.environ.get("DATABASE_URL"):
            item.add_marker(pytest.mark.skip(reason="only on SQLite"))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> Generator[None]:
    """Leave the other parts to other processes, once the markers have chosen."""
    if part := session.config.getoption("--part"):
        number, parts = map(int, part.split("/"))
        mine = part_of(Counter(item.nodeid.partition("::")[0] for item in session.items), number, parts)
        session.items[:] = [item for item in session.items if item.nodeid.partition("::")[0] in mine]
    yield


def part_of(files: Mapping[str, int], number: int, parts: int) -> set[str]:
    """The files of one of so many parts, which have about the same number of tests; ``files`` has each file's."""
    sizes, mine = [0] * parts, set()
    for file in sorted(files, key=lambda name: (-files[name], name)):
        smallest = sizes.index(min(sizes))
        sizes[smallest] += files[file]
        if smallest == number - 1:
            mine.add(file)
    return mine


def uses_database(item: pytest.Item) -> bool:
    """Whether a test asks for the database, by itself or through a fixture, or is about one kind of server."""
    fixtures: list[str] = getattr(item, "fixturenames", [])
    marked = any(item.get_closest_marker(name) for name in ("django_db", "sqlite", *NEEDS))
    return marked or not DATABASE_FIXTURES.isdisjoint(fixtures)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, None, None]:
    """Fail a test that tried to reach the outside world, even if its code swallowed the refusal."""
    outside.attempts.clear()
    yield
    if outside.attempts:
        pytest.fail(f"The test tried to reach {', '.join(outside.attempts)}; only loopback is allowed.", pytrace=False)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    terminalreporter.section("what ran against what")
    for line in config.stash[report_key].lines():
        terminalreporter.write_line(line)


def pytest_unconfigure(config: pytest.Config) -> None:
    outside.allow()
    path: Path | None = config.getoption("--report", default=None)
    if path is not None and report_key in config.stash:
        config.stash[report_key].write(path)
