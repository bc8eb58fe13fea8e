"""Fixtures for tests of the transports: the library's toy schema with our meter, for the demo tenant."""

from collections.abc import Iterator

import pytest
from django.conf import LazySettings

from graphql_api.access.context import Context
from graphql_api.tests.serving import executor_for, serving
from graphql_server import connections
from graphql_server.execution.executor import Executor
from graphql_server.tests import toy
from graphql_server.tests.conftest import http
from tenants.auth.authentication import demo_caller

__all__ = ["http"]


@pytest.fixture
def executor(settings: LazySettings) -> Iterator[Executor]:
    """The toy schema with one thread, so that operations run one after another."""
    settings.GRAPHQL_THREADS = 1
    settings.GRAPHQL_LIMITS = {}
    toy.gate.clear()
    toy.calls.clear()
    with serving(executor_for(toy.schema)) as made:
        yield made
        toy.gate.set()
        made.threads.shutdown()


@pytest.fixture
def context(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Context:
    """The context of the demo caller.

    If the test may not use the database, connections that others left open are kept.
    """
    if request.node.get_closest_marker("django_db") is None and "db" not in request.fixturenames:
        monkeypatch.setattr(connections, "close_old_connections", lambda: None)
    return Context(caller=demo_caller(), request_id="r-1")
