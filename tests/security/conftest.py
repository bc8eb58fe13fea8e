"""One target for all attacks, over HTTP and over WebSocket; after each, another client's waiting time is printed."""

import threading
from collections.abc import Iterator

import pytest

from tests.security.target import TRANSPORTS, HttpTransport, Target, Transport, seconds_of_another_client

WAITS: dict[str, float] = {}
QUERY_EVERY_SECONDS = 0.2


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """The system under attack, with a few orders of the default tenant in it."""
    system = Target(tmp_path_factory.mktemp("target"))
    system.start()
    yield system
    system.stop()


@pytest.fixture(scope="session")
def token(target: Target) -> str:
    """A token with every scope."""
    return target.token()


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest, target: Target, token: str) -> Transport:
    """A caller with a token, over HTTP and over WebSocket."""
    return TRANSPORTS[request.param](target, token)


class OtherClient(threading.Thread):
    """Another client, which repeats a trivial query and records how long the slowest answer took."""

    def __init__(self, transport: Transport) -> None:
        super().__init__(daemon=True)
        self.transport = transport
        self.worst = 0.0
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(QUERY_EVERY_SECONDS):
            self.worst = max(self.worst, seconds_of_another_client(self.transport))


@pytest.fixture
def other_client(request: pytest.FixtureRequest, target: Target, token: str) -> Iterator[None]:
    """Another client is served during the attack and after it; its time is printed, not judged."""
    other = OtherClient(HttpTransport(target, token))
    other.start()
    yield
    other.over.set()
    other.join()
    WAITS[request.node.name] = max(other.worst, seconds_of_another_client(other.transport))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The longest wait of the other client, by attack."""
    if WAITS:
        terminalreporter.section("what a other_client waited for a trivial answer during each attack")
        for name, seconds in sorted(WAITS.items(), key=lambda one: -one[1]):
            terminalreporter.write_line(f"{seconds * 1000:8.0f} ms  {name}")
