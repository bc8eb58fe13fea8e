"""Fixtures for the tests: a toy schema, and the chat."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import AsyncClient

from graphql_server import connections
from graphql_server.context import Context
from graphql_server.execution.executor import Executor
from graphql_server.tests import toy
from graphql_server.tests.chat.people import Person
from graphql_server.tests.chat.server import Chat
from graphql_server.tests.executors import executor_for


@pytest.fixture
def executor() -> Iterator[Executor]:
    """The toy schema with one thread, so that operations run one after another."""
    toy.gate.clear()
    toy.calls.clear()
    made = executor_for(toy.schema)
    yield made
    toy.gate.set()
    made.threads.shutdown()


@pytest.fixture
def context(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Context:
    """The context of a person.

    If the test may not use the database, connections that other tests left open are kept.
    """
    if request.node.get_closest_marker("django_db") is None and "db" not in request.fixturenames:
        monkeypatch.setattr(connections, "close_old_connections", lambda: None)
    return Context(caller=Person(), request_id="r-1")


@pytest.fixture
def http() -> AsyncClient:
    """A client on loopback, without credentials, under Django's CSRF checks."""
    return AsyncClient(enforce_csrf_checks=True)


@pytest.fixture
def no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep connections that other tests left open."""
    monkeypatch.setattr(connections, "close_old_connections", lambda: None)


@pytest.fixture
def make_chat(no_database: None) -> Iterator[Callable[..., Chat]]:
    """Makes chats; their threads end after the test."""
    chats: list[Chat] = []

    def make(**options: Any) -> Chat:
        chats.append(Chat(**options))
        return chats[-1]

    yield make
    for chat in chats:
        chat.server.executor.threads.shutdown()


@pytest.fixture
def chat(make_chat: Callable[..., Chat]) -> Chat:
    """A chat with the default limits."""
    return make_chat()
