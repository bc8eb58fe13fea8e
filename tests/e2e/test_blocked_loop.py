"""A web process whose event loop is blocked on purpose: it is logged, not alive, ends on SIGTERM, and by itself."""

import json
import re
import signal
import socket
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from tests.environment import ROOT, fresh_environment
from tests.servers.processes import Process, free_port, wait_until

pytestmark = pytest.mark.e2e
SERVERS = {
    "uvicorn": ["manage.py", "serve", "--port", "{port}"],
    "daphne": ["-m", "daphne", "-p", "{port}", "tests.e2e.blocking_application:application"],
    "up": ["manage.py", "up", "--quiet", "--port", "{port}"],
}
IN_THE_LONG_FORM = [pytest.param(name, marks=pytest.mark.long) for name in ("daphne", "up")]
ENDED = 70


class Web:
    """A web process, and the answers of a thread of it."""

    def __init__(self, server: str, directory: Path, **settings: str) -> None:
        self.port, self.health = free_port(), free_port()
        env = fresh_environment(
            ORDERS_DATA_DIR=str(directory),
            DJANGO_SETTINGS_MODULE="tests.e2e.blocking_application",
            LOG_LEVEL="WARNING",
            METRICS_PORT=str(self.health),
            LOG_FORMAT="json",
            PYTHONPATH=str(ROOT),
            LOOP_STALLED_SECONDS="1",
            **settings,
        )
        command = [sys.executable, *(part.format(port=self.port) for part in SERVERS[server])]
        command = [str(ROOT / part) if part == "manage.py" else part for part in command]
        self.process = Process("web", command, directory=directory, env=env)

    def start(self) -> None:
        """Start it, and wait until both ports report that it is alive."""
        self.process.start()
        self.process.wait_until_ready(lambda: self.alive(self.port) and self.alive(self.health), timeout_seconds=60)

    def alive(self, port: int) -> bool:
        """Whether /livez at this port says so."""
        try:
            return self.ask(port, "/livez") == (200, '{"status": "alive"}')
        except OSError:
            return False

    @staticmethod
    def ask(port: int, path: str, *, timeout_seconds: float = 30) -> tuple[int, str]:
        """The answer at this address."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=timeout_seconds) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.read().decode()

    def stall(self, how: str, seconds: float) -> None:
        """Block its event loop."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as client:
            client.sendall(f"GET /stall?how={how}&seconds={seconds} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            wait_until(lambda: not self.alive(self.health), timeout_seconds=30, what="the stall to be noticed")

    def stalls(self) -> float:
        """How many stalls it has counted."""
        [counted] = re.findall(r"^web_loop_stalls_total (\S+)$", self.ask(self.health, "/metrics")[1], re.MULTILINE)
        return float(counted)

    def logged(self, event: str) -> list[dict[str, Any]]:
        """The lines of its log with this event."""
        lines = [line for line in self.process.log.read_text().splitlines() if f'"{event}"' in line]
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def webs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Web]]:
    """The web processes of these tests that run, by server."""
    running: dict[str, Web] = {}
    yield running
    for web in running.values():
        web.process.kill()


@pytest.fixture
def web(request: pytest.FixtureRequest, webs: dict[str, Web], tmp_path: Path) -> Web:
    """One that never ends itself and has logged nothing yet; shared until a test ends it."""
    server = getattr(request, "param", "uvicorn")
    if server not in webs or not webs[server].process.running:
        webs[server] = Web(server, tmp_path, LOOP_END_SECONDS="0")
        webs[server].start()
    webs[server].process.log.write_text("")
    return webs[server]


@pytest.mark.parametrize("how", ["spin", pytest.param("sleep", marks=pytest.mark.long)])
@pytest.mark.parametrize("web", ["uvicorn", *IN_THE_LONG_FORM], indirect=True)
def test_stalled_loop_is_logged_and_counted_fails_liveness_and_ends_when_asked(web: Web, how: str) -> None:
    before = web.stalls()
    web.stall(how, 600)
    code, body = web.ask(web.health, "/livez")
    counted = web.stalls() - before
    status = web.process.stop(signal.SIGTERM, timeout_seconds=30)

    assert (code, json.loads(body)["status"]) == (503, "stalled")
    assert re.fullmatch(r"the event loop has not turned for \d+ s", json.loads(body)["reasons"][0])
    assert counted == 1
    assert status == 128 + signal.SIGTERM
    [line] = web.logged("web_loop_stalled")
    assert '/tests/e2e/blocking_application.py", line' in line["stack"]
    assert "seconds=600" not in line["stack"]


@pytest.mark.parametrize("server", ["uvicorn", *IN_THE_LONG_FORM])
def test_process_whose_loop_stays_stalled_ends_itself(server: str, tmp_path: Path) -> None:
    web = Web(server, tmp_path, LOOP_END_SECONDS="1")
    web.start()
    try:
        web.stall("spin", 600)
        status = web.process.wait(timeout_seconds=60)
    finally:
        web.process.kill()

    assert status == ENDED
    assert [line["status"] for line in web.logged("web_loop_dead")] == [ENDED]
    said = "Ending, because the event loop has not turned for 2 s. The log says where it is; start it again."
    assert (said in web.process.log.read_text()) == (server == "up")


def test_loop_that_turns_again_is_alive_again(web: Web) -> None:
    web.stall("sleep", 2)
    wait_until(lambda: web.alive(web.health) and web.alive(web.port), timeout_seconds=30, what="it to be alive")

    assert [len(web.logged(event)) for event in ("web_loop_stalled", "web_loop_turns_again")] == [1, 1]


def test_process_that_was_frozen_is_not_stalled(web: Web) -> None:
    web.process.freeze()
    with pytest.raises(TimeoutError):
        web.ask(web.health, "/livez", timeout_seconds=2)
    web.process.thaw()
    wait_until(lambda: web.alive(web.health) and web.alive(web.port), timeout_seconds=30, what="it to be alive")

    assert web.logged("web_loop_stalled") == []
