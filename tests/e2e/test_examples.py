"""The clients in the documentation and the README's commands work as described."""

import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from tests.e2e.cut_off import Network
from tests.e2e.packed import FRONT, MODULES, ViteApp, compile_typescript, install_client, node, said_by
from tests.environment import ROOT

pytestmark = pytest.mark.e2e
CLIENT_SECONDS = 60


def assert_placed_and_arrived(output: str) -> None:
    arrived, placed = sorted(output.splitlines())  # The event may come before the answer.
    number = placed.removeprefix("placed:").strip()
    assert re.fullmatch(r"[0-9A-Z]{5}-[0-9A-Z]{5}", number)
    assert arrived == f"arrived: {number} over 25.00 EUR"


def test_the_python_client(address: str):
    assert_placed_and_arrived(said_by(sys.executable, "docs/examples/client.py", address))


@pytest.mark.parametrize("name", ["sse", "apollo", "urql"])
def test_the_clients_over_plain_http(address: str, name: str):
    assert_placed_and_arrived(said_by(node(), "--no-warnings", f"frontend_demo/examples/{name}.mjs", address))


def test_the_stream_with_curl_goes_on_after_the_last_event(address: str):
    """The README's command with the id of an event, as a client sends it that comes back."""
    [command] = re.findall(r"```sh\n(curl -N.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    follow = command.strip().replace("http://127.0.0.1:8000", address)
    begin = event_cursor(address)
    place = readme_commands()[1].replace("http://127.0.0.1:8000", address)
    orders = [json.loads(said_by("sh", "-c", place.replace("my-first", f"{number}"))) for number in ("one", "two")]
    numbers = [answer["data"]["createOrder"]["order"]["id"] for answer in orders]

    def events_after(cursor: str, count: int) -> list[tuple[str, str]]:
        """The ids of events and of their orders."""
        command = ["sh", "-c", f"exec {follow} -H 'Last-Event-ID: {cursor}'"]
        found = []
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as curl:
            assert curl.stdout is not None
            for line in curl.stdout:
                if line.startswith("id: "):
                    last = line.removeprefix("id: ").strip()
                elif line.startswith("data: {"):
                    found.append((last, json.loads(line.removeprefix("data: "))["data"]["orderCreated"]["order"]["id"]))
                if len(found) == count:
                    break
            curl.kill()
        return found

    both = events_after(begin, 2)
    assert [order for _, order in both] == numbers
    assert [order for _, order in events_after(both[0][0], 1)] == numbers[1:]


def test_the_javascript_client(address: str):
    options = ["--no-warnings", *websocket_option()]
    assert_placed_and_arrived(said_by(node(), *options, "frontend_demo/examples/client.mjs", address))


def websocket_option() -> list[str]:
    """Node's option for WebSockets before version 22."""
    is_old = int(said_by(node(), "-p", "process.versions.node.split('.')[0]")) < 22
    return ["--experimental-websocket"] if is_old else []


def follows_with_python(address: str, folder: Path) -> list[str | Path]:
    """The command of the Python client that resumes."""
    return [sys.executable, ROOT / "docs/examples/follow.py", address]


def follows_with_typescript(address: str, folder: Path) -> list[str | Path]:
    """The command of the program in orders-client's README, compiled with the package as it is published."""
    modules = folder / "node_modules"
    install_client(modules)
    (modules / "graphql-ws").symlink_to(MODULES / "graphql-ws")
    [program] = re.findall(r"```ts\n(.*?)```", (FRONT / "client/README.md").read_text(), re.DOTALL)
    (folder / "follow.ts").write_text(program.replace("ws://127.0.0.1:8000", address.replace("http", "ws")))
    options = ["--module", "esnext", "--moduleResolution", "bundler", "--target", "es2022", "--strict"]
    compile_typescript(*options, "--lib", "es2023,dom", "--types", "", str(folder / "follow.ts"))
    (folder / "package.json").write_text('{"type": "module"}')
    return [node(), "--no-warnings", *websocket_option(), folder / "follow.js"]


def put_each(output: Iterable[str], lines: "queue.Queue[str]") -> None:
    """Put each line that a program writes into a queue."""
    for line in output:
        lines.put(line.strip())


@pytest.mark.parametrize("client", [follows_with_python, follows_with_typescript])
def test_a_client_that_is_cut_off_goes_on_without_a_gap_or_a_repeat(
    address: str, tmp_path: Path, client: Callable[[str, Path], list[str | Path]]
):
    with Network(to=int(address.rpartition(":")[2])) as network:
        command = client(f"http://127.0.0.1:{network.port}", tmp_path)
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as program:
            assert program.stdout is not None
            lines: queue.Queue[str] = queue.Queue()
            reader = threading.Thread(target=put_each, args=(program.stdout, lines))
            reader.start()
            try:
                seen = first_line(lines, placing=address)
                missed = []
                for _ in range(2):
                    network.cut()
                    missed += [place(address) for _ in range(3)]
                    network.restore()
                    missed.append(place(address))
                heard = [lines.get(timeout=CLIENT_SECONDS) for _ in missed]
            finally:
                program.kill()
                reader.join(CLIENT_SECONDS)
        assert heard == missed
        assert not set(seen) & set(missed)
        assert lines.empty()


def first_line(lines: "queue.Queue[str]", *, placing: str) -> list[str]:
    """Place orders until the client has heard of the last one, and return all of them: it follows from now on."""
    placed = []
    deadline = time.monotonic() + CLIENT_SECONDS
    while time.monotonic() < deadline:
        placed.append(place(placing))
        with suppress(queue.Empty):
            while lines.get(timeout=1.0) != placed[-1]:
                pass
            return placed
    raise AssertionError("The client has heard of no order.")


def place(address: str) -> str:
    """Place an order, and return its number."""
    query = 'mutation { createOrder(input: {total: "1"}) { order { number } } }'
    answer = httpx.post(f"{address}/graphql/", json={"query": query}).json()
    number: str = answer["data"]["createOrder"]["order"]["number"]
    return number


def test_a_front_ends_own_vite_server(address: str, tmp_path: Path):
    """The page's host name and origin are Vite's. The demo counts, over HTTP and over the socket."""
    vite = ViteApp(tmp_path, address)
    page, socket_url = vite.url, vite.url.replace("http", "ws")
    vite.start()
    try:
        asked = httpx.post(f"{page}/graphql/", json={"query": "{ viewer { actor } }"}, headers={"Origin": page})
        assert asked.json()["data"] == {"viewer": {"actor": "demo"}}
        with connect(
            f"{socket_url}/graphql/", origin=Origin(page), subprotocols=[Subprotocol("graphql-transport-ws")]
        ) as socket:
            socket.send('{"type": "connection_init"}')
            assert json.loads(socket.recv()) == {"type": "connection_ack"}
    finally:
        vite.stop()


def readme_commands() -> list[str]:
    """The README's curl commands, as they are pasted."""
    blocks = re.findall(r"```sh\n(curl -s .*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    return [block.strip() for block in blocks if " -d '" in block]


def test_the_readme_has_a_query_a_mutation_and_a_rest_call():
    assert len(readme_commands()) == 3


@pytest.mark.parametrize("place", range(3))
def test_the_readmes_commands_run_unchanged(address: str, place: int):
    command = readme_commands()[place].replace("http://127.0.0.1:8000", address)
    answer = json.loads(said_by("sh", "-c", command))
    assert "errors" not in answer
    assert answer.get("data") or answer["status"] == "NEW"


@pytest.mark.parametrize("page", ["README.md", "docs/clients.md"])
def test_the_graphql_of_the_pages_runs_unchanged(address: str, page: str):
    [document] = re.findall(r"```graphql\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
    headers = {"accept": "text/event-stream", "last-event-id": event_cursor(address)}
    number = place(address)
    with httpx.stream("POST", f"{address}/graphql/", json={"query": document}, headers=headers) as stream:
        first = next(line for line in stream.iter_lines() if line.startswith("data: "))
    answer = json.loads(first.removeprefix("data: "))

    assert "errors" not in answer
    assert "schemaUses" in answer["data"] or answer["data"]["orderCreated"]["order"]["number"] == number


def event_cursor(address: str) -> str:
    """The present position of the log."""
    begin = httpx.post(f"{address}/graphql/", json={"query": "{ orders(first: 1) { eventCursor } }"}).json()
    return str(begin["data"]["orders"]["eventCursor"])


def test_a_published_document_runs_by_its_digest_as_printed(address: str):
    number = place(address)
    query = "query ($number: String!) { order(by: {number: $number}) { id number } }"
    asked = httpx.post(f"{address}/graphql/", json={"query": query, "variables": {"number": number}})
    order = asked.json()["data"]["order"]
    [command] = re.findall(r"```sh\n(curl .*documentId.*)\n```", (ROOT / "docs/clients.md").read_text())
    here = command.replace("http://127.0.0.1:8000", address).replace('"…"', f'"{order["id"]}"')
    answer = json.loads(said_by("sh", "-c", here))

    assert answer["data"]["order"]["number"] == number


@pytest.mark.parametrize("document", ["README.md", "docs/events.md"])
def test_the_commands_that_read_events_and_tables_run_unchanged(address: str, document: str):
    for number in range(3):
        httpx.post(f"{address}/api/orders/", json={"total": f"{number}.00"}).raise_for_status()
    blocks = re.findall(r"```sh\n(curl -sN? .*/api/(?:events|orders\.csv).*)\n```", (ROOT / document).read_text())
    commands = [block.replace("http://127.0.0.1:8000", address).replace("-o orders.csv", "") for block in blocks]
    assert len(commands) == 2
    outputs = [first_lines(command, 3) for command in commands]

    assert all(isinstance(json.loads(line), list) for line in outputs[0])
    assert outputs[1][0].startswith("id,number,")


def first_lines(command: str, count: int) -> list[str]:
    """The first lines that a shell command writes, which need not end."""
    with subprocess.Popen(["sh", "-c", command], stdout=subprocess.PIPE, text=True, start_new_session=True) as shell:
        assert shell.stdout is not None
        lines = [shell.stdout.readline() for _ in range(count)]
        os.killpg(shell.pid, signal.SIGKILL)
    return lines
