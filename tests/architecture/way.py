"""The way of one order: the files and functions of a project that run from the mutation over HTTP to a live socket."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.environment import ROOT, fresh_environment
from tests.servers.processes import Process, free_port, listens

PATIENCE_SECONDS = 60
SERVER = Path(__file__).with_name("traced_server.py")
SUBSCRIPTION = "subscription { orderCreated { cursor order { number total { amount } lines { sku } } } }"
MUTATION = """
mutation ($key: String!) {
  createOrder(input: {
    idempotencyKey: $key, customerEmail: "ada@example.com", lines: [{sku: "A-1", quantity: 2, unitPrice: "4.50"}]
  }) { order { number } userErrors { code } }
}
"""
WARM_UP = "warm-up"
"""The key of a first order, which is not recorded: that order fills caches and opens connections."""

Way = dict[str, list[str]]
"""The functions that ran, by file."""


def way_of_one_order(project: Path = ROOT) -> Way:
    """Place one order over HTTP beside one live subscriber of a fresh server on SQLite; return the functions that ran.

    ``project`` is any checkout of this project; it runs under this Python.
    """
    project = project.resolve()
    with tempfile.TemporaryDirectory(prefix="orders-way-") as directory:
        data = Path(directory)
        report = data / "report.json"
        env = fresh_environment(
            ORDERS_DATA_DIR=directory,
            DEFAULT_TENANT="demo",
            SECRET_KEY="only-for-the-trace-" + "x" * 50,
            ALLOWED_HOSTS="127.0.0.1",
            LOG_LEVEL="WARNING",
            PYTHONPATH=str(project),
        )
        manage(project, env, "migrate", "--verbosity", "0")
        token = manage(project, env, "tokens", "create", "--tenant", "demo", "--name", "traced")
        port = free_port()
        # The interpreter starts in the project, whose modules it imports.
        command = [
            "sh",
            "-c",
            f'cd "{project}" && exec "$@"',
            "sh",
            sys.executable,
            str(SERVER),
            str(port),
            str(report),
        ]
        server = Process("traced", command, directory=data, env=env)
        server.start()
        try:
            server.wait_until_ready(lambda: listens(port), timeout_seconds=PATIENCE_SECONDS)
            with subscribed(port, token) as socket:
                post(port, token, WARM_UP)
                next_event(socket)
                os.kill(server.pid, signal.SIGUSR1)
                post(port, token, "traced")
                next_event(socket)
                os.kill(server.pid, signal.SIGUSR2)
        finally:
            server.stop()
        way: Way = json.loads(report.read_text())
        return way


def manage(project: Path, env: dict[str, str], *arguments: str) -> str:
    """Run a management command of the project; return its output."""
    command = [sys.executable, "manage.py", *arguments]
    ran = subprocess.run(command, cwd=project, env=env, check=True, capture_output=True, text=True)
    return ran.stdout.strip()


@contextmanager
def subscribed(port: int, token: str) -> Iterator[ClientConnection]:
    """A socket with one live subscription."""
    protocols = [Subprotocol("graphql-transport-ws")]
    with connect(f"ws://127.0.0.1:{port}/graphql/", subprotocols=protocols, open_timeout=PATIENCE_SECONDS) as socket:
        socket.send(json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}))
        assert json.loads(socket.recv(PATIENCE_SECONDS))["type"] == "connection_ack"
        socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": SUBSCRIPTION}}))
        yield socket


def next_event(socket: ClientConnection) -> None:
    """Wait for the next event of the subscription."""
    while True:
        message = json.loads(socket.recv(PATIENCE_SECONDS))
        if message["type"] == "next":
            assert "errors" not in message["payload"], message
            return


def post(port: int, token: str, key: str) -> None:
    """Place an order under an idempotency key."""
    body = {"query": MUTATION, "variables": {"key": key}}
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.post(f"http://127.0.0.1:{port}/graphql/", json=body, headers=headers, timeout=PATIENCE_SECONDS)
    assert answer.json()["data"]["createOrder"]["userErrors"] == [], answer.text
