"""The protocol on real servers, over real sockets."""

import asyncio
import json
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from graphql_server.testing.peer import Closed
from graphql_server.tests.websocket.protocol import Case, Says
from graphql_server.tests.websocket.protocol_cases import CASES
from tests.servers.processes import Process, free_port, listens

pytestmark = pytest.mark.e2e

# The servers' own limits are above ours: past its own limit, Daphne drops the connection without a close frame.
LARGER_DAPHNE = ["--websocket-max-message-size", "2097152", "--websocket-max-frame-size", "2097152"]
OUR_PROTOCOL = "graphql_server.servers.uvicorn_http:HttpProtocol"
SERVERS = {
    "daphne": ["daphne", *LARGER_DAPHNE, "-b", "127.0.0.1", "-p"],
    "uvicorn": ["uvicorn", "--http", OUR_PROTOCOL, "--port"],
    "uvicorn, its own protocol": ["uvicorn", "--ws", "websockets-sansio", "--ws-max-size", "2097152", "--port"],
}
SERVERS |= {f"{name}, send only": SERVERS[name] for name in ("daphne", "uvicorn")}
APP = "graphql_server.tests.servers.toy_server:app"
ROOT = Path(__file__).resolve().parents[3]
PATIENCE_SECONDS = 10.0
DROPPED = Closed(1006, "")
TRANSPORT_WS = Subprotocol("graphql-transport-ws")


class ToyServer(Process):
    """The toy API behind one of the servers."""

    def __init__(self, name: str, directory: Path) -> None:
        self.port = free_port()
        command = [sys.executable, "-m", *SERVERS[name], str(self.port), APP]
        env = {"PYTHONPATH": str(ROOT), "TOY_READY_FRAMES": "no" if name.endswith("send only") else "yes"}
        super().__init__(name.replace(", ", "-").replace(" ", "-"), command, directory=directory, env=env)

    @asynccontextmanager
    async def socket(
        self, path: str = "graphql/", *, subprotocols: tuple[str, ...] = (TRANSPORT_WS,), **options: Any
    ) -> AsyncIterator[ClientConnection]:
        """A raw WebSocket to the server."""
        async with asyncio.timeout(4 * PATIENCE_SECONDS):
            async with connect(
                f"ws://127.0.0.1:{self.port}/{path}",
                subprotocols=[Subprotocol(name) for name in subprotocols] or None,
                ping_interval=None,
                **options,
            ) as client:
                yield client

    @asynccontextmanager
    async def ready(self, path: str = "graphql/", **options: Any) -> AsyncIterator[ClientConnection]:
        """A WebSocket that has been through ``connection_init``."""
        async with self.socket(path, **options) as client:
            await client.send('{"type":"connection_init"}')
            assert await hears(client) == {"type": "connection_ack"}
            yield client

    async def asks(self, query: str) -> Any:
        """The data of a query, over its own socket."""
        async with self.ready() as client:
            await client.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": query}}))
            answer = await hears(client)
            assert isinstance(answer, dict)
            return answer["payload"]["data"]


async def hears(client: ClientConnection) -> dict[str, Any] | Closed:
    """The server's next message or close."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            heard: dict[str, Any] = json.loads(await client.recv())
    except ConnectionClosed as closed:
        return Closed(closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else DROPPED
    else:
        return heard


def smoke_list() -> set[str]:
    """The first case of each way in which a socket ends, and one case of each kind of operation."""
    first = {case.end and case.end.code: str(case) for case in reversed(CASES)}
    return {*first.values(), "ping", "query", "mutation", "subscription", "syntax error", "1 MiB"}


def cases_of_servers() -> Iterator[Any]:
    """Every case for uvicorn with our protocol; in the short form, the smoke list for the other servers."""
    smoke = smoke_list()
    for name in SERVERS:
        for case in CASES:
            in_short_form = name == "uvicorn" or str(case) in smoke
            yield pytest.param(name, case, marks=[] if in_short_form else pytest.mark.long, id=f"{name}-{case}")


@pytest.fixture(scope="module", params=SERVERS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ToyServer]:
    process = ToyServer(request.param, tmp_path_factory.mktemp("server"))
    process.start()
    process.wait_until_ready(lambda: listens(process.port))
    yield process
    process.kill()


@pytest.mark.parametrize(("server", "case"), list(cases_of_servers()), indirect=["server"], scope="module")
async def test_case(server: ToyServer, case: Case) -> None:
    async with server.socket() as client:
        for step in case.steps:
            if isinstance(step, Says):
                await client.send(step.frame if isinstance(step.frame, str | bytes) else json.dumps(step.frame))
            else:
                assert numbered(await hears(client)) == numbered(step.message)
        if case.end is None:
            await client.send('{"type":"ping","payload":{"alive":true}}')
            assert await hears(client) == {"type": "pong", "payload": {"alive": True}}
        else:
            assert await hears(client) == case.end


def numbered(message: object) -> object:
    """The message without the number of its operation: a server counts the operations of all its sockets."""
    text = json.dumps(message)
    for mark in ('"anonymous/', '"requestId": "'):
        head, found, tail = text.partition(mark)
        text = head + found + tail.lstrip("0123456789")
    return text


@pytest.mark.parametrize("offered", [(), ("graphql-ws",), ("graphql-ws", "x")])
async def test_another_protocol_is_refused_with_a_reason(server: ToyServer, offered: tuple[str, ...]) -> None:
    async with server.socket(subprotocols=offered) as client:
        assert client.subprotocol is None
        assert await hears(client) == Closed(4406, "Subprotocol not acceptable")


async def test_the_protocol_is_found_among_others(server: ToyServer) -> None:
    async with server.ready(subprotocols=("graphql-ws", TRANSPORT_WS)) as client:
        assert client.subprotocol == TRANSPORT_WS


async def test_text_that_is_not_utf_8_is_closed(server: ToyServer) -> None:
    async with server.ready() as client:
        await client.send(b'{"type":"\xff"}', text=True)
        end = await hears(client)
        assert isinstance(end, Closed)
        assert end.code == 1007


@pytest.mark.parametrize(
    ("bytes_sent", "code"),
    [(b"\xa1\x80\0\0\0\0", 1002), (b"\x89\xfe\0\x7e\0\0\0\0" + b"x" * 126, 1002), (b"\x83\x80\0\0\0\0", 1002)],
    ids=["reserved bit", "long ping", "unknown opcode"],
)
async def test_a_forbidden_frame_closes_with_its_code(server: ToyServer, bytes_sent: bytes, code: int) -> None:
    async with server.ready() as client:
        client.transport.write(bytes_sent)
        end = await hears(client)
        assert isinstance(end, Closed)
        assert end.code == code


@pytest.mark.parametrize("first", [0x8A, 0x89, 0x00], ids=["pongs", "pings", "empty fragments"])
async def test_a_flood_of_frames_is_ended_with_a_reason(server: ToyServer, first: int) -> None:
    if server.name == "uvicorn-its-own-protocol":
        return  # Daphne counts no frames; docs/limits.md says so.
    async with server.ready() as client:
        begun = b"\x01\x80\0\0\0\0" if not first else b""
        client.transport.write(begun + bytes([first, 0x80, 0, 0, 0, 0]) * 40_000)
        assert await hears(client) == Closed(1008, "Too many frames: at most 400 a second are allowed")
    assert await server.asks("{hello}") == {"hello": "world"}


@pytest.mark.parametrize("says", [b"\xc1\x80\0\0\0\0", b"\x88\x80\0\0\0\0"], ids=["violates", "closes"])
async def test_a_client_that_reads_nothing_is_cut_when_its_socket_ends(server: ToyServer, says: bytes) -> None:
    if server.name == "uvicorn-its-own-protocol":
        return  # Daphne waits for its peer without a limit.
    process = psutil.Process(server.pid)
    with not_reading(server) as sock:
        ours = sock.getsockname()
        await becomes(server, "{openStreams}", {"openStreams": 1})
        sock.sendall(says)
        async with asyncio.timeout(12):
            while any(one.raddr == ours for one in process.net_connections("tcp")):  # noqa: ASYNC110
                await asyncio.sleep(0.1)


async def test_a_client_that_does_not_initialise_is_closed(server: ToyServer) -> None:
    async with server.socket("impatient/") as client:
        assert await hears(client) == Closed(4408, "Connection initialisation timeout")


async def test_a_client_that_answers_no_ping_is_closed(server: ToyServer) -> None:
    async with server.ready("impatient/") as client:
        heard = [await hears(client)]
        while isinstance(heard[-1], dict):
            heard.append(await hears(client))
        assert heard == [{"type": "ping"}] * (len(heard) - 1) + [Closed(4408, "No answer to pings")]
        assert 2 <= len(heard) <= 7  # a busy machine may be late with a ping


async def test_a_client_that_answers_pings_is_kept(server: ToyServer) -> None:
    async with server.ready("impatient/") as client:
        for _ in range(8):
            assert await hears(client) == {"type": "ping"}
            await client.send('{"type":"pong"}')


async def test_two_hundred_aborted_sockets_leave_nothing(server: ToyServer) -> None:
    before = await server.asks("{tasks openStreams}")
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(server.ready()) for _ in range(200)]
        for client in clients:
            await client.send('{"id":"1","type":"subscribe","payload":{"query":"subscription {forever}"}}')
            await hears(client)
        assert (await server.asks("{openStreams}")) == {"openStreams": before["openStreams"] + 200}
        for client in clients:
            client.transport.abort()
    await becomes(server, "{tasks openStreams}", before)


async def becomes(server: ToyServer, query: str, data: object, *, meanwhile: Callable[[], None] = lambda: None) -> None:
    """Repeat the query until the answer is this; the promise is 12 s."""
    async with asyncio.timeout(12):
        while await server.asks(query) != data:
            meanwhile()
            await asyncio.sleep(0.1)


@pytest.mark.parametrize(
    ("says", "most_bytes"), [("", 1_010_000), ('{"type":"pong"}', 10_000_000)], ids=["mute", "liar"]
)
async def test_a_client_that_reads_nothing_gets_at_most_a_window_and_is_cut(
    server: ToyServer, says: str, most_bytes: int
) -> None:
    """A peer that claims to have answered may also get what the kernel holds for it."""
    before = await server.asks("{tasks openStreams}")
    produced = (await server.asks("{produced}"))["produced"]
    with not_reading(server) as sock:

        def talk() -> None:
            with suppress(OSError):
                sock.sendall(masked(says) if says else b"")

        await becomes(server, "{openStreams}", {"openStreams": before["openStreams"] + 1})
        await becomes(server, "{tasks openStreams}", before, meanwhile=talk)
    assert (await server.asks("{produced}"))["produced"] - produced <= most_bytes


@contextmanager
def not_reading(server: ToyServer) -> Iterator[socket.socket]:
    """A client that has asked for a flood, and reads none of it."""
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.connect(("127.0.0.1", server.port))
        sock.settimeout(PATIENCE_SECONDS)
        sock.sendall(HANDSHAKE % server.port)
        receive_until(sock, b"\r\n\r\n")
        sock.sendall(masked('{"type":"connection_init"}'))
        receive_until(sock, b"connection_ack")
        sock.sendall(masked('{"id":"1","type":"subscribe","payload":{"query":"subscription {flood}"}}'))
        yield sock


HANDSHAKE = (
    b"GET /impatient/ HTTP/1.1\r\nHost: localhost:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
)


def receive_until(sock: socket.socket, end: bytes) -> None:
    """Read until this has arrived."""
    heard = b""
    while end not in heard:
        more = sock.recv(4096)
        assert more, heard
        heard += more


def masked(message: str) -> bytes:
    """A client's frame, under a mask of zeros."""
    assert len(message) < 126
    return bytes([0x81, 0x80 | len(message), 0, 0, 0, 0]) + message.encode()


@pytest.mark.parametrize("name", SERVERS)
async def test_a_server_that_shuts_down_sends_a_close_frame(name: str, tmp_path: Path) -> None:
    server = ToyServer(name, tmp_path)
    server.start()
    server.wait_until_ready(lambda: listens(server.port))
    async with server.ready("impatient/") as client:
        for _ in range(8):  # Daphne fails for a connection made in its last second.
            await hears(client)
            await client.send('{"type":"pong"}')
        await client.send('{"id":"1","type":"subscribe","payload":{"query":"subscription {forever}"}}')
        while await hears(client) == {"type": "ping"}:
            continue
        stopped = asyncio.get_running_loop().run_in_executor(None, server.stop, signal.SIGTERM)
        while isinstance(end := await hears(client), dict):
            assert end == {"type": "ping"}
        assert end.code == (1001 if name.startswith("daphne") else 1012)
        await stopped
    assert "Traceback" not in server.log.read_text()


def test_a_server_that_shuts_down_waits_for_no_client_without_end(tmp_path: Path) -> None:
    server = ToyServer("uvicorn", tmp_path)
    server.start()
    server.wait_until_ready(lambda: listens(server.port))
    with not_reading(server), socket.create_connection(("127.0.0.1", server.port)) as half:
        half.sendall(b"GET / HTTP/1.1\r\nHost: local")
        assert server.stop(signal.SIGTERM, timeout_seconds=12) in {0, -signal.SIGTERM}
    assert "Traceback" not in server.log.read_text()
