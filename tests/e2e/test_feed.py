"""The event log and the table of orders over HTTP, on both web servers: streamed, followed and resumed."""

import csv
import io
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.e2e.stack import Embedded, is_ready
from tests.environment import ROOT, fresh_environment
from tests.servers.processes import Process, free_port

pytestmark = pytest.mark.e2e

PATIENCE_SECONDS = 30.0
NDJSON = {"accept": "application/x-ndjson"}
CUT_OFF = (httpx.RemoteProtocolError, httpx.ReadError)
"""There is no last chunk, or the connection is reset."""
ORDERS = 3_000
GROWN_BYTES = 60 * 2**20
"""More than a process grows by anything else meanwhile, and a fraction of the stream."""


class System:
    """A running ``./dev up`` (Daphne) and beside it ``manage.py serve`` (uvicorn), on the same data."""

    def __init__(self, laptop: Embedded, data: Path, logs: Path) -> None:
        self.env = fresh_environment(ORDERS_DATA_DIR=str(data), LOG_LEVEL="WARNING")
        self.logs = logs
        self.ports = {"daphne": laptop.port, "uvicorn": free_port()}
        self.processes = {"daphne": laptop.process, "uvicorn": self.web(self.ports["uvicorn"])}

    def web(self, port: int) -> Process:
        """A started web process on uvicorn."""
        command: list[str | Path] = [sys.executable, ROOT / "manage.py", "serve", "--port", str(port)]
        process = Process(f"uvicorn-{port}", command, directory=self.logs, env=self.env)
        process.start()
        process.wait_until_ready(lambda: is_ready(f"http://127.0.0.1:{port}"), timeout_seconds=120)
        return process

    def address(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    def manage(self, *arguments: str) -> str:
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        return subprocess.run(command, env=self.env, cwd=ROOT, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def system(laptop: Embedded, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Both servers, with some thousand orders."""
    running = System(laptop, data, tmp_path_factory.mktemp("feed"))
    running.manage("demo_data", "--orders", str(ORDERS))
    yield running
    running.processes["uvicorn"].stop()


@pytest.fixture(params=["uvicorn", pytest.param("daphne", marks=pytest.mark.long)])
def server(request: pytest.FixtureRequest, system: System) -> str:
    """The name of a web server."""
    return str(request.param)


@pytest.fixture
def client(system: System, server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=system.address(server), timeout=PATIENCE_SECONDS) as made:
        yield made


def place(client: httpx.Client, **fields: Any) -> str:
    """The id of a new order."""
    answer = client.post("/api/orders/", json={"total": "1.00", **fields})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def events_in(lines: Iterator[str]) -> Iterator[Any]:
    """The events of a stream, without its heartbeats."""
    return (json.loads(line) for line in lines if line)


def end_of_log(client: httpx.Client) -> str:
    """The cursor behind all events."""
    page = client.get("/api/events", params={"types": "order.changed_out_of_band"}).json()
    assert page["events"] == []
    return str(page["cursor"])


def test_the_stream_has_every_event_once_and_in_order(client: httpx.Client) -> None:
    answer = client.get("/api/events", headers=NDJSON)
    events = list(events_in(iter(answer.text.splitlines())))

    assert answer.headers["content-type"] == "application/x-ndjson"
    assert "content-length" not in answer.headers
    numbers = [int(event["sequence"]) for event in events]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert len({event["id"] for event in events}) == len(events) > ORDERS
    middle = len(events) // 2
    rest = client.get("/api/events", headers=NDJSON, params={"after": events[middle]["cursor"], "limit": 100})
    assert [json.loads(line) for line in rest.text.splitlines()] == events[middle + 1 : middle + 101]
    page = client.get("/api/events", params={"after": events[middle]["cursor"], "limit": 100}).json()
    assert page["events"] == events[middle + 1 : middle + 101]


def test_the_stream_keeps_to_the_types(client: httpx.Client) -> None:
    answer = client.get("/api/events", headers=NDJSON, params={"types": "order.shipped,order.cancelled"})

    types = [json.loads(line)["type"] for line in answer.text.splitlines()]
    assert {*types} == {"order.shipped", "order.cancelled"}


def test_a_follower_that_is_cut_off_goes_on_after_its_cursor(client: httpx.Client) -> None:
    cursor, followed, placed = end_of_log(client), [], []
    for _ in range(3):
        params = {"after": cursor, "follow": "true", "types": "order.created"}
        placed.append(place(client))  # Before the follower is there.
        with client.stream("GET", "/api/events", headers=NDJSON, params=params) as stream:
            events = events_in(stream.iter_lines())
            followed.append(next(events)["subject"])
            placed.append(place(client))
            last = next(events)
            followed.append(last["subject"])
            cursor = last["cursor"]

    assert followed == placed


def test_a_follower_ends_with_its_token(system: System, client: httpx.Client, server: str) -> None:
    token = system.manage("tokens", "create", "--tenant", "demo", "--name", server, "--scopes", "orders:read").strip()
    headers = NDJSON | {"authorization": f"Bearer {token}"}
    params = {"after": end_of_log(client), "follow": "true", "types": "order.created"}
    with client.stream("GET", "/api/events", headers=headers, params=params) as stream:
        lines = stream.iter_lines()
        place(client)
        assert next(events_in(lines))["type"] == "order.created"

        system.manage("tokens", "revoke", token[:12])

        with pytest.raises(CUT_OFF):
            list(lines)
    assert client.get("/api/events", headers=headers).status_code == 401


def test_a_slow_reader_costs_little_memory_and_gets_everything(system: System, server: str) -> None:
    """The client takes nothing for a while. The server reads no more than it can hand over."""
    process = psutil.Process(system.processes[server].pid)
    with closing(socket.socket()) as slow, httpx.Client(base_url=system.address(server)) as other:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        slow.settimeout(PATIENCE_SECONDS)
        slow.connect(("127.0.0.1", system.ports[server]))
        before = process.memory_info().rss
        slow.sendall(b"GET /api/events HTTP/1.1\r\nHost: localhost\r\nAccept: application/x-ndjson\r\n\r\n")
        for _ in range(30):
            assert other.get("/api/orders/", params={"limit": 1}).status_code == 200
        assert process.memory_info().rss - before < GROWN_BYTES
        received = 0
        tail = b""
        while not tail.endswith(b"\r\n0\r\n\r\n"):
            part = slow.recv(1_000_000)
            assert part, "the server broke off"
            received += len(part)
            tail = (tail + part)[-16:]
    assert received > 5_000_000


def test_the_table_has_every_order_and_no_formula(client: httpx.Client, server: str) -> None:
    order = place(client, customer_name="=1+1", external_reference=f"@{server}")
    answer = client.get("/api/orders.csv", headers={"accept": "text/csv"})

    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(answer.text, newline=""))}
    assert (rows[order]["customer_name"], rows[order]["external_reference"]) == ("'=1+1", f"'@{server}")
    assert len(rows) > ORDERS
    one = client.get("/api/orders.csv", params={"external_reference": f"@{server}"})
    assert [row["id"] for row in csv.DictReader(io.StringIO(one.text, newline=""))] == [order]


def test_a_follower_is_cut_off_when_the_server_drains(system: System) -> None:
    port = free_port()
    web = system.web(port)
    try:
        with (
            httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_SECONDS) as client,
            client.stream(
                "GET",
                "/api/events",
                headers=NDJSON,
                params={"after": end_of_log(client), "follow": "true", "types": "order.created"},
            ) as stream,
        ):
            lines = stream.iter_lines()
            order = place(client)
            assert next(events_in(lines))["subject"] == order

            web.terminate()

            with pytest.raises(CUT_OFF):
                list(lines)
        assert web.wait(timeout_seconds=PATIENCE_SECONDS) == 0
    finally:
        web.kill()
