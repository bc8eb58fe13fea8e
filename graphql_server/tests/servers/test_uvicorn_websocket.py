"""Our WebSocket protocol under uvicorn, with an application that echoes messages."""

import asyncio
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from graphql_server.rfc6455.frames import Opcode, frame
from graphql_server.servers.uvicorn_websocket import UNREAD_MESSAGES
from graphql_server.servers.uvicorn_writers import OwnProtocolWriter
from graphql_server.servers.writers import writer_of
from graphql_server.tests.rfc6455.test_frames import masked
from graphql_server.tests.servers.echo_server import (
    KEY,
    MAX_BYTES,
    PATIENCE_SECONDS,
    Served,
    ends,
    only_protocol,
    until,
)


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
