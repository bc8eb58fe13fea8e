"""Common fixtures: a default tenant, production's commits, and ``settle()``; servers for tests that need them."""

import logging
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from secrets import token_hex
from typing import TypeVar

import psycopg
import pytest
from asgiref.sync import SyncToAsync
from django.conf import LazySettings
from django.core.cache import cache
from django.db import connection, connections
from pytest_django import DjangoDbBlocker

from events import switches
from events.dispatch.backoff import backoff
from events.dispatch.inline import settle as take_turns
from events.receivers import RECEIVERS
from tenants.auth import failed_attempts, proxies
from tenants.auth.passwords import Argon2
from tenants.auth.recent_callers import recent_callers
from tenants.db.roles import grant
from tenants.models import Tenant
from tenants.ratelimit import throttling
from tests import factories
from tests import receivers_off as receivers
from tests.commits import poll_after_commits, production_commits, run_callbacks
from tests.environment import report_key
from tests.flushing import flushes
from tests.runner.skips import NO_RABBITMQ
from tests.servers.database_roles import DatabaseRoles
from tests.servers.products import PostgresServer, RabbitServer, RedisServer
from tests.servers.server import NoServer, Server
from tests.static_files import found_once

pytest_plugins = ["graphql_server.testing.live_client"]

S = TypeVar("S", bound=Server)
COSTS_OF_HASHES = {name: getattr(Argon2, name) for name in ("time_cost", "memory_cost")}


@pytest.fixture(scope="session")
def database_roles() -> Iterator[DatabaseRoles | None]:
    """On PostgreSQL, the login that owns the tests' tables, and the one that the tests run as."""
    if connection.vendor != "postgresql":
        yield None
        return
    name = connection.creation._get_test_db_name()  # type: ignore[attr-defined]  # as the stubs leave it out
    roles = DatabaseRoles(PostgresServer.given(), name)
    roles.create()
    roles.commit_without_waiting()
    yield roles
    roles.drop()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(database_roles: DatabaseRoles | None) -> None:
    """The owner makes the tests' database."""
    if database_roles:
        database_roles.log_in(database_roles.owner)


@pytest.fixture(scope="session")
def django_db_setup(
    database_roles: DatabaseRoles | None, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Django's own, for a login that owns nothing; leftover threads disconnect before it is dropped."""
    if database_roles:
        with django_db_blocker.unblock():
            grant(database_roles.app)
            database_roles.let_tamper()
        database_roles.log_in(database_roles.app)
    with flushes(database_roles):
        yield
    SyncToAsync.single_thread_executor.submit(connections.close_all).result(timeout=10)
    if database_roles:
        with psycopg.connect(database_roles.administrator, autocommit=True) as server:
            theirs = "FROM pg_stat_activity WHERE usename = %s"
            server.execute(f"SELECT pg_terminate_backend(pid) {theirs}", [database_roles.app])
        database_roles.log_in(database_roles.owner)


@pytest.fixture(scope="session", autouse=True)
def static_files() -> Iterator[None]:
    """Static files are searched for once."""
    with found_once():
        yield


@pytest.fixture(scope="session", autouse=True)
def cheap_hashes() -> Iterator[None]:
    """Passwords are hashed with little time and memory, unless the test asks for ``costly_hashes``."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Argon2, "time_cost", 1)
        patch.setattr(Argon2, "memory_cost", 64)
        yield


@pytest.fixture
def costly_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are hashed as in production."""
    for name, cost in COSTS_OF_HASHES.items():
        monkeypatch.setattr(Argon2, name, cost)


@pytest.fixture(autouse=True)
def default_tenant(request: pytest.FixtureRequest, settings: LazySettings) -> None:
    """The demo tenant is the default one, unless the test is marked ``no_default_tenant``."""
    settings.DEFAULT_TENANT = "" if request.node.get_closest_marker("no_default_tenant") else "demo"


@pytest.fixture(autouse=True)
def processing_steps(request: pytest.FixtureRequest, settings: LazySettings) -> None:
    """Orders are processed without a step, unless the test is marked ``processing_steps``: an invoice takes long."""
    if not request.node.get_closest_marker("processing_steps"):
        settings.ORDERS_PROCESSING_STEPS = []


@pytest.fixture(autouse=True)
def open_demo(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The embedded default's open demo on every database, so that the suite is the same; a test may close it.

    Django's test client calls this machine ``testserver``.
    """
    settings.EMBEDDED = settings.ORDERS_DEMO = True
    monkeypatch.setattr(proxies, "LOCAL_NAMES", {"localhost", "testserver"})


@pytest.fixture(autouse=True)
def commits(request: pytest.FixtureRequest, settings: LazySettings) -> Iterator[None]:
    """``on_commit`` callbacks run as in production, unless the test captures them itself."""
    if "django_capture_on_commit_callbacks" in request.fixturenames:
        yield
        return
    with production_commits(), poll_after_commits() if settings.EVENTS_DRIVER == "relay" else nullcontext():
        yield


@pytest.fixture
def nothing_follows(django_capture_on_commit_callbacks: object) -> None:
    """No receiver runs: the test reads what a service wrote."""


@pytest.fixture(autouse=receivers.ARE_OFF)  # Elsewhere it would only change the order of the others.
def receivers_off(request: pytest.FixtureRequest, commits: None, empty_cache: None) -> Iterator[None]:
    """In the pass without receivers, no receiver runs until the test is over."""
    databases = {"db", "transactional_db"} & {*request.fixturenames}
    if request.node.get_closest_marker("django_db"):
        databases.add("_django_db_marker")
    if not databases:
        yield
        return
    for name in databases:
        request.getfixturevalue(name)
    with receivers.off_until_the_end():
        yield


@pytest.fixture(autouse=True)
def empty_cache(settings: LazySettings) -> None:
    """No test sees another test's cached values, or pays for its requests: buckets in Redis are new ones."""
    settings.CHANNEL_PREFIX = f"test-{token_hex(6)}"
    cache.clear()
    switches.forget()
    backoff.forget_all()
    recent_callers.forget()
    throttling.forget()
    failed_attempts.forget()


@pytest.fixture
def tenant(db: None) -> Tenant:
    """The default tenant."""
    return Tenant.objects.get(slug="demo")


@pytest.fixture
def other_tenant(db: None) -> Tenant:
    """Another tenant for the test."""
    return factories.tenant(slug="other")


@pytest.fixture
def first_receivers(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that count receivers or deliveries: those of these four alone, so that a new receiver breaks none."""
    for name in RECEIVERS.keys() - {"audit", "notifications", "processing", "subscriptions"}:
        monkeypatch.delitem(RECEIVERS, name)


@pytest.fixture
def quiet_clients(caplog: pytest.LogCaptureFixture) -> None:
    """Clients do not log their requests, of which end-to-end tests send many."""
    caplog.set_level(logging.WARNING)


@pytest.fixture
def settle() -> Callable[[], int]:
    """Run what waits for a commit, then relay turns until nothing is due; how much was done."""

    def run() -> int:
        run_callbacks(connection)
        return take_turns()

    return run


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Iterator[PostgresServer]:
    """A PostgreSQL with an empty database for this run."""
    yield from entered(PostgresServer(), request.config)


@pytest.fixture(scope="session")
def redis_server(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    """A Redis with an empty database for this run."""
    yield from entered(RedisServer(), request.config)


@pytest.fixture(scope="session")
def rabbit_server(request: pytest.FixtureRequest) -> Iterator[RabbitServer]:
    """A RabbitMQ with a queue for this run; without RabbitMQ the test is skipped and the last lines say so."""
    try:
        yield from entered(RabbitServer(), request.config)
    except NoServer:
        pytest.skip(NO_RABBITMQ)


def entered(server: S, config: pytest.Config) -> Iterator[S]:
    """The server while the fixture lives, noted for the last lines of the run."""
    with server:
        config.stash[report_key].used(server.describe())
        yield server
