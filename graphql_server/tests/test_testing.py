"""The kit for tests of subscriptions: what it promises to other tests."""

import pytest

from graphql_server.testing import live_client
from graphql_server.testing.live_client import OpenClient
from graphql_server.testing.peer import Unexpected
from graphql_server.tests.chat.server import Chat
from graphql_server.tests.live.asking import MESSAGES


def ann(chat: Chat) -> dict[str, str]:
    return {"name": "ann", "room": chat.room}


async def test_it_gets_what_happens_once_it_has_subscribed(chat: Chat, live: OpenClient) -> None:
    client = await live(chat.server, ann(chat))
    chat.say("before")
    messages = await client.subscribe(MESSAGES)
    said = await client.ask('mutation { say(text: "hello") { author } }')

    assert said == {"say": {"author": "ann"}}
    assert (await messages.expect())["messages"]["text"] == "hello"


async def test_subscriptions_of_a_client_are_kept_apart(chat: Chat, live: OpenClient) -> None:
    client = await live(chat.server, ann(chat))
    teas = await client.subscribe(MESSAGES, containing="tea")
    everything = await client.subscribe(MESSAGES)
    chat.say("coffee", "tea")

    assert (await teas.expect())["messages"]["text"] == "tea"
    assert [(await everything.expect())["messages"]["text"] for _ in range(2)] == ["coffee", "tea"]


async def test_what_was_sent_before_a_cut_is_kept_and_comes_once(chat: Chat, live: OpenClient) -> None:
    client = await live(chat.server, ann(chat))
    messages = await client.subscribe(MESSAGES)
    chat.say("one")
    await client.cut()
    chat.say("two")
    await client.resume()
    chat.say("three")

    assert [(await messages.expect())["messages"]["text"] for _ in range(3)] == ["one", "two", "three"]


async def test_a_client_that_is_cut_off_can_not_ask(chat: Chat, live: OpenClient) -> None:
    client = await live(chat.server, ann(chat))
    await client.cut()

    with pytest.raises(Unexpected, match="The client is cut off"):
        await client.ask("{ __typename }")


async def test_a_refused_subscription_shows_its_code(chat: Chat, live: OpenClient) -> None:
    client = await live(chat.server, ann(chat))
    messages = await client.subscribe("subscription { messages { nothing } }")

    assert await messages.expect_code() == "GRAPHQL_VALIDATION_FAILED"
    with pytest.raises(Unexpected, match="has ended"):
        await messages.expect()


async def test_an_event_that_does_not_come_fails_the_test(
    chat: Chat, live: OpenClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await live(chat.server, ann(chat))
    messages = await client.subscribe(MESSAGES, containing="tea")
    chat.say("coffee")
    monkeypatch.setattr(live_client, "PATIENCE_SECONDS", 0.1)

    with pytest.raises(Unexpected, match=r"s for an event of 1"):
        await messages.expect()


async def test_errors_of_a_response_fail_the_test(chat: Chat, live: OpenClient) -> None:
    client = await live(chat.server, ann(chat))

    with pytest.raises(Unexpected):
        await client.ask("{ nothing }")
