"""What every test has: a default tenant, production's commits, and ``settle()``; servers for those that ask."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import TypeVar

import pytest
from asgiref.sync import SyncToAsync
from django.conf import LazySettings
from django.core.cache import cache
from django.db import connection, connections
from pytest_django import DjangoDbBlocker

from events import switches
from events.relay import settle as take_turns
from tenants import failures, throttling
from tenants.models import Tenant
from tenants.recent_callers import recent_callers
from tests import factories
from tests.commits import production_commits, relay_after_commits, run_callbacks
from tests.environment import report_key
from tests.flushing import flushes_unlocked
from tests.server import NoServer, Server
from tests.servers import PostgresServer, RabbitServer, RedisServer

S = TypeVar("S", bound=Server)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Django's own, with tables that can be emptied; before it drops them, forgotten threads let go of them."""
    with flushes_unlocked():
        yield
    SyncToAsync.single_thread_executor.submit(connections.close_all).result(timeout=10)
    if connection.vendor == "postgresql":
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_terminate_backend(pid) {others}")


@pytest.fixture(autouse=True)
def default_tenant(request: pytest.FixtureRequest, settings: LazySettings) -> None:
    """The demo tenant is the default one, unless the test is marked ``no_default_tenant``."""
    settings.DEFAULT_TENANT = "" if request.node.get_closest_marker("no_default_tenant") else "demo"


@pytest.fixture(autouse=True)
def open_demo(settings: LazySettings) -> None:
    """The embedded default's open demo on every database, so that the suite is the same; a test may close it."""
    settings.EMBEDDED = settings.ORDERS_DEMO = True


@pytest.fixture(autouse=True)
def commits(request: pytest.FixtureRequest, settings: LazySettings) -> Iterator[None]:
    """``on_commit`` callbacks run as in production, unless the test captures them itself."""
    if "django_capture_on_commit_callbacks" in request.fixturenames:
        yield
        return
    with production_commits(), relay_after_commits() if settings.EVENTS_DRIVER == "relay" else nullcontext():
        yield


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """No test sees what another one cached, or pays for it."""
    cache.clear()
    switches.forget()
    recent_callers.forget()
    throttling.forget()
    failures.forget()


@pytest.fixture
def tenant(db: None) -> Tenant:
    """The default tenant."""
    return Tenant.objects.get(slug="demo")


@pytest.fixture
def other_tenant(db: None) -> Tenant:
    """A tenant whose data nobody else may see."""
    return factories.tenant(slug="other")


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
    """A RabbitMQ with a queue for this run; where there is none, the test is skipped and the last lines say so."""
    try:
        yield from entered(RabbitServer(), request.config)
    except NoServer:
        pytest.skip("no RabbitMQ was given (BROKER_URL) or found")


def entered(server: S, config: pytest.Config) -> Iterator[S]:
    """The server while the fixture lives, noted for the last lines of the run."""
    with server:
        config.stash[report_key].used(server.describe())
        yield server
