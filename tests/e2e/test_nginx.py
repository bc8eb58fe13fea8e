"""Behind nginx with our settings, streams arrive as they come, and sockets and the page's origin are right."""

import json
import ssl
from collections.abc import Iterator

import httpx
import pytest
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from tests.e2e.test_examples import event_cursor, place
from tests.runner.skips import NO_NGINX
from tests.servers.nginx import Behind, nginx
from tests.servers.processes import wait_until
from tests.servers.server import NoServer

pytestmark = [pytest.mark.e2e, pytest.mark.long]
DOCUMENT = "subscription ($after: String) { orderCreated(after: $after) { order { number } } }"
TOKEN = """mutation { createApiToken(input: {name: "proxied", scopes: ["orders:read"]}) { text } }"""
FORMS = {"text/event-stream": "data: {", "multipart/mixed;subscriptionSpec=1.0, application/json": '{"payload"'}
SECONDS = 20


@pytest.fixture
def behind(address: str) -> Iterator[Behind]:
    """The running system behind nginx."""
    try:
        with nginx(int(address.rpartition(":")[2])) as behind:
            yield behind
    except NoServer:
        pytest.skip(NO_NGINX)


@pytest.fixture
def proxied(behind: Behind) -> str:
    """The address of nginx in front of the system."""
    return behind.address


@pytest.fixture
def token(address: str) -> str:
    """A token: requests through a proxy are not the open demo's."""
    made = httpx.post(f"{address}/graphql/", json={"query": TOKEN}).json()
    return f"Bearer {made['data']['createApiToken']['text']}"


@pytest.mark.parametrize("form", FORMS)
def test_event_of_a_stream_arrives_while_the_stream_is_open(address: str, proxied: str, token: str, form: str) -> None:
    asked = {"query": DOCUMENT, "variables": {"after": event_cursor(address)}}
    with (
        httpx.Client(verify=False, timeout=SECONDS) as client,
        client.stream(
            "POST", f"{proxied}/graphql/", json=asked, headers={"accept": form, "authorization": token}
        ) as got,
    ):
        lines = got.iter_lines()
        for _ in range(3):
            number = place(address)
            assert number in next(line for line in lines if line.startswith(FORMS[form]))


def test_socket_is_opened_from_the_proxys_own_page(proxied: str, token: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    url = proxied.replace("https", "wss")
    protocols = [Subprotocol("graphql-transport-ws")]
    with connect(f"{url}/graphql/", origin=Origin(proxied), subprotocols=protocols, ssl=context) as socket:
        socket.send(json.dumps({"type": "connection_init", "payload": {"authorization": token}}))
        assert json.loads(socket.recv(timeout=SECONDS)) == {"type": "connection_ack"}


def test_neither_a_query_nor_the_secret_of_an_invitation_is_logged(behind: Behind) -> None:
    with httpx.Client(verify=False, timeout=SECONDS) as client:
        for path in ("/join/a-links-secret/", "/nothing/?text=ada@example.com"):
            assert client.get(f"{behind.address}{path}").status_code == 404

    wait_until(lambda: "/nothing/" in behind.log.read_text(), timeout_seconds=SECONDS, what="the log's lines")
    text = behind.log.read_text()
    assert " GET /join/* 404 " in text
    assert [word in text for word in ("a-links-secret", "ada@")] == [False, False]
