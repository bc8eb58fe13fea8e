"""A socket's life: its beginning, its silence, its end, and how much is sent to it."""

import asyncio
from typing import Any

import pytest
from prometheus_client import REGISTRY

from graphql_server.limits import SocketLimits
from graphql_server.testing.peer import Closed, Peer
from graphql_server.tests.websocket.toy_socket import World, toy_backend, toy_socket
from graphql_server.websocket.closing import CloseCode, Closing
from graphql_server.websocket.connection import Connection


@pytest.fixture
def world() -> World:
    return World()


async def test_the_protocol_is_accepted_by_its_name_among_others(world: World) -> None:
    async with Peer(toy_socket(world), subprotocols=("graphql-ws", "graphql-transport-ws")) as peer:
        assert peer.accepted_subprotocol == "graphql-transport-ws"


@pytest.mark.parametrize("offered", [(), ("graphql-ws",), ("x", "GraphQL-Transport-WS")])
async def test_another_protocol_is_refused(world: World, offered: tuple[str, ...]) -> None:
    async with Peer(toy_socket(world), subprotocols=offered) as peer:
        assert peer.accepted_subprotocol is None
        assert await peer.hears() == Closed(4406, "Subprotocol not acceptable")


async def test_an_open_socket_is_counted_until_it_ends(world: World) -> None:
    before = REGISTRY.get_sample_value("graphql_sockets") or 0.0
    async with Peer(toy_socket(world)):
        assert REGISTRY.get_sample_value("graphql_sockets") == before + 1
    assert REGISTRY.get_sample_value("graphql_sockets") == before


async def test_a_client_that_does_not_initialise_is_closed(world: World) -> None:
    async with Peer(toy_socket(world, init_seconds=0.05)) as peer:
        assert await peer.hears() == Closed(4408, "Connection initialisation timeout")


async def test_an_initialisation_that_hangs_is_closed(world: World) -> None:
    async with Peer(toy_socket(world, init_seconds=0.05)) as peer:
        await peer.says({"type": "connection_init", "payload": {"authorization": "slow"}})
        assert await peer.hears() == Closed(4408, "Connection initialisation timeout")


async def test_an_initialised_socket_outlives_the_time_for_it(world: World) -> None:
    async with Peer(toy_socket(world, init_seconds=0.5, ping_seconds=0.6)) as peer:
        await peer.initialises()
        assert await peer.hears() == {"type": "ping"}
        assert await peer.is_alive()


async def test_a_silent_peer_is_closed(world: World) -> None:
    async with Peer(toy_socket(world, ping_seconds=0.2, silence_seconds=0.5)) as peer:
        await peer.initialises()
        assert [await peer.hears() for _ in range(2)] == [{"type": "ping"}, {"type": "ping"}]
        assert await peer.hears() == Closed(4408, "No answer to pings")


@pytest.mark.parametrize("message", [{"type": "pong"}, {"type": "complete", "id": "x"}])
async def test_a_peer_that_sends_messages_is_kept(world: World, message: dict[str, Any]) -> None:
    async with Peer(toy_socket(world, ping_seconds=0.1, silence_seconds=0.6)) as peer:
        await peer.initialises()
        for _ in range(8):
            assert await peer.hears() == {"type": "ping"}
            await peer.says(message)


async def test_a_peer_that_reads_nothing_is_closed_without_waiting(world: World) -> None:
    async with Peer(toy_socket(world, ping_seconds=0.05, silence_seconds=0.12)) as peer:
        await peer.initialises()
        await peer.subscribes("1", "subscription {flood}")
        await peer.hears()
        peer.reads.clear()
        await peer.ended()
    assert world.open_streams == 0


async def test_a_peer_that_talks_and_reads_nothing_is_closed(world: World) -> None:
    async with Peer(toy_socket(world, ping_seconds=0.05, silence_seconds=0.2)) as peer:
        await peer.initialises()
        peer.reads.clear()
        while not peer.task.done():
            await peer.says({"type": "pong"})
            await asyncio.wait([peer.task], timeout=0.02)


async def test_a_shutdown_closes_the_socket_and_leaves_nothing(world: World) -> None:
    async with Peer(toy_socket(world)) as peer:
        await peer.initialises()
        await peer.subscribes("1", "subscription {forever}")
        await peer.hears()
        peer.task.cancel()
        assert await peer.hears() == Closed(1001, "The server is shutting down")
        await peer.ended()
        assert peer.task.cancelled()
        assert world.open_streams == 0


async def test_a_client_that_leaves_before_it_was_accepted_causes_no_error(world: World) -> None:
    events = iter([{"type": "websocket.disconnect", "code": 1006}])

    async def receive() -> dict[str, Any]:
        return next(events)

    async def send(_: object) -> None:
        raise AssertionError

    await toy_socket(world)({"type": "websocket", "subprotocols": []}, receive, send)


@pytest.mark.parametrize("subprotocols", [["graphql-transport-ws"], []])
async def test_a_client_that_leaves_while_it_is_accepted_causes_no_error(world: World, subprotocols: list[str]) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(_: object) -> None:
        raise OSError("Gone.")

    await toy_socket(world)({"type": "websocket", "subprotocols": subprotocols}, receive, send)


async def test_a_socket_is_closed_from_outside_for_the_first_reason_given(world: World) -> None:
    connections: list[Connection] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert (await receive())["type"] == "websocket.connect"
        await send({"type": "websocket.accept"})
        connections.append(Connection(toy_backend(world), SocketLimits(), scope, receive, send))
        await connections[0].serve()

    async with Peer(app) as peer:
        await peer.initialises()
        await peer.subscribes("1", "subscription {forever}")
        await peer.hears()
        connections[0].end(Closing(CloseCode.FORBIDDEN, "Forbidden: the token was revoked"))
        connections[0].end(Closing(CloseCode.TIMEOUT, "Another reason"))
        assert await peer.hears() == Closed(4403, "Forbidden: the token was revoked")
        await peer.ended()
        connections[0].end(Closing(CloseCode.TIMEOUT, "Too late"))
    assert world.open_streams == 0


async def test_a_peer_is_sent_no_more_than_a_window_until_it_answers(world: World) -> None:
    async with Peer(toy_socket(world, window_bytes=100_000)) as peer:
        await peer.initialises()
        await peer.subscribes("1", "subscription {flood(size: 10000)}")
        assert await kinds(peer, until_quiet=world) == ["next"] * 3 + ["ping"] + ["next"] * 3 + ["ping"] + [
            "next"
        ] * 3 + ["ping"]
        await peer.says({"type": "pong"})
        assert await kinds(peer, until_quiet=world) == ["next"] * 3 + ["ping"]
        await peer.says({"type": "complete", "id": "1"})
        assert await peer.is_alive()


async def test_a_peer_that_answers_gets_everything(world: World) -> None:
    async with Peer(toy_socket(world, window_bytes=20_000)) as peer:
        await peer.initialises()
        await peer.subscribes("1", "subscription {count(to: 2000)}")
        numbers = []
        while (heard := await peer.hears()) != {"id": "1", "type": "complete"}:
            assert isinstance(heard, dict)
            if heard["type"] == "ping":
                await peer.says({"type": "pong"})
            else:
                numbers.append(heard["payload"]["data"]["count"])
    assert numbers == list(range(2000))


async def test_a_message_larger_than_the_window_is_sent(world: World) -> None:
    async with Peer(toy_socket(world, window_bytes=10_000)) as peer:
        await peer.initialises()
        for _ in range(3):
            await peer.subscribes("1", "query ($t: String!) {echo(text: $t)}", variables={"t": "x" * 50_000})
            heard = [await peer.hears(), await peer.hears()]
            assert [message["type"] for message in heard if isinstance(message, dict)] == ["next", "ping"]
            await peer.says({"type": "pong"})
            assert await peer.hears() == {"id": "1", "type": "complete"}


async def test_a_peer_that_never_answers_is_closed_although_it_talks(world: World) -> None:
    async with Peer(toy_socket(world, window_bytes=1_000, ping_seconds=5, silence_seconds=0.1)) as peer:
        await peer.initialises()
        await peer.subscribes("1", "subscription {flood(size: 400)}")
        while isinstance(heard := await peer.hears(), dict):
            await peer.says({"type": "complete", "id": "x"})
        assert heard == Closed(4408, "Too far behind: pings were not answered in time")


async def test_answers_to_pings_are_not_piled_up(world: World) -> None:
    ping = {"type": "ping", "payload": {"a": "x" * 50_000}}
    async with Peer(toy_socket(world, window_bytes=60_000)) as peer:
        await peer.initialises()
        await peer.says(ping, ping, ping)
        assert [await peer.hears(), await peer.hears()] == [{**ping, "type": "pong"}] * 2
        assert await peer.hears() == Closed(4408, "Too far behind: answers are not read")


async def kinds(peer: Peer, *, until_quiet: World) -> list[str]:
    """The types of the messages heard until the server produces no more."""
    heard = []
    while True:
        produced = until_quiet.produced
        while peer.has_news():
            message = await peer.hears()
            assert isinstance(message, dict)
            heard.append(message["type"])
        for _ in range(20):
            await asyncio.sleep(0)
        if until_quiet.produced == produced and not peer.has_news():
            return heard
