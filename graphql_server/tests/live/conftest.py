"""The chat, served for one test."""

from collections.abc import Callable

import pytest

from graphql_server.live import latest
from graphql_server.live.stream import timing
from graphql_server.testing.live_client import LiveClient, OpenClient
from graphql_server.tests.chat.server import Chat


@pytest.fixture(autouse=True)
def without_database(no_database: None) -> None:
    """No test needs a database."""


@pytest.fixture
def short_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short waiting times after lost notifications and between updates of a value."""
    monkeypatch.setattr(timing, "SILENCE_SECONDS", 0.1)
    monkeypatch.setattr(timing, "LINGER_SECONDS", 0.0)
    monkeypatch.setattr(latest, "UPDATE_SECONDS", 0.05)


@pytest.fixture
def chat(short_times: None, make_chat: Callable[..., Chat]) -> Chat:
    """A chat with the default limits."""
    return make_chat()


@pytest.fixture
async def ann(chat: Chat, live: OpenClient) -> LiveClient:
    """A client in the room."""
    return await live(chat.server, {"name": "ann", "room": chat.room})
