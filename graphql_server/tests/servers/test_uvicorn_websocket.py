"""Our WebSocket protocol under uvicorn, with an application that echoes messages."""

import asyncio
import contextlib
import gc
import inspect
import socket
from collections.abc import AsyncIterator, Callable
from types import FrameType
from typing import Any

import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from graphql_server.rfc6455.frames import Message, Opcode, frame
from graphql_server.rfc6455.rate_limit import BURST_SECONDS
from graphql_server.servers import frame_protocol as wire
from graphql_server.servers.frame_protocol import FRAMES_A_TURN, FRAMES_PER_SECOND, SMALL_COST
from graphql_server.servers.uvicorn_websocket import UNREAD_MESSAGES, WebSocketProtocol
from graphql_server.servers.uvicorn_writers import OwnProtocolWriter
from graphql_server.servers.writers import writer_of
from graphql_server.tests.rfc6455.test_frames import masked

PATIENCE_SECONDS = 20.0
MAX_BYTES = 1000
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
UPGRADE = {
    "Host": "localhost",
    "Connection": "keep-alive, Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": KEY,
}


class Echo:
    """Echoes texts and bytes; some words have another effect."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.scopes: list[dict[str, Any]] = []
        self.may_hear = asyncio.Event()
        self.may_hear.set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        assert await receive() == {"type": "websocket.connect"}
        if scope["path"] == "/refused":
            await send({"type": "websocket.close"})
            return
        if scope["path"] == "/denied":
            headers = [(b"retry-after", b"1")]
            await send({"type": "websocket.http.response.start", "status": 503, "headers": headers})
            await send({"type": "websocket.http.response.body", "body": b"Later."})
            assert await receive() == {"type": "websocket.disconnect", "code": 1006}
            return
        if scope["path"] == "/broken":
            raise LookupError("on purpose")
        chosen = scope["subprotocols"][-1] if scope["subprotocols"] else None
        await send({"type": "websocket.accept", "subprotocol": chosen, "headers": [(b"x-said", b"yes")]})
        while True:
            await self.may_hear.wait()
            event = await receive()
            self.heard.append(event)
            match event:
                case {"type": "websocket.disconnect"}:
                    return
                case {"text": "close"}:
                    await send({"type": "websocket.close", "code": 4400, "reason": "as asked"})
                case {"text": str(text)}:
                    await send({"type": "websocket.send", "text": text})
                case {"bytes": bytes(data)}:
                    await send({"type": "websocket.send", "bytes": data})


class Served:
    """The application, served on a port."""

    def __init__(self) -> None:
        self.app = Echo()
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listening.getsockname()[1]
        config = uvicorn.Config(
            self.app, ws=WebSocketProtocol, ws_max_size=MAX_BYTES, log_level="critical", lifespan="off"
        )
        self.server = uvicorn.Server(config)

    def connect(self, path: str = "/", **options: Any) -> connect:
        """A client's connection."""
        return connect(f"ws://127.0.0.1:{self.port}{path}", compression=None, ping_interval=None, **options)

    async def answer(self, *lines: str, **headers: str) -> bytes:
        """The first line of the answer to a request that may be wrong."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        said = {**UPGRADE, **{name.replace("_", "-"): value for name, value in headers.items()}}
        request = [*(lines or ("GET / HTTP/1.1",)), *(f"{name}: {value}" for name, value in said.items() if value)]
        writer.write("\r\n".join([*request, "", ""]).encode())
        answer = await reader.readline()
        writer.close()
        return answer.strip()


async def until(condition: Callable[[], bool]) -> None:
    """Wait until the condition holds."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with asyncio.timeout(3 * PATIENCE_SECONDS):
        served = Served()
        # uvicorn's signal handlers only work in the main thread.
        served.server.capture_signals = contextlib.nullcontext
        task = asyncio.create_task(served.server.serve([served.listening]))
        await until(lambda: served.server.started)
        yield served
        served.app.may_hear.set()
        served.server.should_exit = True
        await task


def only_protocol(served: Served) -> WebSocketProtocol:
    """The server's end of the one open connection."""
    [protocol] = [one for one in served.server.server_state.connections if isinstance(one, WebSocketProtocol)]
    return protocol


async def ends(client: ClientConnection) -> tuple[int, str] | None:
    """How the server ends the connection."""
    with contextlib.suppress(ConnectionClosed):
        async for _ in client:
            continue
    return (client.protocol.close_rcvd.code, client.protocol.close_rcvd.reason) if client.protocol.close_rcvd else None


async def test_opens_with_a_subprotocol_and_headers(served: Served) -> None:
    async with served.connect(
        "/a%20b?c=d", subprotocols=["one", "two"], additional_headers={"X-Asks": "what"}
    ) as client:
        assert (client.subprotocol, client.response and client.response.headers["x-said"]) == ("two", "yes")
    [scope] = served.app.scopes
    assert (scope["path"], scope["raw_path"], scope["query_string"]) == ("/a b", b"/a%20b", b"c=d")
    assert (scope["scheme"], scope["http_version"], scope["client"][0]) == ("ws", "1.1", "127.0.0.1")
    assert scope["subprotocols"] == ["one", "two"]
    assert (b"x-asks", b"what") in scope["headers"]


@pytest.mark.parametrize("message", ["text", "", "ä€𝄞", b"\x00\xff", b"", "x" * MAX_BYTES])
async def test_carries_messages_both_ways(served: Served, message: str | bytes) -> None:
    async with served.connect() as client:
        await client.send(message)
        assert await client.recv() == message


async def test_puts_fragments_together_with_a_ping_between_them(served: Served) -> None:
    async with served.connect() as client:
        client.transport.write(masked(0x01, b"to") + masked(0x89, b"there?") + masked(0x80, b"gether"))
        assert await client.recv() == "together"


async def test_answers_pings(served: Served) -> None:
    async with served.connect() as client:
        await asyncio.wait_for(await client.ping("there?"), PATIENCE_SECONDS)


async def test_answers_a_close_with_its_code(served: Served) -> None:
    async with served.connect() as client:
        await client.close(4001, "enough")
        assert client.close_code == 4001
    assert await heard(served, "websocket.disconnect") == {
        "type": "websocket.disconnect",
        "code": 4001,
        "reason": "enough",
    }


async def test_closes_as_the_application_says(served: Served) -> None:
    async with served.connect() as client:
        await client.send("close")
        assert await ends(client) == (4400, "as asked")


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (masked(0x81, b"\xff"), 1007),
        (masked(0x81, b"x" * 1001), 1009),
        (masked(0xC1, b"x"), 1002),
        (b"\x81\x01x", 1002),
    ],
)
async def test_closes_after_a_violation_of_the_protocol(served: Served, frame: bytes, code: int) -> None:
    async with served.connect() as client:
        client.transport.write(frame)
        found = await ends(client)
        assert found is not None
        assert found[0] == code
    assert (await heard(served, "websocket.disconnect"))["code"] == code


async def test_the_application_learns_that_a_peer_is_gone(served: Served) -> None:
    async with served.connect() as client:
        client.transport.abort()
        assert (await heard(served, "websocket.disconnect"))["code"] == 1005


async def heard(served: Served, kind: str) -> dict[str, Any]:
    """The next event of this kind that the application gets."""
    await until(lambda: any(event["type"] == kind for event in served.app.heard))
    return next(event for event in served.app.heard if event["type"] == kind)


@pytest.mark.parametrize(("path", "status"), [("/refused", 403), ("/denied", 503), ("/broken", 500)])
async def test_refuses_with_a_status(served: Served, path: str, status: int) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with served.connect(path):
            pass
    assert refused.value.response.status_code == status


@pytest.mark.parametrize(
    ("lines", "headers", "answer"),
    [
        ((), {}, b"HTTP/1.1 101 Switching Protocols"),
        (("POST / HTTP/1.1",), {}, b"HTTP/1.1 405 Method Not Allowed"),
        ((), {"Sec_WebSocket_Version": "12"}, b"HTTP/1.1 426 Upgrade Required"),
        ((), {"Sec_WebSocket_Version": ""}, b"HTTP/1.1 426 Upgrade Required"),
        ((), {"Sec_WebSocket_Key": "short"}, b"HTTP/1.1 400 Bad Request"),
        ((), {"Sec_WebSocket_Key": ""}, b"HTTP/1.1 400 Bad Request"),
        ((), {"Sec_WebSocket_Key": f"{KEY}\r\nSec-WebSocket-Key: {KEY}"}, b"HTTP/1.1 400 Bad Request"),
    ],
)  # fmt: skip
async def test_opens_only_as_it_should(
    served: Served, lines: tuple[str, ...], headers: dict[str, str], answer: bytes
) -> None:
    assert await served.answer(*lines, **headers) == answer


async def test_reads_no_more_than_the_application_takes(served: Served) -> None:
    async with served.connect() as client:
        served.app.may_hear.clear()
        for number in range(10 * UNREAD_MESSAGES):
            await client.send(f"{number}")
        protocol = only_protocol(served)
        await until(lambda: not protocol.transport.is_reading())
        served.app.may_hear.set()
        assert [await client.recv() for _ in range(10 * UNREAD_MESSAGES)] == [
            f"{n}" for n in range(10 * UNREAD_MESSAGES)
        ]


FLOODS = {
    "pongs": masked(0x8A, b""),
    "pings": masked(0x89, b""),
    "empty fragments": masked(0x00, b""),
    "small fragments": masked(0x00, b"x"),
}


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
async def test_a_flood_of_empty_frames_is_ended_with_a_reason(served: Served, flood: bytes, taken: list[int]) -> None:
    async with served.connect() as client:
        begun = masked(0x01, b"") if flood[0] == 0x00 else b""
        client.transport.write(begun + flood * 40_000)
        assert await ends(client) == (1008, "Too many frames: at most 400 a second are allowed")
    assert sum(taken) <= FRAMES_PER_SECOND * BURST_SECONDS / SMALL_COST + 1


async def test_nothing_is_kept_of_a_flood_that_has_ended(served: Served) -> None:
    async with served.connect() as client:
        await client.send("open")
        await client.recv()
        protocol = only_protocol(served)
        client.transport.write(masked(0x8A, b"") * 40_000)
        await ends(client)
    await until(lambda: protocol._is_lost)
    gc.collect()
    holders = [one for one in gc.get_referrers(protocol) if isinstance(one, FrameType)]
    assert [one for one in holders if one is not inspect.currentframe()] == []


async def test_a_flood_of_messages_is_ended_with_a_reason(served: Served, taken: list[int]) -> None:
    async with served.connect(max_queue=None) as client:
        client.transport.write(masked(0x81, b"") * 40_000)
        assert await ends(client) == (1008, "Too many frames: at most 400 a second are allowed")
    assert FRAMES_PER_SECOND * BURST_SECONDS <= sum(taken) < 1.1 * FRAMES_PER_SECOND * BURST_SECONDS


async def test_many_frames_of_one_read_do_not_block_the_loop(served: Served, taken: list[int]) -> None:
    async with served.connect() as client:
        client.transport.write(masked(0x8A, b"") * 390)
        await client.send("after them")
        assert await client.recv() == "after them"
    assert sum(taken) >= 391
    assert max(taken) <= FRAMES_A_TURN


@pytest.fixture
async def taken(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[int]]:
    """How many frames were read in each turn of the loop."""
    turns, take = [0], WebSocketProtocol.take
    loop = asyncio.get_running_loop()

    def next_turn() -> None:
        nonlocal timer
        if turns[-1]:
            turns.append(0)
        timer = loop.call_soon(next_turn)

    def counted(protocol: WebSocketProtocol, message: Message) -> None:
        turns[-1] += 1
        take(protocol, message)

    timer = loop.call_soon(next_turn)
    monkeypatch.setattr(WebSocketProtocol, "take", counted)
    yield turns
    timer.cancel()


async def stuffed(served: Served, client: ClientConnection) -> WebSocketProtocol:
    """The server's end, once it holds more for the client than the kernel takes; the client does not read."""
    await client.send("open")
    await client.recv()
    client.transport.pause_reading()
    protocol = only_protocol(served)
    while protocol.is_clear():
        protocol.transport.write(frame(Opcode.TEXT, b"x" * 100_000))
    return protocol


async def test_pings_of_a_peer_that_does_not_read_are_not_read_either(served: Served) -> None:
    async with served.connect(max_queue=None, max_size=None) as client:
        protocol = await stuffed(served, client)
        held = protocol.transport.get_write_buffer_size()
        for number in range(300):
            client.transport.write(masked(0x89, b"%0125d" % number))
        await until(lambda: not protocol.transport.is_reading())
        assert protocol.transport.get_write_buffer_size() <= held
        client.transport.resume_reading()
        await client.send("all read")
        while await client.recv() != "all read":
            pass
        assert protocol.transport.is_reading()


def violates(_: WebSocketProtocol, client: ClientConnection) -> None:
    client.transport.write(masked(0xC1, b""))


def sends_a_close_frame(_: WebSocketProtocol, client: ClientConnection) -> None:
    client.transport.write(masked(0x88, b""))


def sees_the_server_end(protocol: WebSocketProtocol, _: ClientConnection) -> None:
    protocol.shutdown()


@pytest.mark.parametrize("happens", [violates, sends_a_close_frame, sees_the_server_end])
async def test_a_peer_that_reads_nothing_is_cut_however_its_connection_ends(
    served: Served, happens: Callable[[WebSocketProtocol, ClientConnection], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "END_SECONDS", 0.2)
    async with served.connect() as client:
        protocol = await stuffed(served, client)
        happens(protocol, client)
        await until(lambda: not served.server.server_state.connections)
        client.transport.abort()


async def test_a_server_that_ends_sends_a_close_frame(served: Served) -> None:
    async with served.connect() as client:
        await client.send("here")
        await client.recv()
        served.server.should_exit = True
        assert await ends(client) == (1012, "")


async def test_ready_frames_and_messages_keep_their_order(served: Served) -> None:
    async with served.connect() as client:
        await client.send("open")
        await client.recv()
        protocol = only_protocol(served)
        send: Any = protocol.send
        writer = writer_of(send, ready_frames=True)
        assert isinstance(writer, OwnProtocolWriter)
        assert writer.put
        texts = [f"{number} {'x' * 5000}" for number in range(300)]
        for number, text in enumerate(texts):
            if number % 5:
                writer.put(frame(Opcode.TEXT, text.encode()))
            else:
                await send({"type": "websocket.send", "text": text})
        assert [await client.recv() for _ in texts] == texts
