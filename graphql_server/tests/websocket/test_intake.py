"""How much a peer may send: messages and bytes, and less of both before it is authenticated."""

import asyncio
from dataclasses import replace

from graphql_server.testing.peer import Closed, Peer
from graphql_server.tests.websocket.toy_socket import Caller, Operations, World, toy_backend, toy_socket
from graphql_server.websocket.closing import CloseCode, Closing
from graphql_server.websocket.socket import GraphQLSocket


async def test_a_peer_that_talks_too_fast_is_closed() -> None:
    async with Peer(toy_socket(World(), messages_per_second=2)) as peer:
        await peer.initialises()
        await peer.says(*[{"type": "pong"}] * 20)
        assert await peer.hears() == Closed(1008, "Too many messages: at most 2 a second are allowed")


async def test_an_anonymous_peer_may_send_few_messages() -> None:
    async with Peer(toy_socket(World(), first_messages=3)) as peer:
        await peer.says(*[{"type": "pong"}] * 4)
        assert await peer.hears() == Closed(1008, "Too many messages before connection_ack: at most 3 are allowed")


async def test_an_anonymous_peer_may_send_short_messages() -> None:
    async with Peer(toy_socket(World())) as peer:
        await peer.says('{"type":"ping"}'.ljust(16_385))
        assert await peer.hears() == Closed(1009, "A message may have at most 16384 bytes before connection_ack")


async def test_an_authenticated_peer_may_send_more_and_longer_messages() -> None:
    async with Peer(toy_socket(World(), first_messages=1)) as peer:
        await peer.initialises()
        await peer.says('{"type":"pong"}'.ljust(16_385))
        assert await peer.is_alive()


async def test_a_peer_that_sends_too_many_bytes_is_closed() -> None:
    async with Peer(toy_socket(World(), bytes_per_second=1000)) as peer:
        await peer.initialises()
        await peer.says(*['{"type":"pong"}'.ljust(2000)] * 6)
        assert await peer.hears() == Closed(1008, "Too many bytes: at most 1,000 a second are allowed")


async def test_a_large_message_is_charged_before_it_is_read() -> None:
    charged: list[tuple[str, int]] = []

    class Charging(Operations):
        def charge(self, caller: Caller, size: int) -> None:
            charged.append((caller.name, size))
            if size > 5000:
                raise Closing(CloseCode.POLICY_VIOLATION, "Too much")

    world = World()
    served = GraphQLSocket(replace(toy_backend(world), operations=Charging(world)))
    async with Peer(served) as peer:
        await peer.initialises({"authorization": "anna"})
        await peer.says('{"type":"pong"}'.ljust(1000), '{"type":"pong"}'.ljust(1001), "not JSON".ljust(6000))
        assert await peer.hears() == Closed(1008, "Too much")
    assert charged == [("anna", 1001), ("anna", 6000)]


async def test_a_peer_may_talk_for_long() -> None:
    async with Peer(toy_socket(World(), messages_per_second=100)) as peer:
        await peer.initialises()
        for _ in range(50):
            await peer.says(*[{"type": "pong"}] * 10)
            await asyncio.sleep(0.02)
        assert await peer.is_alive()
