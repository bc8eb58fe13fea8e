"""Daphne as our server: it limits bodies, reports why it cannot listen, and lets answers finish."""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.environment import ROOT, fresh_environment

MIB = 1024 * 1024
SECONDS = 30
WAITING = 400
HANDSHAKE = b"""GET / HTTP/1.1\r
Host: localhost\r
Connection: Upgrade\r
Upgrade: websocket\r
Sec-WebSocket-Version: 13\r
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
\r
"""
SERVICE_RESTART = b"\x88\x02" + (1012).to_bytes(2, "big")
PROGRAM = """
import asyncio, sys
import structlog
from graphql_server.limits import BodyLimits
from graphql_server.servers import versions
from graphql_server.servers.daphne_server import daphne_server

async def websocket(receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    for _ in range(16):
        await send({"type": "websocket.send", "bytes": bytes(1024 * 1024)})
    server.end(grace_seconds=30)

async def application(scope, receive, send):
    if scope["type"] == "websocket":
        return await websocket(receive, send)
    length, more = 0, True
    while more:
        message = await receive()
        length += len(message.get("body", b""))
        more = message.get("more_body", False)
    if scope["path"] == "/block":
        server.end(grace_seconds=10)
        sys.stdin.readline()
    if scope["path"] == "/large":
        server.end(grace_seconds=30)
        headers = [(b"content-length", b"%d" % (16 * 1024 * 1024))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        return await send({"type": "http.response.body", "body": bytes(16 * 1024 * 1024)})
    if scope["path"] == "/end":
        server.end(grace_seconds=10)
        await asyncio.sleep(0.5)  # An answer that takes longer than the server needs to begin its end.
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"%d" % length})

structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
port, tried = sys.argv[1:]
if tried == "untried":
    versions.version = lambda _: "99.1.0"
server = daphne_server(
    application,
    address="127.0.0.1",
    port=int(port),
    bodies=BodyLimits(1024 * 1024, 0.5),
    ready=lambda port: print(port, flush=True),
)
server.run()
print(server.error)
"""


def start(*, port: int = 0, tried: str = "tried") -> subprocess.Popen[str]:
    """The program, which prints the port at which it serves, and at its end why it could not."""
    command = [sys.executable, "-c", PROGRAM, str(port), tried]
    environment = fresh_environment(PYTHONPATH=str(ROOT))
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


@contextlib.contextmanager
def served(*, port: int = 0, tried: str = "tried") -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """The port of a running program, and the program."""
    with start(port=port, tried=tried) as process:
        try:
            assert process.stdout
            yield int(process.stdout.readline()), process
        finally:
            process.kill()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Where a program serves that has the versions that were tried."""
    with served() as (port, _):
        yield port


class Client:
    """A client that sends a body as it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self.sent = 0
        self.answer = asyncio.create_task(everything(reader))

    async def send(self, data: bytes) -> None:
        """Send bytes; a connection that is closed does not matter."""
        self.sent += len(data)
        with contextlib.suppress(ConnectionError):
            self.writer.write(data)
            await self.writer.drain()


async def everything(reader: asyncio.StreamReader) -> bytes:
    """All output until the end."""
    said = b""
    with contextlib.suppress(ConnectionError):
        while more := await reader.read(65_536):
            said += more
    return said


@contextlib.asynccontextmanager
async def post(port: int, *headers: str, path: str = "/") -> AsyncIterator[Client]:
    """A client that has sent the head of a request."""
    async with asyncio.timeout(SECONDS):
        client = Client(*await asyncio.open_connection("127.0.0.1", port))
        head = [f"POST {path} HTTP/1.1", "Host: localhost", *headers, "", ""]
        await client.send("\r\n".join(head).encode())
        client.sent = 0
        try:
            yield client
        finally:
            client.writer.transport.abort()
            with contextlib.suppress(ConnectionError):
                await client.writer.wait_closed()


async def test_a_body_that_is_announced_as_too_long_is_refused_at_once(port: int) -> None:
    async with post(port, f"Content-Length: {3 * MIB}") as client:
        assert (await client.answer).startswith(b"HTTP/1.1 413 ")


async def test_a_body_that_becomes_too_long_is_refused_as_it_comes(port: int) -> None:
    async with post(port, "Transfer-Encoding: chunked") as client:
        while not client.answer.done() and client.sent < 60 * MIB:
            await client.send(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
            await asyncio.sleep(0.001)
        assert (await client.answer).startswith(b"HTTP/1.1 413 ")


async def test_a_slow_body_is_cut(port: int) -> None:
    async with post(port, "Content-Length: 1000") as client:
        while not client.answer.done() and client.sent < 500:
            await client.send(b"x")
            await asyncio.sleep(0.05)
        assert (await client.answer).startswith(b"HTTP/1.1 408 ")
    assert client.sent < 500


async def test_a_body_near_the_limit_is_the_applications(port: int) -> None:
    async with post(port, f"Content-Length: {MIB + 1}", "Connection: close") as client:
        await client.send(b"x" * (MIB + 1))
        assert b"\r\n%d\r\n" % (MIB + 1) in await client.answer


async def test_end_waits_for_an_answer() -> None:
    with served() as (port, process):
        async with post(port, "Content-Length: 0", "Connection: close", path="/end") as client:
            assert (await client.answer).startswith(b"HTTP/1.1 200 ")
        assert await asyncio.to_thread(process.wait, SECONDS) == 0


async def test_end_waits_for_an_answer_until_its_client_has_read_it() -> None:
    with served() as (port, process):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        with pytest.raises(subprocess.TimeoutExpired):
            await asyncio.to_thread(process.wait, 2)  # More than a client gets to send its last request.

        assert await everything(reader) == bytes(16 * MIB)
        writer.close()
        assert await asyncio.to_thread(process.wait, SECONDS) == 0


async def test_connections_that_wait_to_be_accepted_at_the_end_are_answered() -> None:
    with served() as (port, process):
        async with contextlib.AsyncExitStack() as stack:
            asking = post(port, "Content-Length: 0", "Connection: close", path="/block")
            waiting = [await stack.enter_async_context(asking)]
            while len(waiting) <= WAITING:
                asking = post(port, "Content-Length: 0", "Connection: close")
                waiting.append(await stack.enter_async_context(asking))
            assert process.stdin
            process.stdin.write("\n")
            process.stdin.flush()
            answers = [await one.answer for one in waiting]
        assert {one[:13] for one in answers} == {b"HTTP/1.1 200 "}
        assert await asyncio.to_thread(process.wait, SECONDS) == 0


async def test_end_waits_for_a_socket_until_its_peer_has_read_the_close() -> None:
    with served() as (port, process):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HANDSHAKE)
        await reader.readuntil(b"\r\n\r\n")
        with pytest.raises(subprocess.TimeoutExpired):
            await asyncio.to_thread(process.wait, 2)  # More than a client gets to send its last request.

        read = reader.readexactly(16 * (10 + MIB) + 4)

        assert (await read)[-4:] == SERVICE_RESTART
        writer.close()
        assert await asyncio.to_thread(process.wait, SECONDS) == 0


async def test_a_taken_port_is_an_error_for_the_program(port: int) -> None:
    with start(port=port) as process:
        said, _ = await asyncio.to_thread(process.communicate, timeout=SECONDS)
    assert "Address already in use" in said


async def test_with_another_version_daphne_serves_by_its_public_parts() -> None:
    with served(tried="untried") as (port, process):
        async with post(port, f"Content-Length: {3 * MIB}", "Connection: close") as client:
            await client.send(b"x" * (3 * MIB))
            assert b"\r\n%d\r\n" % (3 * MIB) in await client.answer
        async with post(port, "Content-Length: 0", "Connection: close", path="/end") as client:
            await client.answer
        assert await asyncio.to_thread(process.wait, SECONDS) == 0
