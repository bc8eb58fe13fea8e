"""Fixtures for tests of live subscriptions over the real schema."""

from collections.abc import Iterator

import pytest

from graphql_api.tests.client import executor
from graphql_api.tests.serving import serving
from graphql_server.live.stream import timing


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Only the test writes, numbers and notifies. The real schema has an executor, and no feed lingers."""
    monkeypatch.setattr("events.dispatch.notification.notify", lambda tenant_id: None)
    monkeypatch.setattr(timing, "LINGER_SECONDS", 0.0)
    with serving(executor()):
        yield
