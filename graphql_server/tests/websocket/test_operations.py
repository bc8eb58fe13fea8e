"""Operations of a socket: several at a time, to their end, cancelled, failing."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from graphql_server.testing.peer import Peer
from graphql_server.tests.websocket.toy_socket import Generated, World, toy_socket


@pytest.fixture
def world() -> World:
    return World()


def next_(operation_id: str, data: object) -> dict[str, object]:
    return {"id": operation_id, "type": "next", "payload": {"data": data}}


def complete(operation_id: str) -> dict[str, object]:
    return {"id": operation_id, "type": "complete"}


async def test_a_waiting_operation_answers_when_it_can(world: World) -> None:
    async with Peer(toy_socket(world)) as peer:
        await peer.initialises()
        await peer.subscribes("w", "{wait}")
        await peer.subscribes("h", "{hello}")
        assert [await peer.hears(), await peer.hears()] == [next_("h", {"hello": "world"}), complete("h")]
        world.gate.set()
        assert [await peer.hears(), await peer.hears()] == [next_("w", {"wait": "done"}), complete("w")]


async def test_complete_ends_that_operation_alone_and_closes_its_stream(world: World) -> None:
    async with Peer(toy_socket(world)) as peer:
        await peer.initialises()
        for operation_id in ("a", "b"):
            await peer.subscribes(operation_id, "subscription {forever}")
            await peer.hears()
        assert world.open_streams == 2
        await peer.says({"type": "complete", "id": "a"})
        assert await peer.is_alive()
        assert world.open_streams == 1


async def test_a_completed_query_sends_nothing_more(world: World) -> None:
    async with Peer(toy_socket(world)) as peer:
        await peer.initialises()
        await peer.subscribes("w", "{wait}")
        await peer.says({"type": "complete", "id": "w"})
        world.gate.set()
        assert await peer.is_alive()


async def test_an_operation_completed_before_it_began_sends_nothing(world: World) -> None:
    async with Peer(toy_socket(world)) as peer:
        await peer.initialises()
        await peer.subscribes("h", "{hello}")
        await peer.says({"type": "complete", "id": "h"})
        assert await peer.is_alive()


async def test_an_answer_held_up_by_a_slow_reader_is_not_sent_after_complete(world: World) -> None:
    async with Peer(toy_socket(world)) as peer:
        await peer.initialises()
        await peer.subscribes("w", "{wait}")
        assert await peer.is_alive()
        peer.reads.clear()
        world.gate.set()
        await peer.says({"type": "complete", "id": "w"}, {"type": "pong"})
        await peer.has_been_heard()
        peer.reads.set()
        assert await peer.is_alive()


async def test_streams_are_closed_when_the_client_goes(world: World) -> None:
    async with Peer(toy_socket(world)) as peer:
        await peer.initialises()
        for operation_id in range(10):
            await peer.subscribes(str(operation_id), "subscription {forever}")
            await peer.hears()
        assert world.open_streams == 10
        peer.abort()
        await peer.ended()
        assert world.open_streams == 0


async def test_streams_are_closed_when_the_socket_is_closed_for_an_error(world: World) -> None:
    async with Peer(toy_socket(world)) as peer:
        await peer.initialises()
        await peer.subscribes("1", "subscription {forever}")
        await peer.hears()
        await peer.says("[]")
        await peer.hears()
        await peer.ended()
        assert world.open_streams == 0


async def test_operations_that_have_begun_end_when_the_client_goes_before_the_ack(world: World) -> None:
    async with Peer(toy_socket(world)) as peer:
        await peer.says({"type": "connection_init", "payload": {"authorization": "slow"}})
        assert await peer.is_alive()
        peer.abort()
        await peer.ended()


async def test_each_operation_acts_for_the_caller_under_a_number_of_its_own(world: World) -> None:
    async with Peer(toy_socket(world)) as peer:
        await peer.initialises({"authorization": "ann"})
        await peer.subscribes("s", "subscription {forever}")
        assert await peer.hears() == next_("s", {"forever": "ann/0"})
        await peer.subscribes("q", "{acting}")
        assert await peer.hears() == next_("q", {"acting": "ann/1"})


async def test_two_sockets_act_for_their_own_callers(world: World) -> None:
    socket = toy_socket(world)
    async with Peer(socket) as ann, Peer(socket) as bob:
        await ann.initialises({"authorization": "ann"})
        await bob.initialises({"authorization": "bob"})
        for peer in (ann, bob):
            await peer.subscribes("q", "{acting}")
        assert await ann.hears() == next_("q", {"acting": "ann/0"})
        assert await bob.hears() == next_("q", {"acting": "bob/1"})


async def test_an_operation_too_many_is_refused_and_the_socket_stays(world: World) -> None:
    async with Peer(toy_socket(world, operations=2)) as peer:
        await peer.initialises()
        for operation_id in ("a", "b", "c"):
            await peer.subscribes(operation_id, "{wait}")
        assert await peer.hears() == {
            "id": "c",
            "type": "error",
            "payload": [
                {
                    "message": "A socket may run at most 2 operations at a time",
                    "extensions": {"code": "THROTTLED"},
                }
            ],
        }
        await peer.says({"type": "complete", "id": "a"})
        await peer.subscribes("c", "{hello}")
        assert await peer.hears() == next_("c", {"hello": "world"})


async def test_an_internal_error_of_a_stream_is_masked_and_logged_once(world: World) -> None:
    async with Peer(toy_socket(world)) as peer:
        await peer.initialises()
        await peer.subscribes("1", "subscription {breaks}")
        await peer.hears()
        assert await peer.hears() == {
            "id": "1",
            "type": "error",
            "payload": [{"message": "Internal server error.", "extensions": {"requestId": "0"}}],
        }
        assert await peer.is_alive()
    assert [repr(error) for error in world.masked] == ["KeyError('secret')"]
    assert world.open_streams == 0


async def test_errors_beside_data_are_a_result(world: World) -> None:
    world.answers["partly"] = {"data": {"a": None}, "errors": [{"message": "No."}]}
    async with Peer(toy_socket(world)) as peer:
        await peer.initialises()
        await peer.subscribes("1", "partly")
        assert await peer.hears() == {"id": "1", "type": "next", "payload": world.answers["partly"]}
        assert await peer.hears() == complete("1")


@pytest.mark.parametrize("value", [2**70, "\ud800", {1: 2}, object()], ids=["2**70", "lone surrogate", "key", "object"])
async def test_a_result_that_json_cannot_hold_is_a_masked_internal_error(world: World, value: object) -> None:
    world.answers["odd"] = {"data": value}
    async with Peer(toy_socket(world)) as peer:
        await peer.initialises()
        await peer.subscribes("1", "odd")
        assert await peer.hears() == {
            "id": "1",
            "type": "error",
            "payload": [{"message": "Internal server error.", "extensions": {"requestId": "0"}}],
        }
        assert await peer.is_alive()


def unmasked(error: Exception) -> dict[str, object]:
    raise error


async def test_a_subscriptions_cursor_is_in_pings(world: World) -> None:
    closed: list[str] = []

    async def ready(name: str) -> AsyncGenerator[dict[str, object], None]:
        try:
            yield {"data": {"ready": True}}
            await asyncio.get_running_loop().create_future()
        finally:
            closed.append(name)

    stream, other = Generated(ready("stream"), unmasked, cursor="c1"), Generated(ready("other"), unmasked)
    world.answers.update(ready=stream, other=other)
    async with Peer(toy_socket(world, ping_seconds=0.05)) as peer:
        await peer.initialises()
        for operation_id, query in (("é", "ready"), ("o", "other")):
            await peer.subscribes(operation_id, query)
            assert await peer.hears() == next_(operation_id, {"ready": True})
        assert await peer.hears() == {"type": "ping", "payload": {"é": "c1"}}
        stream.cursor = "c2"
        assert await peer.hears() == {"type": "ping", "payload": {"é": "c2"}}
        await peer.says({"type": "complete", "id": "é"})
        assert await peer.hears() == {"type": "ping"}
        assert closed == ["stream"]


async def test_an_error_map_ends_a_stream(world: World) -> None:
    async def responses() -> AsyncGenerator[dict[str, object], None]:
        yield {"data": 1}
        yield {"errors": [{"message": "Lagged."}]}
        raise AssertionError

    world.answers["lags"] = Generated(responses(), unmasked)
    async with Peer(toy_socket(world)) as peer:
        await peer.initialises()
        await peer.subscribes("1", "lags")
        assert await peer.hears() == next_("1", 1)
        assert await peer.hears() == {"id": "1", "type": "error", "payload": [{"message": "Lagged."}]}
        assert await peer.is_alive()
