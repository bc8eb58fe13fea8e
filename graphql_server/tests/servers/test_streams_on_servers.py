"""Streams over HTTP on real servers: events arrive at once, and slow or lost clients hold up no other."""

import json
import re
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from graphql_server.tests.servers.test_websocket_on_servers import OUR_PROTOCOL, ROOT
from tests.servers.processes import Process, free_port, listens, wait_until

pytestmark = pytest.mark.e2e

APP = "graphql_server.tests.servers.chat_server:app"
COMMANDS = {
    "uvicorn": ["uvicorn", "--http", OUR_PROTOCOL, "--port"],
    "daphne": ["daphne", "-b", "127.0.0.1", "-p"],
}
HEADERS = {"authorization": "ann lobby", "accept": "text/event-stream"}
MESSAGES = "subscription($after: String) { messages(after: $after) { text } }"
PATIENCE_SECONDS = 10.0


class ChatServer(Process):
    """The chat behind a server."""

    def __init__(self, name: str, directory: Path) -> None:
        self.port = free_port()
        command = [sys.executable, "-m", *COMMANDS[name], str(self.port), APP]
        super().__init__(name, command, directory=directory, env={"PYTHONPATH": str(ROOT)})

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql/"

    def asks(self, query: str, **variables: str) -> dict[str, Any]:
        """The data of a query or mutation."""
        asked = {"query": query, "variables": variables}
        answer = httpx.post(self.address, json=asked, headers={"authorization": "bob lobby"})
        found: dict[str, Any] = answer.json()["data"]
        return found

    def say(self, text: str) -> str:
        """Add a message; return its cursor."""
        data = self.asks("mutation($text: String!) { say(text: $text) { cursor } }", text=text)
        said: dict[str, str] = data["say"]
        return said["cursor"]

    def messages_from_now(self) -> dict[str, object]:
        """A request for all messages after now, however late its subscription begins."""
        return {"query": MESSAGES, "variables": {"after": self.say("before")}}

    def open_streams(self) -> int:
        """How many streams and sockets the server has."""
        return int(httpx.get(self.address.replace("graphql", "open")).text)


@pytest.fixture(scope="module", params=["uvicorn", pytest.param("daphne", marks=pytest.mark.long)])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChatServer]:
    """Each server in turn."""
    running = ChatServer(request.param, tmp_path_factory.mktemp("server"))
    running.start()
    running.wait_until_ready(lambda: listens(running.port), timeout_seconds=60)
    yield running
    running.stop()


def test_events_arrive_at_once_and_a_client_that_hangs_up_is_forgotten(server: ChatServer) -> None:
    with (
        httpx.Client(timeout=PATIENCE_SECONDS) as client,
        client.stream("POST", server.address, json=server.messages_from_now(), headers=HEADERS) as response,
    ):
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        lines = response.iter_lines()
        assert next(lines).startswith("retry: ")
        server.say("first")
        ids: list[str] = []
        for number in range(3):
            server.say(f"message {number}")
        while len(ids) < 4:
            line = next(lines)
            if line.startswith("id: "):
                ids.append(line)
        assert len({*ids}) == 4
    wait_until(lambda: server.open_streams() == 0, timeout_seconds=PATIENCE_SECONDS, what="the end of the stream")


def test_a_client_that_reads_late_gets_everything_and_holds_up_no_other(server: ChatServer) -> None:
    asked = json.dumps(server.messages_from_now())
    head = "POST /graphql/ HTTP/1.1\r\nHost: localhost\r\nAuthorization: ann lobby\r\nAccept: text/event-stream\r\n"
    texts = [f"late {number} {'x' * 400_000}" for number in range(12)]
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        slow.settimeout(PATIENCE_SECONDS)
        slow.connect(("127.0.0.1", server.port))
        slow.sendall(f"{head}Content-Type: application/json\r\nContent-Length: {len(asked)}\r\n\r\n{asked}".encode())
        for text in texts:
            server.say(text)
        heard = b""
        while b"late 11 " not in heard:
            part = slow.recv(1_000_000)
            assert part, "the server broke off"
            heard += part
    assert [int(number) for number in re.findall(rb"late (\d+) ", heard)] == [*range(12)]


def test_a_query_over_a_stream_leaves_the_connection_open_for_the_next(server: ChatServer) -> None:
    with httpx.Client(timeout=PATIENCE_SECONDS) as client:
        for _ in range(3):
            answer = client.post(server.address, json={"query": "{ __typename }"}, headers=HEADERS)
            assert answer.text.endswith("event: complete\ndata: \n\n")
