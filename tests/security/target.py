"""The system under attack, in its own process, and the two transports of GraphQL."""

import itertools
import json
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.frames import Close as CloseFrame
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.e2e.stack import is_ready
from tests.environment import ROOT, fresh_environment
from tests.servers.processes import Process, free_port

PATIENCE_SECONDS = 30
REST_SECONDS = 10
NO_THROTTLE = "caller=0;tenant=0;address=0;failures=0;account_failures=0"
Answer = dict[str, Any]


@dataclass
class Target:
    """The embedded default with the demo closed: no page, no introspection, tokens only."""

    directory: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        policy = {"ORDERS_DEMO": "0", "ORDERS_GRAPHIQL": "0", "ORDERS_INTROSPECTION": "0", "LOG_LEVEL": "WARNING"}
        policy["THROTTLE"] = NO_THROTTLE  # Each attack is to be refused for its own reason.
        self.env = fresh_environment(**policy, ORDERS_DATA_DIR=str(self.directory), **self.settings)
        command: list[str | Path] = [sys.executable, ROOT / "manage.py", "up", "--quiet", "--port", str(self.port)]
        self.process = Process("target", command, directory=self.directory, env=self.env)
        self.address = f"http://127.0.0.1:{self.port}"
        self.sockets: dict[str | None, ClientConnection] = {}
        self.used: dict[str | None, float] = {}
        self.open = ExitStack()
        self.http = self.open.enter_context(httpx.Client(base_url=self.address, timeout=PATIENCE_SECONDS))

    def stop(self) -> None:
        """Close the connections, and stop it."""
        self.open.close()
        self.process.stop()

    def manage(self, *arguments: str) -> str:
        """Run a management command; return its output."""
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        ran = subprocess.run(command, env=self.env, cwd=ROOT, check=True, capture_output=True, text=True)
        return ran.stdout.strip()

    def start(self) -> None:
        """Start it and wait until it is ready."""
        self.process.start()
        self.process.wait_until_ready(lambda: is_ready(self.address), timeout_seconds=120)

    def token(self, *scopes: str, tenant: str = "demo") -> str:
        """A token with these scopes; with all of them if none is given."""
        named = ["--scopes", ",".join(scopes)] if scopes else []
        return self.manage("tokens", "create", "--tenant", tenant, "--name", "attacker", *named)


@dataclass
class Transport:
    """One transport for operations. ``ask`` returns the response's map, whatever the transport calls it."""

    target: Target
    token: str | None

    def ask(self, query: str, variables: Answer | None = None) -> Answer:
        raise NotImplementedError

    def data(self, query: str, variables: Answer | None = None) -> Answer:
        """The data of a response without errors."""
        answer = self.ask(query, variables)
        assert "errors" not in answer, answer["errors"]
        data: Answer = answer["data"]
        return data

    def codes(self, query: str, variables: Answer | None = None) -> set[str]:
        """The codes of a response's errors; the response has no data."""
        answer = self.ask(query, variables)
        assert not answer.get("data"), answer
        assert "errors" in answer, answer
        return {error["extensions"]["code"] for error in answer["errors"]}


class HttpTransport(Transport):
    """POST /graphql/."""

    def ask(self, query: str, variables: Answer | None = None) -> Answer:
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        body = json.dumps({"query": query, "variables": variables})
        response = self.target.http.post("/graphql/", content=body, headers=headers)
        assert response.status_code < 500, response.text
        answer: Answer = response.json()
        return answer


class SocketTransport(Transport):
    """An operation on a socket, which is kept for the next one as long as it stays open."""

    def ask(self, query: str, variables: Answer | None = None) -> Answer:
        payload = {"query": query, "variables": variables}
        was_open = self.token in self.target.sockets
        try:
            return self.run(payload)
        except ConnectionClosed as closed:
            self.target.sockets.pop(self.token, None)
            if was_open:  # An earlier operation may have closed it.
                return self.ask(query, variables)
            said = closed.rcvd or CloseFrame(1006, "")
            return {"closed": said.code, "reason": said.reason}

    def socket(self) -> ClientConnection:
        """The caller's socket, initialised; a new one after a pause: it answers pings only while it is used."""
        rested = time.monotonic() - self.target.used.get(self.token, 0.0)
        self.target.used[self.token] = time.monotonic()
        if rested > REST_SECONDS and (old := self.target.sockets.pop(self.token, None)):
            old.close()
        if self.token not in self.target.sockets:
            opening = connect(
                f"ws://{urlsplit(self.target.address).netloc}/graphql/",
                subprotocols=[Subprotocol("graphql-transport-ws")],
                open_timeout=PATIENCE_SECONDS,
                max_size=None,
            )
            socket = self.target.sockets[self.token] = self.target.open.enter_context(opening)
            payload = {"authorization": f"Bearer {self.token}"} if self.token else {}
            socket.send(json.dumps({"type": "connection_init", "payload": payload}))
            assert json.loads(socket.recv(PATIENCE_SECONDS))["type"] == "connection_ack"
        return self.target.sockets[self.token]

    def run(self, payload: Answer) -> Answer:
        """The first ``next`` or ``error`` of the operation, which is then over."""
        socket, operation_id = self.socket(), str(next(OPERATION_IDS))
        socket.send(json.dumps({"id": operation_id, "type": "subscribe", "payload": payload}))
        while True:
            message = json.loads(socket.recv(PATIENCE_SECONDS))
            if message["type"] == "ping":
                socket.send('{"type":"pong"}')
            if message.get("id") != operation_id or message["type"] == "complete":
                continue
            if message["type"] == "error":
                return {"errors": message["payload"]}
            socket.send(json.dumps({"id": operation_id, "type": "complete"}))
            answer: Answer = message["payload"]
            return answer


OPERATION_IDS = itertools.count(1)
TRANSPORTS: dict[str, type[Transport]] = {"HTTP": HttpTransport, "WebSocket": SocketTransport}


def seconds_of_another_client(transport: Transport) -> float:
    """How long another client waits for a trivial answer."""
    began = time.monotonic()
    assert transport.data("{ __typename }") == {"__typename": "Query"}
    return time.monotonic() - began
