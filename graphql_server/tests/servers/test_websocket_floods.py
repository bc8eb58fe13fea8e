"""Peers that send more than is read, or read nothing, on our WebSocket protocol under uvicorn."""

import asyncio
import gc
import inspect
from collections.abc import AsyncIterator, Callable
from types import FrameType

import pytest
from websockets.asyncio.client import ClientConnection

from graphql_server.rfc6455.frames import Message, Opcode, frame
from graphql_server.rfc6455.rate_limit import BURST_SECONDS
from graphql_server.servers import frame_protocol as wire
from graphql_server.servers.frame_protocol import FRAMES_A_TURN, FRAMES_PER_SECOND, SMALL_COST
from graphql_server.servers.uvicorn_websocket import WebSocketProtocol
from graphql_server.tests.rfc6455.test_frames import masked
from graphql_server.tests.servers.echo_server import (
    Served,
    ends,
    only_protocol,
    until,
)

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
