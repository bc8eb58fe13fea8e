"""With an untried version the public API is used, and the log says so."""

from collections.abc import Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from structlog.testing import capture_logs
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from graphql_server.limits import ConnectionLimits
from graphql_server.servers import versions
from graphql_server.servers.daphne_sockets import PublicDaphneWriter
from graphql_server.servers.uvicorn_http import HttpProtocol
from graphql_server.servers.uvicorn_protocol import http_protocol
from graphql_server.servers.uvicorn_writers import TransportWriter
from graphql_server.servers.versions import DAPHNE, UVICORN, fit, parsed
from graphql_server.servers.writers import SANS_IO, writer_of

LIMITS = ConnectionLimits(connections=3)


@pytest.fixture(autouse=True)
def without_cached_results() -> Iterator[None]:
    """Drop the cached results before and after the test."""
    fit.cache_clear()
    yield
    fit.cache_clear()


@pytest.fixture
def untried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretend that later, unknown versions are installed."""
    monkeypatch.setattr(versions, "version", lambda _: "99.1.0")


def test_the_installed_versions_were_tried() -> None:
    with capture_logs() as logs:
        assert fit(UVICORN)
        assert fit(DAPHNE)
    assert logs == []


@pytest.mark.parametrize(
    ("text", "numbers"), [("0.54.0", (0, 54, 0)), ("26.10.2", (26, 10, 2)), ("1.0rc1", (1,)), ("", ())]
)
def test_a_version_is_read_as_far_as_it_is_numbers(text: str, numbers: tuple[int, ...]) -> None:
    assert parsed(text) == numbers


def test_each_package_of_another_version_is_logged_once(untried: None) -> None:
    with capture_logs() as logs:
        assert [fit(DAPHNE), fit(DAPHNE)] == [False, False]
    assert [line["package"] for line in logs] == ["daphne", "autobahn", "twisted"]
    assert {"event": "server_version_not_tried", "version": "99.1.0", "tried": ">=4.2,<4.3"}.items() <= logs[0].items()


def test_our_protocol_is_used_under_a_uvicorn_that_was_tried() -> None:
    made = http_protocol(LIMITS)
    assert issubclass(made, HttpProtocol)
    assert made.limits is LIMITS


def test_uvicorns_own_protocol_is_used_under_another_uvicorn(untried: None) -> None:
    assert http_protocol(LIMITS) is AutoHTTPProtocol


class Protocol:
    """A server's protocol object, as far as the choice of a writer reads it."""

    def __init__(self) -> None:
        self.closed: list[tuple[int, bytes]] = []
        self.transport = SimpleNamespace(get_write_buffer_size=lambda: 7, abortConnection=self.closed.clear)

    async def send(self, message: Any) -> None:
        """ASGI's send."""

    def sendCloseFrame(self, code: int, reasonUtf8: bytes) -> None:  # noqa: N802, N803  # autobahn's
        """Autobahn's public way to close."""
        self.closed.append((code, reasonUtf8))


def test_messages_go_through_send_on_uvicorns_protocol_under_another_uvicorn(untried: None) -> None:
    protocol = type(SANS_IO[1], (Protocol,), {"__module__": SANS_IO[0]})()

    writer = writer_of(protocol.send, ready_frames=True)

    assert type(writer) is TransportWriter
    assert writer.put is None
    assert writer.unsent() == 7


async def test_messages_go_through_send_on_daphne_of_another_version(untried: None) -> None:
    protocol = type("WebSocketProtocol", (Protocol,), {"__module__": "daphne.ws_protocol"})()

    writer = writer_of(partial(type(protocol).send, protocol), ready_frames=True)

    assert type(writer) is PublicDaphneWriter
    assert writer.put is None
    await writer.close(1001, "The server is shutting down")
    assert protocol.closed == [(1001, b"The server is shutting down")]
    writer.abort()
    assert protocol.closed == []
