"""A subscription yields each event once and in order, from the position that its client asks for."""

import pytest

from graphql_server.testing.live_client import LiveClient, OpenClient, Subscription
from graphql_server.tests.chat.server import Chat
from graphql_server.tests.live.asking import MESSAGES, has_begun, texts


async def heard(messages: Subscription, number: int) -> list[str]:
    """The texts of the next messages."""
    return [(await messages.expect())["messages"]["text"] for _ in range(number)]


async def test_a_message_reaches_only_people_in_the_room(chat: Chat, ann: LiveClient, live: OpenClient) -> None:
    other = Chat()
    here = await ann.subscribe(MESSAGES)
    elsewhere = await (await live(other.server, {"name": "ann", "room": other.room})).subscribe(MESSAGES)
    await ann.ask('mutation { say(text: "hello") { author } }')
    other.say("elsewhere")

    assert await here.expect() == {"messages": {"author": "ann", "text": "hello", "cursor": f"{chat.room}:1"}}
    assert await heard(elsewhere, 1) == ["elsewhere"]


async def test_a_topic_leaves_out_other_messages(chat: Chat, ann: LiveClient) -> None:
    messages = await ann.subscribe(MESSAGES, containing="tea")
    chat.say("coffee", "tea", "water", "teapot")
    assert await heard(messages, 2) == ["tea", "teapot"]


async def test_a_client_resumes_after_a_cursor_and_goes_on_live(chat: Chat, ann: LiveClient) -> None:
    chat.say("one", "two", "three")
    messages = await ann.subscribe(MESSAGES, after=f"{chat.room}:1")
    assert await heard(messages, 2) == ["two", "three"]
    chat.say("four")
    assert await heard(messages, 1) == ["four"]


@pytest.mark.parametrize("number", [1, 700])
async def test_a_client_that_reconnects_misses_nothing(chat: Chat, ann: LiveClient, number: int) -> None:
    messages = await ann.subscribe(MESSAGES)
    chat.say("first")
    assert await heard(messages, 1) == ["first"]

    await ann.cut()
    chat.say(*map(str, range(number)))
    await ann.resume()

    assert await heard(messages, number) == [*map(str, range(number))]


@pytest.mark.parametrize("cursor", ["nonsense", "another room:1"])
async def test_a_cursor_of_another_stream_is_refused(ann: LiveClient, cursor: str) -> None:
    messages = await ann.subscribe(MESSAGES, after=cursor)
    assert await messages.expect_code() == "BAD_USER_INPUT"
    assert messages.errors
    assert messages.errors[0]["message"] == "This is not a cursor of this room."


async def test_an_expired_cursor_is_refused_with_the_oldest_one(chat: Chat, ann: LiveClient) -> None:
    chat.say("one", "two", "three")
    chat.log.prune(chat.room, 2)
    refused = await ann.subscribe(MESSAGES, after=f"{chat.room}:1")
    assert await refused.expect_code() == "CURSOR_EXPIRED"
    assert refused.extensions["oldest"] == f"{chat.room}:2"
    assert await heard(await ann.subscribe(MESSAGES, after=f"{chat.room}:2"), 1) == ["three"]


async def test_a_cursor_ahead_of_the_log_is_refused_with_the_head(chat: Chat, ann: LiveClient) -> None:
    chat.say("one", "two")
    refused = await ann.subscribe(MESSAGES, after=f"{chat.room}:3")
    assert await refused.expect_code() == "CURSOR_EXPIRED"
    assert refused.extensions["oldest"] == f"{chat.room}:2"


async def test_a_log_that_is_set_back_ends_the_subscriptions(chat: Chat, ann: LiveClient) -> None:
    messages = await ann.subscribe(MESSAGES)
    chat.say("one", "two")
    assert await heard(messages, 2) == ["one", "two"]
    chat.log.set_back(chat.room, 1)
    assert await messages.expect_code() == "CURSOR_EXPIRED"


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


async def test_a_plain_generator_runs_only_for_its_client(ann: LiveClient) -> None:
    countdown = await ann.subscribe("subscription { countdown(start: 3) }")
    assert [await countdown.expect() for _ in range(3)] == [{"countdown": number} for number in (3, 2, 1)]
    await ann.hear_until(lambda: countdown.is_complete, "the end")


async def test_the_newest_value_is_sent_immediately_and_then_after_events(chat: Chat, ann: LiveClient) -> None:
    chat.say("one", "two")
    count = await ann.subscribe("subscription { count }")
    assert await count.expect() == {"count": 2}
    chat.say("three")
    assert await count.expect() == {"count": 3}
    chat.say(*map(str, range(4, 21)))
    values = [(await count.expect())["count"]]
    while values[-1] != 20:
        values.append((await count.expect())["count"])
    assert values == sorted(set(values))


async def test_a_query_and_a_mutation_are_asked_again_on_one_socket(ann: LiveClient) -> None:
    for _ in range(3):
        assert await ann.ask("{ __typename }") == {"__typename": "Query"}
        assert await ann.ask('mutation { say(text: "hello") { text } }') == {"say": {"text": "hello"}}
