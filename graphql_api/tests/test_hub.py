"""The hub: every event once, in order, whatever the channel layer loses, repeats or reorders."""

import asyncio
from contextlib import aclosing
from types import SimpleNamespace

import pytest
from channels.layers import get_channel_layer

from events import cursors, log
from events.broadcast import group_name, message
from events.dispatch.numbering import number
from events.models import Event, Stream
from graphql_api.live import EventLog, live
from graphql_server.live import feed as hubs
from graphql_server.live import recent
from graphql_server.live.feed import in_thread
from graphql_server.live.single_flight import Question
from graphql_server.ports import Ahead, BadCursor, Expired
from tenants.context import current_tenant_id, tenant_context
from tenants.ids import default_tenant_id
from tests.factories import place_order

pytestmark = pytest.mark.django_db(transaction=True)
TENANT = default_tenant_id("demo")


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """Nothing but the test writes, numbers or rings; silence is short, so that a test need not wait."""
    monkeypatch.setattr("events.dispatch.dispatcher.dispatcher.wake", lambda tenant_id: None)
    monkeypatch.setattr(hubs, "SILENCE_SECONDS", 0.1)
    monkeypatch.setattr(hubs, "LINGER_SECONDS", 0.0)


async def happen(count=1, tenant_id=TENANT):
    """Commit and number that many events, and ring nobody; returns them."""

    def write():
        with tenant_context(tenant_id):
            for _ in range(count):
                place_order()
            return number(tenant_id)

    return await in_thread(write)


async def ring(events, tenant_id=TENANT):
    await get_channel_layer().group_send(group_name(tenant_id), message(events))


def follow(tenant_id, **after):
    """The tenant's events, from now on or after a position."""
    return live.here().hubs.follow(tenant_id, **after)


async def take(events, count):
    """The sequences of the next ``count`` events."""
    async with asyncio.timeout(20):
        return [(await anext(events)).sequence for _ in range(count)]


async def begun(events):
    """Start following and wait until the hub stands; returns the task of the first event."""
    first = asyncio.create_task(anext(events))
    async with asyncio.timeout(20):
        await live.here().hubs.of(TENANT).now()
        await live.here().hubs.of(TENANT).now()  # The follower has asked before this was.
    return first


async def test_without_a_cursor_events_come_from_now_on():
    await happen(2)
    async with aclosing(follow(TENANT)) as events:
        first = await begun(events)
        await ring(await happen())
        assert (await first).sequence == 3


async def test_what_was_committed_before_is_numbered_first_and_not_told():
    await in_thread(place_order)
    async with aclosing(follow(TENANT)) as events:
        first = await begun(events)
        assert await in_thread(log.head, TENANT) == 1
        await ring(await happen())
        assert (await first).sequence == 2


async def test_a_cursor_resumes_and_goes_over_into_live():
    await happen(5)
    async with aclosing(follow(TENANT, after=2)) as events:
        assert await take(events, 3) == [3, 4, 5]
        await ring(await happen(2))
        assert await take(events, 2) == [6, 7]


async def test_a_lost_doorbell_costs_a_silence():
    await happen()
    async with aclosing(follow(TENANT, after=0)) as events:
        assert await take(events, 1) == [1]
        await happen(3)
        assert await take(events, 3) == [2, 3, 4]


async def test_repeated_and_reordered_doorbells_change_nothing():
    await happen()
    async with aclosing(follow(TENANT, after=0)) as events:
        assert await take(events, 1) == [1]
        second, third, fourth = [(await happen())[0] for _ in range(3)]
        for rung in ([third], [second], [third], [second, third], [fourth], [fourth], [second]):
            await ring(rung)
        assert await take(events, 3) == [2, 3, 4]
        await ring(await happen())
        assert await take(events, 1) == [5]


async def test_a_doorbell_without_events_reads_the_log():
    async with aclosing(follow(TENANT, after=0)) as events:
        numbered = await happen(30)
        assert message(numbered)["events"] == []
        await ring(numbered)
        assert await take(events, 30) == list(range(1, 31))


@pytest.fixture
def memberships(monkeypatch):
    """The groups that hubs have joined, and left; ``joined`` is set after the first."""
    layer = get_channel_layer()
    join, leave = layer.group_add, layer.group_discard
    seen = SimpleNamespace(entered=[], left=[], joined=asyncio.Event())

    async def noted_join(group, channel):
        await join(group, channel)
        seen.entered.append(group)
        seen.joined.set()

    monkeypatch.setattr(layer, "group_add", noted_join)
    monkeypatch.setattr(layer, "group_discard", lambda group, channel: seen.left.append(group) or leave(group, channel))
    return seen


async def test_followers_share_one_membership_and_each_sees_all(memberships):
    followers = [follow(TENANT, after=0) for _ in range(5)]
    await happen(3)
    assert [await take(one, 3) for one in followers] == [[1, 2, 3]] * 5
    await memberships.joined.wait()
    assert memberships.entered == [group_name(TENANT)]
    for one in followers:
        await one.aclose()


async def test_a_slow_follower_is_served_from_the_log_once_the_ring_has_moved_on(monkeypatch):
    monkeypatch.setattr(recent, "MOST_EVENTS", 3)
    await happen()
    async with aclosing(follow(TENANT, after=0)) as slow:
        assert await take(slow, 1) == [1]
        for _ in range(8):
            await ring(await happen())
        assert await take(slow, 8) == list(range(2, 10))


async def test_another_tenants_cursor_is_refused(other_tenant):
    with pytest.raises(BadCursor):
        EventLog().decode(TENANT, cursors.encode(other_tenant.id, 0))


async def test_another_tenants_events_do_not_come(other_tenant):
    async with aclosing(follow(TENANT, after=0)) as events:
        await ring(await happen(2, other_tenant.id), other_tenant.id)
        await ring(await happen())
        event = await anext(events)
        assert (event.tenant_id, event.sequence) == (current_tenant_id(), 1)


def prune(up_to):
    Event.unguarded.filter(sequence__lte=up_to).delete()
    Stream.objects.update(floor=up_to)


async def test_a_cursor_past_retention_is_told():
    await happen(5)
    await in_thread(prune, 3)
    with pytest.raises(Expired):
        await anext(follow(TENANT, after=1))
    async with aclosing(follow(TENANT, after=3)) as events:
        assert await take(events, 2) == [4, 5]


async def test_a_cursor_ahead_of_the_hub_asks_the_log_and_is_followed():
    await happen()
    async with aclosing(follow(TENANT)) as live:
        first = await begun(live)
        await happen(3)  # Nobody rings.
        async with aclosing(follow(TENANT, after=3)) as events:
            assert await take(events, 1) == [4]
            assert (await first).sequence == 2


async def test_a_cursor_ahead_of_the_log_is_told():
    await happen(2)
    for _ in range(2):  # The hub knows nothing, then where the log ends.
        with pytest.raises(Ahead) as told:
            await anext(follow(TENANT, after=3))
        assert told.value.oldest == 2


async def test_those_who_ask_together_share_an_answer_begun_after_they_asked():
    put, gate = [], asyncio.Event()

    async def answer():
        put.append(len(put))
        await gate.wait()
        return put[-1]

    question = Question(answer)
    early = [asyncio.ensure_future(question.ask()) for _ in range(3)]
    await asyncio.sleep(0)
    late = [asyncio.ensure_future(question.ask()) for _ in range(3)]
    gate.set()
    assert (await asyncio.gather(*early), await asyncio.gather(*late)) == ([0] * 3, [1] * 3)


def set_back(head):
    """What a restored backup looks like from here."""
    Event.unguarded.filter(sequence__gt=head).delete()
    Stream.objects.update(head=head)


@pytest.mark.parametrize("found_by", ["silence", "message"])
async def test_a_log_that_is_set_back_ends_the_hub_and_all_who_follow_it(monkeypatch, found_by):
    if found_by == "message":
        monkeypatch.setattr(hubs, "SILENCE_SECONDS", 20.0)
    await happen()
    async with aclosing(follow(TENANT, after=0)) as events:
        assert await take(events, 1) == [1]
        await ring(await happen(3))
        assert await take(events, 3) == [2, 3, 4]
        await in_thread(set_back, 2)
        waiting = asyncio.ensure_future(anext(events))
        if found_by == "message":
            await ring(await happen())  # Another third one.
        with pytest.raises(Ahead):
            async with asyncio.timeout(20):
                await waiting
    async with aclosing(follow(TENANT, after=2)) as events:
        await happen()
        assert await take(events, 1) == [3]


async def test_without_a_channel_layer_the_hub_polls(monkeypatch):
    def away():
        raise ConnectionError

    monkeypatch.setattr("graphql_api.live.get_channel_layer", away)
    async with aclosing(follow(TENANT, after=0)) as events:
        await happen(3)
        assert await take(events, 3) == [1, 2, 3]


async def test_a_hub_without_followers_ends_and_leaves_nothing(memberships):
    async with aclosing(follow(TENANT, after=0)) as events:
        await happen()
        await take(events, 1)
        hub = live.here().hubs.of(TENANT)
        await memberships.joined.wait()
    async with asyncio.timeout(20):
        await asyncio.wait({hub.running})
    assert list(live.here().hubs) == []
    assert memberships.left == [group_name(TENANT)]
