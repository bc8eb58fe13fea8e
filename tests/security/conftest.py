"""One target for all attacks, attacked through each door in turn; after each, how long a neighbour waits is printed."""

import threading
from collections.abc import Iterator

import pytest

from tests.security.target import DOORS, Door, HttpDoor, Target, seconds_of_a_neighbour

WAITS: dict[str, float] = {}
NEIGHBOUR_EVERY_SECONDS = 0.05


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """The system under attack, with a few orders of the default tenant in it."""
    system = Target(tmp_path_factory.mktemp("target"))
    system.manage("migrate", "-v0")
    system.start()
    yield system
    system.stop()


@pytest.fixture(scope="session")
def token(target: Target) -> str:
    """A token with every scope."""
    return target.token()


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest, target: Target, token: str) -> Door:
    """A caller with a token, over HTTP and over WebSocket."""
    return DOORS[request.param](target, token)


class Neighbour(threading.Thread):
    """Somebody else, who asks something trivial again and again and notes how long the worst answer took."""

    def __init__(self, door: Door) -> None:
        super().__init__(daemon=True)
        self.door = door
        self.worst = 0.0
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(NEIGHBOUR_EVERY_SECONDS):
            self.worst = max(self.worst, seconds_of_a_neighbour(self.door))


@pytest.fixture
def neighbour(request: pytest.FixtureRequest, target: Target, token: str) -> Iterator[None]:
    """Somebody else is served during the attack and after it; how fast is printed, not judged."""
    other = Neighbour(HttpDoor(target, token))
    other.start()
    yield
    other.over.set()
    other.join()
    WAITS[request.node.name] = max(other.worst, seconds_of_a_neighbour(other.door))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The longest wait of a neighbour by attack."""
    if WAITS:
        terminalreporter.section("what a neighbour waited for a trivial answer during each attack")
        for name, seconds in sorted(WAITS.items(), key=lambda one: -one[1]):
            terminalreporter.write_line(f"{seconds * 1000:8.0f} ms  {name}")
