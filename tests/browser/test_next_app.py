"""The docs' Next app on another port, in development and as it is built: it passes requests, streams and sockets on.

The session is that of the docs: signed in at the server, where ``CORS_ORIGINS`` names the page.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from tenants.defaults import DEMO_PASSWORD, DEMO_USER
from tests.browser.site import EmbeddedSite
from tests.e2e.cut_off import Network
from tests.e2e.packed import node
from tests.environment import ROOT
from tests.servers.processes import Process, free_port, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.long]

APP = ROOT / "docs/examples/next"
SECONDS = 60
NPM_SECONDS = 300
TOKEN = 'mutation { createApiToken(input: {name: "next", scopes: ["orders:read", "orders:write"]}) { text } }'
PLACE = 'mutation { createOrder(input: {total: "1.00"}) { order { number } } }'
FEED = "subscription ($after: String) { orderCreated(after: $after) { order { number } } }"
ACTOR = "{ viewer { actor } }"
Headers = dict[str, str]


@pytest.fixture(scope="module")
def page_url() -> str:
    """The address of the app's page, in development and as it is built."""
    return f"http://localhost:{free_port()}"


@pytest.fixture(scope="module")
def server(page_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedSite]:
    """A running ``./dev up`` that knows the page."""
    server = EmbeddedSite(tmp_path_factory.mktemp("server"), CORS_ORIGINS=page_url)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def network(server: EmbeddedSite) -> Iterator[Network]:
    """The network between Next and the server."""
    with Network(to=int(server.url.rpartition(":")[2])) as network:
        yield network


@pytest.fixture(scope="module")
def app(network: Network, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A copy of the app with the packages of its lock, built, and Next's environment."""
    folder = tmp_path_factory.mktemp("app") / "next"
    env = {
        **os.environ,
        "NEXT_TELEMETRY_DISABLED": "1",
        "ORDERS_SERVER": f"http://127.0.0.1:{network.port}",
        "PATH": f"{Path(node()).parent}{os.pathsep}{os.environ['PATH']}",
    }
    shutil.copytree(APP, folder, ignore=shutil.ignore_patterns("node_modules", ".next"))
    for command in (["ci", "--prefer-offline"], ["run", "build"]):
        subprocess.run(["npm", *command], cwd=folder, env=env, check=True, timeout=NPM_SECONDS)
    return folder, env


@pytest.fixture(scope="module", params=["start", "dev"])
def served(request: pytest.FixtureRequest, app: tuple[Path, dict[str, str]], page_url: str) -> Iterator[str]:
    """The page's address, where Next serves it in one of the two ways."""
    folder, env = app
    command: list[str | Path] = [node(), "node_modules/next/dist/bin/next", request.param]
    process = Process("next", [*command, "--port", page_url.rpartition(":")[2]], directory=folder, env=env)
    process.start()
    process.wait_until_ready(lambda: answers(page_url), timeout_seconds=SECONDS)
    yield page_url
    process.kill()


def answers(url: str) -> bool:
    """Whether the page is served."""
    try:
        return httpx.get(url, timeout=SECONDS).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture
def token(server: EmbeddedSite) -> Headers:
    """A token of the API."""
    return {"authorization": f"Bearer {server.ask(TOKEN)['createApiToken']['text']}"}


@pytest.fixture
def session(server: EmbeddedSite, page_url: str) -> Headers:
    """What the page's own requests have after the demo's login at the server."""
    login = f"{server.url}/login/"
    with httpx.Client() as client:
        client.get(login)
        form = {"username": DEMO_USER, "password": DEMO_PASSWORD, "csrfmiddlewaretoken": client.cookies["csrftoken"]}
        assert client.post(login, data=form, headers={"origin": server.url}).status_code == 302
        cookies = dict(client.cookies)
    sent = {"cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()), "origin": page_url}
    return {**sent, "x-csrftoken": cookies["csrftoken"], "sec-fetch-site": "same-origin"}


@pytest.fixture(params=["token", "session"])
def caller(request: pytest.FixtureRequest) -> Headers:
    """The headers of a caller, by either."""
    headers: Headers = request.getfixturevalue(request.param)
    return headers


def ask(url: str, query: str, headers: Headers) -> dict[str, object]:
    """The data of an operation that is sent through Next."""
    answer = httpx.post(f"{url}/graphql/", json={"query": query}, headers=headers, timeout=SECONDS).json()
    assert "errors" not in answer, answer
    data: dict[str, object] = answer["data"]
    return data


def follow(url: str, headers: Headers, last_id: str) -> Iterator[tuple[str, str]]:
    """The ids of events and the numbers of their orders, as a browser asks for them, until the stream breaks off."""
    sent = headers | {"accept": "text/event-stream", "accept-encoding": "gzip, deflate", "last-event-id": last_id}
    sent.pop("origin", None)
    try:
        with httpx.stream("GET", f"{url}/graphql/", params={"query": FEED}, headers=sent, timeout=SECONDS) as stream:
            assert stream.status_code == 200
            for line in stream.iter_lines():
                if line.startswith("id: "):
                    last_id = line.removeprefix("id: ")
                elif line.startswith("data: {"):
                    event = json.loads(line.removeprefix("data: "))
                    yield last_id, event["data"]["orderCreated"]["order"]["number"]
    except httpx.RemoteProtocolError:
        return


def test_events_arrive_while_the_stream_is_open_and_it_resumes_after_a_cut(
    served: str, caller: Headers, server: EmbeddedSite, network: Network
) -> None:
    begin = server.ask("{ orders(first: 1) { eventCursor } }")["orders"]["eventCursor"]
    stream = follow(served, caller, begin)
    for _ in range(2):
        placed = ask(served, PLACE, caller)
        last_id, number = next(stream)
        assert placed == {"createOrder": {"order": {"number": number}}}
    network.cut()
    assert list(stream) == []
    missed = [server.place_order("Offline") for _ in range(3)]
    network.restore()
    resumed = follow(served, caller, last_id)
    heard = [next(resumed)[1] for _ in missed]
    live = server.place_order("Online")

    assert [*heard, next(resumed)[1]] == [*missed, live]


def test_socket_is_passed_on(served: str, caller: Headers) -> None:
    url, protocols = served.replace("http", "ws"), [Subprotocol("graphql-transport-ws")]
    headers = {name: value for name, value in caller.items() if name in {"authorization", "cookie"}}
    with connect(
        f"{url}/graphql/", origin=Origin(served), subprotocols=protocols, additional_headers=headers
    ) as socket:
        socket.send('{"type": "connection_init"}')
        assert json.loads(socket.recv(timeout=SECONDS)) == {"type": "connection_ack"}


def test_addresses_of_rest_keep_their_slash(served: str, token: Headers) -> None:
    for path in ("/api/orders/", "/api/events?limit=1"):
        answer = httpx.get(f"{served}{path}", headers=token, timeout=SECONDS)
        assert (answer.status_code, answer.history) == (200, [])


def test_open_demo_is_shut_because_next_is_a_proxy(served: str) -> None:
    sent = {"origin": served}
    answer = httpx.post(f"{served}/graphql/", json={"query": ACTOR}, headers=sent, timeout=SECONDS).json()
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["UNAUTHENTICATED"]


@pytest.mark.parametrize("served", ["start"], indirect=True)
def test_page_shows_each_order_once_and_in_order(
    served: str, browser: Browser, server: EmbeddedSite, network: Network
) -> None:
    here = server.url.replace("127.0.0.1", "localhost")
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{here}/login/")
        page.get_by_label("Name").fill(DEMO_USER)
        page.get_by_label("Password").fill(DEMO_PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{here}/")
        page.goto(served)
        orders = page.locator("li")
        expect(orders).to_have_count(20, timeout=1000 * SECONDS)
        page.get_by_role("button", name="Place an order").click()
        expect(orders).to_have_count(21, timeout=1000 * SECONDS)
        placed = orders.first.inner_text()
        network.cut()
        missed = [server.place_order("Offline") for _ in range(3)]
        network.restore()
        wait_until(lambda: missed[-1] in orders.all_inner_texts(), timeout_seconds=SECONDS, what="the missed orders")

        assert orders.all_inner_texts()[:4] == [*reversed(missed), placed]
        assert re.fullmatch(r"[0-9A-Z]{5}-[0-9A-Z]{5}", placed)
