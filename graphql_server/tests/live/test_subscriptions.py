"""A subscription yields each event once and in order, from the position that its client asks for."""

import pytest

from graphql_server.testing.live_client import OpenClient
from graphql_server.tests.chat.server import Chat
from graphql_server.tests.live.asking import MESSAGES, data, error, has_begun, hears, texts


async def test_a_message_reaches_only_people_in_the_room(chat: Chat) -> None:
    other = Chat()
    async with chat.client() as here, other.client() as elsewhere:
        for one, peer in ((chat, here), (other, elsewhere)):
            await one.enter(peer)
            await peer.subscribes("1", MESSAGES)
            await has_begun(peer)
        await here.subscribes("2", 'mutation { say(text: "hello") { author } }')
        heard = {(one := await hears(here))["id"]: one for _ in range(3)}
        assert heard["1"]["payload"]["data"]["messages"] == {
            "author": "ann",
            "text": "hello",
            "cursor": f"{chat.room}:1",
        }
        other.say("elsewhere")
        assert await texts(elsewhere, 1) == ["elsewhere"]


async def test_a_topic_leaves_out_other_messages(chat: Chat) -> None:
    async with chat.client() as peer:
        await chat.enter(peer)
        await peer.subscribes("1", MESSAGES, variables={"containing": "tea"})
        await has_begun(peer)
        chat.say("coffee", "tea", "water", "teapot")
        assert await texts(peer, 2) == ["tea", "teapot"]


async def test_a_client_resumes_after_a_cursor_and_goes_on_live(chat: Chat) -> None:
    chat.say("one", "two", "three")
    async with chat.client() as peer:
        await chat.enter(peer)
        await peer.subscribes("1", MESSAGES, variables={"after": f"{chat.room}:1"})
        assert await texts(peer, 2) == ["two", "three"]
        chat.say("four")
        assert await texts(peer, 1) == ["four"]


@pytest.mark.parametrize("number", [1, 700])
async def test_a_client_that_reconnects_misses_nothing(chat: Chat, live: OpenClient, number: int) -> None:
    client = await live(chat.server, {"name": "ann", "room": chat.room})
    messages = await client.subscribe(MESSAGES)
    chat.say("first")
    assert (await messages.expect())["messages"]["text"] == "first"

    await client.cut()
    chat.say(*map(str, range(number)))
    await client.resume()

    assert [(await messages.expect())["messages"]["text"] for _ in range(number)] == [*map(str, range(number))]


@pytest.mark.parametrize("cursor", ["nonsense", "another room:1"])
async def test_a_cursor_of_another_stream_is_refused(chat: Chat, cursor: str) -> None:
    async with chat.client() as peer:
        await chat.enter(peer)
        await peer.subscribes("1", MESSAGES, variables={"after": cursor})
        refused = await error(peer)
        assert refused["message"] == "This is not a cursor of this room."
        assert refused["extensions"] == {"code": "BAD_USER_INPUT"}


async def test_an_expired_cursor_is_refused_with_the_oldest_one(chat: Chat) -> None:
    chat.say("one", "two", "three")
    chat.log.prune(chat.room, 2)
    async with chat.client() as peer:
        await chat.enter(peer)
        await peer.subscribes("1", MESSAGES, variables={"after": f"{chat.room}:1"})
        assert (await error(peer))["extensions"] == {"code": "CURSOR_EXPIRED", "oldest": f"{chat.room}:2"}
        await peer.subscribes("1", MESSAGES, variables={"after": f"{chat.room}:2"})
        assert await texts(peer, 1) == ["three"]


async def test_a_cursor_ahead_of_the_log_is_refused_with_the_head(chat: Chat) -> None:
    chat.say("one", "two")
    async with chat.client() as peer:
        await chat.enter(peer)
        await peer.subscribes("1", MESSAGES, variables={"after": f"{chat.room}:3"})
        assert (await error(peer))["extensions"] == {"code": "CURSOR_EXPIRED", "oldest": f"{chat.room}:2"}


async def test_a_log_that_is_set_back_ends_the_subscriptions(chat: Chat) -> None:
    async with chat.client() as peer:
        await chat.enter(peer)
        await peer.subscribes("1", MESSAGES)
        await has_begun(peer)
        chat.say("one", "two")
        assert await texts(peer, 2) == ["one", "two"]
        chat.log.set_back(chat.room, 1)
        assert (await error(peer))["extensions"]["code"] == "CURSOR_EXPIRED"


async def test_a_completed_subscription_gets_no_more_messages(chat: Chat) -> None:
    async with chat.client() as peer:
        await chat.enter(peer)
        await peer.subscribes("1", MESSAGES)
        await peer.subscribes("2", MESSAGES)
        await has_begun(peer, "2")
        await peer.says({"id": "1", "type": "complete"})
        await peer.has_been_heard()
        chat.say("hello")
        assert await texts(peer, 1, "2") == ["hello"]


async def test_a_plain_generator_runs_only_for_its_client(chat: Chat) -> None:
    async with chat.client() as peer:
        await chat.enter(peer)
        await peer.subscribes("1", "subscription { countdown(start: 3) }")
        assert [await data(peer) for _ in range(3)] == [3, 2, 1]
        assert await hears(peer) == {"id": "1", "type": "complete"}


async def test_the_newest_value_is_sent_immediately_and_then_after_events(chat: Chat) -> None:
    chat.say("one", "two")
    async with chat.client() as peer:
        await chat.enter(peer)
        await peer.subscribes("1", "subscription { count }")
        assert await data(peer) == 2
        chat.say("three")
        assert await data(peer) == 3
        chat.say(*map(str, range(4, 21)))
        values = [await data(peer)]
        while values[-1] != 20:
            values.append(await data(peer))
        assert values == sorted(set(values))


async def test_a_query_and_a_mutation_are_asked_again_on_one_socket(chat: Chat) -> None:
    async with chat.client() as peer:
        await chat.enter(peer)
        for turn in ("1", "2", "3"):
            for text in ("{ __typename }", 'mutation { say(text: "hello") { text } }'):
                await peer.subscribes(turn, text)
                heard = [await hears(peer), await hears(peer)]
                assert [one["type"] for one in heard] == ["next", "complete"]
                assert "errors" not in heard[0]["payload"]
