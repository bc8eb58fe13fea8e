"""Cursors with which subscriptions begin, and those that are refused."""

from contextlib import AsyncExitStack
from typing import Any

import pytest

from events import cursors
from events.models import Event, Stream
from graphql_api.tests.live.sockets import SEQUENCES, TENANT, begins, follows, happen, next_of, notify, received, stands
from graphql_server.live.stream.threads import in_thread

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.receivers_off_too,
    pytest.mark.usefixtures("frequent_reads"),
]


async def test_without_a_cursor_events_come_from_now_on() -> None:
    await happen(3)
    async with AsyncExitStack() as stack:
        peer = await begins(stack, ping_seconds=0.02)
        await peer.subscribes("1", SEQUENCES)
        assert await stands(peer, "1") == cursors.encode(TENANT, 3)
        await notify(await happen(2))
        assert await received(peer, 2) == [4, 5]


async def test_expired_cursor_is_refused_with_the_oldest() -> None:
    def prune() -> None:
        Event.unguarded.filter(sequence__lte=3).delete()
        Stream.objects.update(floor=3)

    await happen(5)
    await in_thread(prune)
    async with AsyncExitStack() as stack:
        peer = await begins(stack)
        await peer.subscribes("1", SEQUENCES, variables={"after": cursors.encode(TENANT, 1)})
        said = await peer.hears()
        assert isinstance(said, dict)
        assert said["payload"][0]["extensions"] == {"code": "CURSOR_EXPIRED", "oldest": cursors.encode(TENANT, 3)}
        await follows(peer, after=cursors.encode(TENANT, 3))
        assert await received(peer, 2) == [4, 5]


async def test_two_subscribe_while_the_feed_is_behind_the_cursor_of_the_first() -> None:
    """A page of another process shows an event whose notification has not come yet."""
    async with AsyncExitStack() as stack:
        first = await begins(stack, ping_seconds=0.02)
        await first.subscribes("1", SEQUENCES)
        await stands(first, "1")
        await happen(3)
        peers = [await begins(stack) for _ in range(2)]
        await follows(peers[0], after=cursors.encode(TENANT, 2))
        await follows(peers[1])
        assert await received(peers[0], 1) == [3]
        assert await received(first, 3) == [1, 2, 3]
        await notify(await happen())
        assert (await received(peers[0], 1), await received(first, 1)) == ([4], [4])
        assert (await received(peers[1], 1))[-1] in {1, 4}  # It began before or after the feed had read on.


async def test_cursor_ahead_of_the_log_is_refused_with_the_head() -> None:
    await happen(2)
    async with AsyncExitStack() as stack:
        for number, peer in enumerate([await begins(stack) for _ in range(2)]):
            await peer.subscribes("1", SEQUENCES, variables={"after": cursors.encode(TENANT, 3 + number)})
            said = await peer.hears()
            assert isinstance(said, dict)
            assert said["type"] == "error"
            assert said["payload"][0]["message"].startswith("The cursor is ahead of the log")
            assert said["payload"][0]["extensions"] == {"code": "CURSOR_EXPIRED", "oldest": cursors.encode(TENANT, 2)}
            await follows(peer, after=cursors.encode(TENANT, 2))
        await notify(await happen())
        assert await received(peer, 1) == [3]


async def test_a_log_that_is_set_back_ends_all_subscriptions() -> None:
    """A live subscriber, and one that is behind and does not read."""
    async with AsyncExitStack() as stack:
        live, slow = await begins(stack), await begins(stack, window_bytes=1_000)
        for peer in (live, slow):
            await follows(peer, after=cursors.encode(TENANT, 0))
        await notify(await happen(20))
        assert await received(live, 20) == list(range(1, 21))
        await in_thread(set_back, 15)
        ended = await next_of(live)
        assert (ended["type"], ended["payload"][0]["extensions"]["code"]) == ("error", "CURSOR_EXPIRED")
        heard = []
        while (said := await next_of(slow))["type"] == "next":
            heard.append(int(said["payload"]["data"]["orderEvents"]["sequence"]))
        assert heard == list(range(1, len(heard) + 1))
        assert said["payload"][0]["extensions"] == {"code": "CURSOR_EXPIRED", "oldest": cursors.encode(TENANT, 15)}
        for peer in (live, slow):
            await follows(peer, after=cursors.encode(TENANT, 15))
        await notify(await happen())
        assert (await received(live, 1), await received(slow, 1)) == ([16], [16])


def set_back(head: int) -> None:
    """The state after a backup was restored, as this process sees it."""
    Event.unguarded.filter(sequence__gt=head).delete()
    Stream.objects.update(head=head)


@pytest.mark.parametrize("after", ["garbage", 5, "other"])
async def test_bad_cursor_is_refused_beside_equal_subscriptions(after: Any, other_tenant: Any) -> None:
    after = cursors.encode(other_tenant.id, 1) if after == "other" else after
    answers: list[Any] = []
    async with AsyncExitStack() as stack:
        for _ in range(2):
            peer = await begins(stack)
            await peer.subscribes("1", SEQUENCES, variables={"after": after})
            answers.append(await peer.hears())
            await follows(peer, operation_id="2")
    assert answers[0] == answers[1]
    assert answers[0]["type"] == "error"
