"""The memory of live subscriptions is bounded in bytes."""

import gc
from contextlib import AsyncExitStack, aclosing
from typing import Any
from weakref import ref

import pytest

from events import cursors, log_reader
from events.log_reader import bytes_of
from events.models import Event
from graphql_api.tests.live.sockets import TENANT, client, happen, live, notify, received
from graphql_server.caches import ENTRY_BYTES, BoundedCache
from graphql_server.live.budget import TenantBudget
from graphql_server.live.payloads import cache
from graphql_server.live.stream import blocks, recent
from graphql_server.live.stream.blocks import Blocks
from graphql_server.live.stream.threads import in_thread
from graphql_server.testing.peer import Peer
from tests.factories import line

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quiet")]


async def test_payloads_of_distinct_subscriptions_are_freed_with_their_last_subscriber() -> None:
    await happen()
    async with AsyncExitStack() as stack:
        peer = await stack.enter_async_context(client())
        await peer.initialises()
        for number in range(20):
            query = f"subscription ($after: String) {{ orderEvents(after: $after) {{ sequence a{number}: type }} }}"
            await peer.subscribes("1", query, variables={"after": cursors.encode(TENANT, 0)})
            assert await received(peer, 1) == [1]
            [shown] = live.here().payloads.values()
            watched, shown_id = ref(shown.executor), shown.held.id
            assert [one for one, _ in cache._kept._entries if one == shown_id]
            del shown
            await peer.says({"type": "complete", "id": "1"})
            assert await peer.is_alive()
            gc.collect()
            assert watched() is None
            assert not [one for one, _ in cache._kept._entries if one == shown_id]


async def test_recent_events_are_bounded_in_bytes_over_all_tenants(monkeypatch: pytest.MonkeyPatch) -> None:
    [large] = await happen(lines=[line(sku=f"S-{number}") for number in range(200)])
    size = bytes_of(large)
    assert size > 200_000
    kept = BoundedCache[tuple[int, int], object]("test_recent", 3 * (size + ENTRY_BYTES))
    monkeypatch.setattr(recent, "_kept", kept)
    mine, others = recent.Recent(bytes_of), recent.Recent(bytes_of)
    async with aclosing(live.here().feeds.follow(TENANT, after=1)) as events:
        for one in (mine, others):
            one.add([large])
        for sequence in range(2, 6):
            await notify(await happen(lines=[line(sku=f"S-{number}") for number in range(200)]))
            assert (await anext(events)).sequence == sequence
        assert 2 * size < kept.budget.used_bytes <= 3 * (size + ENTRY_BYTES)
        assert (mine.at(1), others.at(1)) == (None, None)
    async with aclosing(live.here().feeds.follow(TENANT, after=0)) as events:
        assert [(await anext(events)).sequence for _ in range(5)] == [1, 2, 3, 4, 5]


async def test_one_tenants_recent_events_are_bounded_in_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "MOST_EVENTS", 3)
    made, kept = await happen(5), recent.Recent(bytes_of)
    kept.add(made)
    assert [kept.at(sequence) for sequence in range(1, 6)] == [None, None, *made[2:]]
    assert (kept.after(1, 10), kept.after(2, 10), kept.after(3, 1)) == ([], made[2:], [made[3]])
    kept.clear()
    assert kept.after(2, 10) == []


async def test_log_is_read_in_parts_of_a_bounded_size() -> None:
    await happen(60)
    size = bytes_of((await in_thread(log_reader.read_after, TENANT, 0))[0])

    def read(most_bytes: float) -> list[int | None]:
        return [event.sequence for event in log_reader.read_after(TENANT, 0, most_bytes=most_bytes)]

    assert await in_thread(read, 100 * size) == list(range(1, 61))
    assert await in_thread(read, 1) == list(range(1, 17))
    assert 25 <= len(await in_thread(read, 30 * size)) <= 35


async def test_blocks_get_smaller_where_events_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    made = await happen(100)
    most = 10 * max(map(bytes_of, made))
    monkeypatch.setattr(blocks, "BLOCK_BYTES", most)
    monkeypatch.setattr(blocks, "BLOCK_EVENTS", 64)
    counts = []

    async def read(after: int, count: int) -> list[Any]:
        events = await in_thread(lambda: log_reader.read_after(TENANT, after, limit=count, most_bytes=most))
        counts.append(len(events))
        return list(events)

    log_in_blocks, last = Blocks(read, bytes_of), 0
    while last < 100:
        events = await log_in_blocks.after(last)
        assert [event.sequence for event in events] == list(range(last + 1, last + 1 + len(events)))
        last = events[-1].sequence or 0
    assert await log_in_blocks.after(100) == []
    assert max(counts) <= 2 * log_reader.FIRST_EVENTS
    assert last == 100


def test_size_of_an_event_whose_json_holds_large_numbers() -> None:
    assert bytes_of(Event(payload={"order": 2**70})) == 2_500 + 10 * len('{"order": 1180591620717411303424}')


async def is_admitted(peer: Peer, operation_id: str) -> bool:
    """Wait until a subscription has begun, or is refused because its tenant holds too much."""
    while True:
        said = await peer.hears()
        assert isinstance(said, dict)
        if said["type"] == "error":
            assert said["id"] == operation_id
            assert said["payload"][0]["extensions"]["code"] == "THROTTLED"
            return False
        if said["type"] == "ping":
            await peer.says({"type": "pong"})
            if operation_id in said.get("payload", {}):
                return True


async def test_different_subscriptions_of_a_tenant_are_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Different ones are refused in the end; equal ones are not, and closing them makes room."""
    bounded = TenantBudget("test_subscriptions", process_bytes=10**9, tenant_bytes=200_000)
    monkeypatch.setattr("graphql_server.live.registry.subscription_budget", bounded)
    queries = [f"subscription {{ orderEvents {{ sequence a{number}: type }} }}" for number in range(5)]
    async with AsyncExitStack() as stack:
        peer = await stack.enter_async_context(client(ping_seconds=0.02))
        await peer.initialises()
        admitted = []
        for number, query in enumerate(queries):
            await peer.subscribes(str(number), query)
            admitted.append(await is_admitted(peer, str(number)))
        assert admitted == [True, True, True, False, False]
        held = bounded.budget.used_bytes
        assert 150_000 < held <= 200_000
        await peer.subscribes("equal", queries[0])
        assert await is_admitted(peer, "equal")
        assert bounded.budget.used_bytes == held
        for operation_id in ("0", "1", "2", "equal"):
            await peer.says({"type": "complete", "id": operation_id})
        await peer.subscribes("3", queries[3])
        assert await is_admitted(peer, "3")
        gc.collect()
        assert bounded.budget.used_bytes == held / 3
