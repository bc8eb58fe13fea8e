"""uvicorn's HTTP protocol with limits, over real sockets: small versions of the attacks."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
from websockets.asyncio.client import connect

from graphql_server.limits import ConnectionLimits
from graphql_server.servers import counted_transport as connections
from graphql_server.servers.uvicorn_http import HttpProtocol
from graphql_server.tests.servers.echo_server import PATIENCE_SECONDS, until

HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\n"
TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large"
TOO_LATE = b"HTTP/1.1 408 Request Timeout"
LIMITS = ConnectionLimits(head_bytes=2000, head_seconds=0.5, connections=3, stall_seconds=0.5)


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Returns the length of the body; ``/large`` has a large answer, ``/early`` one before the body has arrived."""
    assert scope["type"] in {"http", "websocket"}
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await receive()
        return
    length, more = 0, scope["path"] != "/early"
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        length += len(message["body"])
        more = message["more_body"]
    body = b"x" * 20_000_000 if scope["path"] == "/large" else b"%d" % length
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


class Served:
    """The application, served on a port."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.writers: list[asyncio.StreamWriter] = []
        self.port: int = self.listening.getsockname()[1]
        protocol = type("Bounded", (HttpProtocol,), {"limits": limits})
        self.server = uvicorn.Server(uvicorn.Config(app, http=protocol, log_level="critical", lifespan="off"))
        self.server.capture_signals = contextlib.nullcontext

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A client's connection, closed at the end."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.writers.append(writer)
        return reader, writer

    async def answer(self, *parts: bytes) -> bytes:
        """The whole answer to these bytes, until the server closes."""
        reader, writer = await self.open()
        with contextlib.suppress(ConnectionError):
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(0)
        return await everything(reader)

    @property
    def held(self) -> int:
        """How many connections the server has."""
        return len(self.server.server_state.connections)


async def everything(reader: asyncio.StreamReader) -> bytes:
    """All bytes until the end."""
    said = b""
    with contextlib.suppress(ConnectionError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            while more := await reader.read(65_536):
                said += more
    return said


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with asyncio.timeout(3 * PATIENCE_SECONDS):
        served = Served(LIMITS)
        task = asyncio.create_task(served.server.serve([served.listening]))
        await until(lambda: served.server.started)
        yield served
        for writer in served.writers:
            writer.transport.abort()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
        served.server.should_exit = True
        await task
    assert not connections._open


async def test_a_request_within_the_limits_is_answered(served: Served) -> None:
    said = await served.answer(HEAD, b"Connection: close\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 200 OK\r\n")
    assert said.endswith(b"\r\n\r\n0")


@pytest.mark.parametrize(
    "rest",
    [b"X-A: %b\r\n\r\n" % (b"a" * 2000), b"".join(b"X-%d: a\r\n" % n for n in range(300)) + b"\r\n"],
    ids=["long", "many"],
)
async def test_a_head_over_the_limit_is_refused(served: Served, rest: bytes) -> None:
    assert (await served.answer(HEAD + rest)).startswith(TOO_LARGE)


async def test_a_long_request_line_is_refused(served: Served) -> None:
    assert (await served.answer(b"GET /?" + b"a" * 2000 + b" HTTP/1.1\r\nHost: a\r\n\r\n")).startswith(TOO_LARGE)


@pytest.mark.parametrize("part", [b"a" * 500, b"\r\n" * 250], ids=["a header", "empty lines"])
async def test_a_head_without_end_is_refused_before_it_is_read(served: Served, part: bytes) -> None:
    begun = HEAD + b"X-A: " if part[:1] == b"a" else b""
    reader, writer = await served.open()
    writer.write(begun)
    sent = 0
    with contextlib.suppress(ConnectionError):
        while not reader.at_eof() and sent < 5_000_000:
            writer.write(part)
            await writer.drain()
            sent += len(part)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.002):
                    if (await reader.read(100)).startswith(TOO_LARGE):
                        break
    assert sent < 1_000_000
    await until(lambda: not served.held)


async def test_a_client_that_goes_on_sending_can_read_its_refusal(served: Served) -> None:
    assert (await served.answer(HEAD + b"X-A: ", *[b"a" * 60_000] * 20)).startswith(TOO_LARGE)


async def test_trailers_over_the_limit_are_refused(served: Served) -> None:
    head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n"
    said = await served.answer(head, b"".join(b"X-%d: a\r\n" % n for n in range(300)))
    assert said.startswith(TOO_LARGE)


@pytest.mark.parametrize(
    ("says", "hears"),
    [(b"", b""), (b"\r\n", TOO_LATE), (HEAD, TOO_LATE)],
    ids=["silent", "an empty line", "half a head"],
)
async def test_a_missing_head_is_waited_for_for_some_seconds(served: Served, says: bytes, hears: bytes) -> None:
    assert (await served.answer(says))[: len(TOO_LATE)] == hears


async def test_a_slow_head_gets_no_more_time(served: Served) -> None:
    reader, writer = await served.open()
    answer = asyncio.create_task(everything(reader))
    for byte in HEAD * 100:
        if answer.done():
            break
        writer.write(bytes((byte,)))
        await asyncio.sleep(0.02)
    assert (await answer).startswith(TOO_LATE)


async def test_the_second_head_of_a_connection_has_a_time_limit_too(served: Served) -> None:
    said = await served.answer(HEAD + b"\r\n" + HEAD)
    assert said.startswith(b"HTTP/1.1 200 OK\r\n")
    assert TOO_LATE in said


async def test_a_body_that_goes_on_behind_its_answer_is_cut(served: Served) -> None:
    reader, writer = await served.open()
    writer.write(b"POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
    answer = asyncio.create_task(everything(reader))
    for _ in range(500):
        if answer.done():
            break
        writer.write(b"x")
        await asyncio.sleep(0.02)
    assert answer.done()


async def test_a_slow_body_is_left_to_the_application(served: Served) -> None:
    reader, writer = await served.open()
    writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 40\r\n\r\n")
    for _ in range(40):
        writer.write(b"x")
        await asyncio.sleep(0.025)
    assert (await everything(reader)).endswith(b"\r\n\r\n40")


async def test_a_peer_that_does_not_read_its_answer_is_cut(served: Served) -> None:
    _, writer = await served.open()
    writer.transport.pause_reading()  # type: ignore[attr-defined]  # asyncio's have it
    writer.write(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
    await until(lambda: served.held == 1)
    await until(lambda: served.held == 0)


async def test_a_peer_that_reads_slowly_is_not_cut(served: Served) -> None:
    reader, writer = await served.open()
    writer.write(b"GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    length = 0
    while part := await reader.read(200_000):
        length += len(part)
        await asyncio.sleep(0.02)
    assert length > 20_000_000


async def test_connections_of_an_address_are_limited_sockets_included(served: Served) -> None:
    async with connect(f"ws://127.0.0.1:{served.port}/", ping_interval=None):
        held = [await served.open() for _ in range(2)]
        await until(lambda: served.held == 3)
        assert await served.answer(HEAD + b"\r\n") == b""
        held[0][1].close()
        await until(lambda: served.held == 2)
        assert (await served.answer(HEAD + b"Connection: close\r\n\r\n")).startswith(b"HTTP/1.1 200 OK")


async def test_a_socket_stays_open_however_silent_it_is(served: Served) -> None:
    async with connect(f"ws://127.0.0.1:{served.port}/", ping_interval=None) as client:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3 * LIMITS.head_seconds):
                await client.recv()
        await client.ping()
        assert served.held == 1


async def test_a_server_that_ends_waits_for_no_client_without_end(served: Served) -> None:
    served.server.config.timeout_graceful_shutdown = 1
    _, writer = await served.open()
    writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 40\r\n\r\n")
    await until(lambda: bool(served.server.server_state.tasks))
    served.server.should_exit = True
    await until(lambda: not served.held)


def test_a_server_ends_in_time_unless_it_is_configured_otherwise() -> None:
    config = uvicorn.Config(app, http=HttpProtocol, lifespan="off")
    loop = asyncio.new_event_loop()
    HttpProtocol(config, uvicorn.server.ServerState(), {}, loop)
    loop.close()
    assert config.timeout_graceful_shutdown == 20
