"""The pytest plugin that sets the tests' environment before Django reads it, and reports what ran on which servers.

Loaded by ``-p tests.environment``. Variables that the caller has set stay: ``DATABASE_URL``, ``REDIS_URL`` and
``EVENTS_DRIVER`` choose what a run tests.
"""

import atexit
import gc
import os
import re
import shutil
import sqlite3
import sys
import tempfile
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
MODULE_MARKS = re.compile(r"^pytestmark = (?:\[[^\]]*\]|.*)", re.MULTILINE)
OURS = {
    "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1],testserver",
    "CELERY_TASK_ALWAYS_EAGER": "1",
    "DEFAULT_TENANT": "demo",
    "DATABASE_IDLE_TRANSACTION_SECONDS": "300",  # A test is one transaction, and a busy machine is slow.
    "EVENTS_DISPATCH": "inline",
    "GC_THRESHOLD": "",
    "GRAPHQL_USAGE_SECONDS": "0",  # A thread would write beside the tests.
    "ORDERS_GRAPHIQL": "1",
    "ORDERS_INTROSPECTION": "1",
    "LOG_FORMAT": "console",
    "SECRET_KEY": "only-for-tests-" + "x" * 50,
    "SECURE_COOKIES": "0",
    "WEBHOOKS_NETWORKS": "127.0.0.0/8,::1/128",
}

before = dict(os.environ)
data_directory = tempfile.mkdtemp(prefix="orders-test-data-")
atexit.register(shutil.rmtree, data_directory, ignore_errors=True)
for name, value in {**OURS, "ORDERS_DATA_DIR": data_directory, "STATIC_ROOT": data_directory}.items():
    os.environ.setdefault(name, value)
# jsonschema would import it for addresses with all letters, which our schemas lack: 38 grammars, 1.3 s of CPU time.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # Python's own way: None stops an import
outside = OutsideWorld({urlsplit(os.environ.get(server.variable, "")).hostname or "" for server in SERVERS})
report_key = pytest.StashKey[Report]()
part_key = pytest.StashKey[set[str]]()


def fresh_environment(**changes: str) -> dict[str, str]:
    """The environment for a separate process: the caller's, without this run's settings and servers."""
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
    """No test waits because an earlier test made the broker unreachable."""
    outage.broker.succeeded()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--report", type=Path, help="write what ran, and how it ended, to this file")
    parser.addoption("--part", help="run one part of the chosen tests, file by file: 1/2 is the first of two")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[report_key] = Report(servers=[*given_servers()])
    config.pluginmanager.register(config.stash[report_key], "orders-report")
    if part := config.getoption("--part"):
        config.stash[part_key] = files_of(part, config)
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


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Import no file whose tests are all left out by ``-m`` or ``-k``, or in the other parts: imports take longest."""
    if collection_path.suffix != ".py" or not collection_path.name.startswith("test_"):
        return None
    mine = config.stash.get(part_key, None)
    if mine is not None and str(collection_path) not in mine:
        return True
    text = collection_path.read_text()
    words = f"{collection_path.relative_to(config.rootpath)} {text} {' '.join(config.getini('markers'))}"
    return True if lacks(words, config.option.keyword) or left_out(text, config.option.markexpr) else None


def lacks(words: str, keyword: str) -> bool:
    """Whether ``-k`` asks for one word, and a file's path, its text and the markers lack it.

    No test of such a file has the word in its name, except for a parameter whose name is made elsewhere. A file that
    is named itself is imported always.
    """
    return keyword.isidentifier() and keyword.lower() not in words.lower()


def files_of(part: str, config: pytest.Config) -> set[str]:
    """The files of this part of all tests that ``-m`` does not leave out; parts are dealt out by the tests' text."""
    number, parts = map(int, part.split("/"))
    paths = [path for name in config.getini("testpaths") for path in (config.rootpath / name).rglob("test_*.py")]
    texts = {str(path): path.read_text() for path in paths}
    chosen = {path: text for path, text in texts.items() if not left_out(text, config.option.markexpr)}
    return part_of({path: text.count("def test_") for path, text in chosen.items()}, number, parts)


def left_out(text: str, expression: str) -> bool:
    """Whether the expression refuses a marker of all tests of a file; False if that is not plain from the text."""
    if re.search(r"\bor\b|not\s*\(", expression):
        return False
    refused = set(re.findall(r"\bnot (\w+)", expression))
    if "database" in refused:
        refused |= {"django_db", "sqlite", *NEEDS}
    marks = MODULE_MARKS.search(text)
    return marks is not None and not refused.isdisjoint(re.findall(r"\bmark\.(\w+)", marks[0]))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None]:
    """Keep the garbage collector from all that is collected here: it stays until the end of the run.

    To look through it takes half a second each time: a fifth of the CPU time of a collection, and of each
    ``gc.collect()`` of a test.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


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


def part_of(files: Mapping[str, int], number: int, parts: int) -> set[str]:
    """The files of one of so many parts with about the same number of tests; ``files`` has each file's number."""
    sizes, mine = [0] * parts, set()
    for file in sorted(files, key=lambda name: (-files[name], name)):
        smallest = sizes.index(min(sizes))
        sizes[smallest] += files[file]
        if smallest == number - 1:
            mine.add(file)
    return mine


def uses_database(item: pytest.Item) -> bool:
    """Whether a test needs the database, by itself or through a fixture, or tests one kind of server."""
    fixtures: list[str] = getattr(item, "fixturenames", [])
    marked = any(item.get_closest_marker(name) for name in ("django_db", "sqlite", *NEEDS))
    return marked or not DATABASE_FIXTURES.isdisjoint(fixtures)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, None, None]:
    """Fail a test that tried to reach another host, even if its code swallowed the refusal."""
    outside.attempts.clear()
    yield
    if outside.attempts:
        pytest.fail(f"The test tried to reach {', '.join(outside.attempts)}; only loopback is allowed.", pytrace=False)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Spare a run without property tests the import of Hypothesis, whose plugin has some last lines to write."""
    if "hypothesis" not in sys.modules:
        session.config.pluginmanager.unregister(name="hypothesispytest")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    terminalreporter.section("what ran against what")
    for line in config.stash[report_key].lines():
        terminalreporter.write_line(line)


def pytest_unconfigure(config: pytest.Config) -> None:
    outside.allow()
    path: Path | None = config.getoption("--report", default=None)
    if path is not None and report_key in config.stash:
        config.stash[report_key].write(path)
