"""Fixtures for tests of live subscriptions over the real schema."""

from collections.abc import Awaitable, Iterator
from typing import Any

import pytest

from events.models import Event
from graphql_api.tests.client import executor
from graphql_api.tests.serving import serving
from graphql_server.live.payloads import Payloads
from graphql_server.live.stream import timing
from graphql_server.websocket import connection


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Only the test writes, numbers and notifies. The real schema has an executor, and no feed lingers."""
    monkeypatch.setattr("events.dispatch.notification.notify", lambda tenant_id: None)
    monkeypatch.setattr(timing, "LINGER_SECONDS", 0.0)
    with serving(executor()):
        yield


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sequences of the executed events, one for each execution."""
    sequences: list[int] = []
    make = Payloads.made

    def noted(self: Payloads, event: Event, *shown: Any) -> bytes | Awaitable[bytes]:
        sequences.append(event.sequence or 0)
        return make(self, event, *shown)

    monkeypatch.setattr(Payloads, "made", noted)
    return sequences


@pytest.fixture
def frequent_reads(quiet: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lost notification costs little time."""
    monkeypatch.setattr(timing, "SILENCE_SECONDS", 0.1)


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[connection.Connection]:
    """The server's ends of the sockets."""
    made: list[connection.Connection] = []
    serve = connection.Connection.serve

    async def noted(self: connection.Connection) -> None:
        made.append(self)
        await serve(self)

    monkeypatch.setattr(connection.Connection, "serve", noted)
    return made
