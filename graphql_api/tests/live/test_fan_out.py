"""Many subscribers: executed once, each gets every event once and in order, whatever happens to the others."""

import asyncio
import gc
from contextlib import AsyncExitStack
from typing import Any
from weakref import ref

import pytest

from events import cursors
from graphql_api.tests.live.sockets import (
    SEQUENCES,
    TENANT,
    begins,
    follows,
    happen,
    live,
    next_of,
    notify,
    received,
    stands,
)
from graphql_server.live.stream import feed
from graphql_server.live.stream.blocks import Blocks
from graphql_server.testing.peer import Closed
from orders import selectors
from orders.states import Status

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.receivers_off_too,
    pytest.mark.usefixtures("frequent_reads"),
]


async def test_equal_subscriptions_are_executed_once(made: list[int]) -> None:
    async with AsyncExitStack() as stack:
        peers = [await begins(stack) for _ in range(20)]
        for number, peer in enumerate(peers):
            await follows(
                peer, f"# {number}\n{SEQUENCES}" if number % 2 else SEQUENCES, after=cursors.encode(TENANT, 0)
            )
        await notify(await happen(3))
        assert [await received(peer, 3) for peer in peers] == [[1, 2, 3]] * 20
    assert made == [1, 2, 3]


async def test_filters_of_one_document_are_checked_without_executing_it(made: list[int]) -> None:
    query = (
        "subscription ($where: OrderWhere, $after: String) { orderEvents(where: $where, after: $after) { sequence } }"
    )
    wheres = [{"currency": {"eq": code}} for code in ("USD", "JPY")] + [{"text": "ada"}, {"status": {"eq": "NEW"}}]
    async with AsyncExitStack() as stack:
        peers = [await begins(stack) for _ in wheres]
        for peer, where in zip(peers, wheres, strict=True):
            await follows(peer, query, where=where, after=cursors.encode(TENANT, 0))
        await notify(await happen(2))
        assert [await received(peer, 2) for peer in peers[2:]] == [[1, 2]] * 2
        assert [peer.has_news() for peer in peers[:2]] == [False, False]
    assert made == [1, 2]


async def test_a_resuming_subscriber_joins_the_live_ones_without_gap_or_repeat(made: list[int]) -> None:
    await happen(5)
    async with AsyncExitStack() as stack:
        live, late = await begins(stack), await begins(stack)
        await follows(live, after=cursors.encode(TENANT, 5))
        await notify(await happen(2))
        assert await received(live, 2) == [6, 7]
        await follows(late, after=cursors.encode(TENANT, 2))
        assert await received(late, 5) == [3, 4, 5, 6, 7]
        await notify(await happen(2))
        assert (await received(live, 2), await received(late, 2)) == ([8, 9], [8, 9])
    made_once = [number for number in made if number not in {6, 7}]  # What one subscriber alone gets live is not kept.
    assert sorted(made_once) == [3, 4, 5, 8, 9]


async def test_many_resuming_subscribers_read_the_log_once(monkeypatch: pytest.MonkeyPatch, made: list[int]) -> None:
    await happen(5)
    reads: list[int] = []
    read = feed.Feed.read_block

    async def noted(self: feed.Feed, after: int, count: int) -> list[Any]:
        reads.append(after)
        return await read(self, after, count)

    monkeypatch.setattr(feed.Feed, "read_block", noted)
    async with AsyncExitStack() as stack:
        peers = [await begins(stack) for _ in range(10)]
        for number, peer in enumerate(peers):
            await peer.subscribes("1", SEQUENCES, variables={"after": cursors.encode(TENANT, number % 5)})
        for number, peer in enumerate(peers):
            assert await received(peer, 5 - number % 5) == list(range(number % 5 + 1, 6))
    assert [after for after in reads if after < 5] == [0]
    assert sorted(made) == [1, 2, 3, 4, 5]


async def test_a_subscriber_that_does_not_read_falls_behind_alone_and_catches_up() -> None:
    async with AsyncExitStack() as stack:
        slow, quick = await begins(stack, window_bytes=1_000), await begins(stack)
        for peer in (slow, quick):
            await follows(peer, after=cursors.encode(TENANT, 0))
        for sequence in range(1, 31):
            await notify(await happen())
            assert await received(quick, 1) == [sequence]
        assert await received(slow, 30) == list(range(1, 31))
        await notify(await happen())
        assert (await received(slow, 1), await received(quick, 1)) == ([31], [31])


async def test_a_client_that_answers_no_ping_gets_its_cursor_and_is_closed() -> None:
    async with AsyncExitStack() as stack:
        peer = await begins(stack, window_bytes=1_000, silence_seconds=0.3, ping_seconds=5)
        await follows(peer, after=cursors.encode(TENANT, 0))
        await notify(await happen(30))
        heard: list[Any] = []
        while not isinstance(said := await peer.hears(), Closed):
            heard.append(said)
        events = [int(one["payload"]["data"]["orderEvents"]["sequence"]) for one in heard if one["type"] == "next"]
        last = heard[-1]
        assert (last["type"], last["id"]) == ("error", "1")
        assert last["payload"][0]["extensions"] == {
            "code": "STREAM_LAGGED",
            "cursor": cursors.encode(TENANT, len(events)),
        }
        assert events == list(range(1, len(events) + 1))
        assert 0 < len(events) < 30
        assert said == Closed(4408, "Too far behind: pings were not answered in time")


@pytest.mark.parametrize("reads_database", [False, True])
async def test_a_silent_client_gets_the_cursor_of_each_subscription(reads_database: bool) -> None:
    """A subscriber that is behind, one that is live, and one that shares its execution with no other."""
    shown = "sequence order { events { nodes { type } } }" if reads_database else "sequence"
    query = f"subscription ($after: String) {{ orderEvents(after: $after) {{ {shown} }} }}"
    idle = "subscription { orderEvents(types: [ORDER_CANCELLED]) { sequence } }"
    alone = "subscription ($after: String!) { orderEvents(after: $after, types: [ORDER_PAID]) { sequence } }"
    await happen(60)
    async with AsyncExitStack() as stack:
        peer = await begins(stack, window_bytes=1_000, silence_seconds=1.0, ping_seconds=0.1)
        await peer.subscribes("idle", idle)
        await peer.subscribes("alone", alone, variables={"after": cursors.encode(TENANT, 60)})
        await stands(peer, "idle")
        await peer.subscribes("behind", query, variables={"after": cursors.encode(TENANT, 0)})
        heard: list[Any] = []
        while not isinstance(said := await peer.hears(), Closed):
            heard += [] if said["type"] == "ping" else [said]
        events = [int(one["payload"]["data"]["orderEvents"]["sequence"]) for one in heard if one["type"] == "next"]
        assert events == list(range(1, len(events) + 1))
        assert 0 < len(events) < 60
        assert said == Closed(4408, "No answer to pings")
        last = {one["id"]: one["payload"][0]["extensions"] for one in heard if one["type"] == "error"}
        places = {"idle": 60, "alone": 60, "behind": len(events)}
        assert last == {
            name: {"code": "STREAM_LAGGED", "cursor": cursors.encode(TENANT, place)} for name, place in places.items()
        }


async def test_a_subscriber_slower_than_the_events_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "lag_events", 20)
    async with AsyncExitStack() as stack:
        peer = await begins(stack, window_bytes=400)
        await follows(peer, after=cursors.encode(TENANT, 0))
        await notify(await happen(1))
        heard: list[Any] = []
        async with asyncio.timeout(20):
            while not isinstance(said := await peer.hears(), Closed):
                heard.append(said)
                if said["type"] == "ping":
                    await notify(await happen(15))
                    await peer.says({"type": "pong"})
        assert heard[-1]["payload"][0]["extensions"]["code"] == "STREAM_LAGGED"
        assert said.code == 4408


async def test_a_resuming_subscriber_does_not_delay_live_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reads of the log block while the subscriber is behind."""
    await happen(3)
    held, read = asyncio.Event(), Blocks.after

    async def slowly(self: Blocks, last: int) -> list[Any]:
        await held.wait()
        return await read(self, last)

    monkeypatch.setattr(Blocks, "after", slowly)
    async with AsyncExitStack() as stack:
        late, live = await begins(stack), await begins(stack, ping_seconds=0.02)
        await follows(late, after=cursors.encode(TENANT, 0))
        await live.subscribes("1", SEQUENCES)
        await stands(live, "1")
        await notify(await happen())
        assert await received(live, 1) == [4]
        assert not late.has_news()
        held.set()
        assert await received(late, 4) == [1, 2, 3, 4]
        await notify(await happen())
        assert (await received(live, 1), await received(late, 1)) == ([5], [5])


async def test_the_database_is_read_once_for_all_subscribers(monkeypatch: pytest.MonkeyPatch) -> None:
    queries = [
        "subscription ($after: String) { orderEvents(after: $after, types: [ORDER_PAID]) "
        f"{{ sequence order {{ {alias}: events {{ nodes {{ type }} }} }} }} }}"
        for alias in ("a", "b", "c")
    ]
    reads: list[dict[str, Any]] = []
    read = selectors.numbered_events

    def noted(**given: Any) -> Any:
        reads.append(given)
        return read(**given)

    monkeypatch.setattr(selectors, "numbered_events", noted)
    async with AsyncExitStack() as stack:
        peers = [await begins(stack, ping_seconds=0.02) for _ in queries]
        for peer, query in zip(peers, queries, strict=True):
            await peer.subscribes("1", query)
            await stands(peer, "1")
        await notify(await happen(1, status=Status.PAID))
        for peer, alias in zip(peers, "abc", strict=True):
            said = await next_of(peer)
            shown = said["payload"]["data"]["orderEvents"]["order"][alias]["nodes"]
            assert [node["type"] for node in shown] == ["ORDER_CREATED", "ORDER_PAID"]
    assert len(reads) == 1


async def test_an_idle_subscriber_has_no_task(connections: list[Any]) -> None:
    async with AsyncExitStack() as stack:
        peer = await begins(stack)
        for number in range(50):
            await follows(peer, operation_id=str(number), after=cursors.encode(TENANT, 0))
        await comes_to_rest(connections[0])
        await notify(await happen())
        assert await received(peer, 50) == [1] * 50
        await comes_to_rest(connections[0])


async def test_variables_too_deep_to_be_compared_fail_only_their_operation() -> None:
    query = "subscription ($where: OrderWhere) { orderEvents(where: $where) { sequence } }"
    where: dict[str, Any] = {"status": {"eq": "NEW"}}
    for _ in range(200):
        where = {"AND": [where]}
    async with AsyncExitStack() as stack:
        peer = await begins(stack)
        for number in range(2):
            await peer.subscribes(str(number), query, variables={"where": where})
            heard = await peer.hears()
            assert isinstance(heard, dict)
            assert (heard["id"], heard["type"]) == (str(number), "error")
        assert await peer.is_alive()


async def comes_to_rest(connection: Any) -> None:
    """Wait until none of the socket's tasks is left, those of its operations included."""
    async with asyncio.timeout(20):
        while connection._tasks._tasks:
            await asyncio.wait(connection._tasks._tasks)


async def test_streams_end_with_their_last_subscriber() -> None:
    async with AsyncExitStack() as stack:
        peer = await begins(stack, ping_seconds=0.02)
        await peer.subscribes("1", SEQUENCES)
        await stands(peer, "1")
        [feed] = live.here().feeds
        assert len(live.here().groups) == 1
        await peer.says({"type": "complete", "id": "1"})
        async with asyncio.timeout(20):
            await asyncio.wait({feed.running})
        assert (feed.dependents, feed.followers, len(live.here().groups)) == ({}, 0, 0)


async def test_a_socket_that_ends_is_freed_without_the_garbage_collector(connections: list[Any]) -> None:
    gc.collect()
    gc.disable()
    try:
        async with AsyncExitStack() as stack:
            peer = await begins(stack)
            for number in range(3):
                await follows(peer, operation_id=str(number), after=cursors.encode(TENANT, 0))
            await notify(await happen())
            assert await received(peer, 3) == [1] * 3
            ended = ref(connections.pop())
        await asyncio.sleep(0)
        assert ended() is None
    finally:
        gc.enable()
