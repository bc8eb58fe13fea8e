"""Equal subscriptions share one execution; the memory of all subscriptions is bounded."""

from typing import Any

import pytest

from graphql_server.execution.running import Run, Runner
from graphql_server.live import budget
from graphql_server.testing.live_client import OpenClient, Subscription
from graphql_server.testing.peer import Peer
from graphql_server.tests.chat.people import READ
from graphql_server.tests.chat.server import Chat
from graphql_server.tests.live.asking import MESSAGES, hears

SAME = MESSAGES.replace("{", "{ # another layout\n  ")


@pytest.fixture
def executions(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sequence of the event of each execution: the field ``cursor`` calls the log's ``encode``."""
    calls: list[int] = []
    encode = chat.log.encode

    def counted(tenant_id: str, sequence: int) -> str:
        calls.append(sequence)
        return encode(tenant_id, sequence)

    monkeypatch.setattr("graphql_server.tests.chat.schema.cursor_of", counted)
    return calls


async def follow(
    chat: Chat, live: OpenClient, query: str = MESSAGES, *, init: dict[str, Any] | None = None, **variables: Any
) -> Subscription:
    """A subscription of a new client in the room."""
    client = await live(chat.server, {"name": "ann", "room": chat.room, **(init or {})})
    return await client.subscribe(query, **variables)


async def get(some: list[Subscription], text: str) -> None:
    """Check that each of them gets this message."""
    assert [(await one.expect())["messages"]["text"] for one in some] == [text] * len(some)


async def test_equal_subscriptions_share_one_execution(chat: Chat, live: OpenClient, executions: list[int]) -> None:
    some = [await follow(chat, live, (MESSAGES, SAME)[place % 2]) for place in range(20)]
    chat.say("hello")
    await get(some, "hello")
    assert executions == [1]


@pytest.mark.parametrize(("arguments", "times"), [("", 1), ('(containing: "tea")', 2)])
async def test_a_new_document_is_prepared_again_only_without_its_arguments(
    chat: Chat, live: OpenClient, monkeypatch: pytest.MonkeyPatch, arguments: str, times: int
) -> None:
    prepared = []
    core_of = Runner._core

    def counted(runner: Runner, run: Run) -> Any:
        prepared.append(run)
        return core_of(runner, run)

    monkeypatch.setattr(Runner, "_core", counted)
    one = await follow(chat, live, f"subscription {{ messages{arguments} {{ text }} }}")
    chat.say("tea")
    await get([one], "tea")
    assert len(prepared) == times


async def test_subscriptions_with_other_topics_share_the_execution_too(
    chat: Chat, live: OpenClient, executions: list[int]
) -> None:
    some = [await follow(chat, live, containing=text) for text in ("t", "te", "tea")]
    chat.say("tea")
    await get(some, "tea")
    assert executions == [1]


async def test_callers_with_other_scopes_do_not_share(chat: Chat, live: OpenClient, executions: list[int]) -> None:
    some = [await follow(chat, live), await follow(chat, live, init={"scopes": [READ]})]
    chat.say("hello")
    await get(some, "hello")
    assert executions == [1, 1]


async def test_too_many_different_subscriptions_are_refused_and_equal_ones_are_not(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget.subscription_budget, "tenant_bytes", 200_000)
    chat.say("hello")
    async with chat.client() as peer:
        await chat.enter(peer)
        answers = [await first_answer(chat, peer, f"a{place}") for place in range(20)]
        fitting = answers.index("THROTTLED")
        assert 0 < fitting < 20
        assert answers == ["hello"] * fitting + ["THROTTLED"] * (20 - fitting)
        await peer.says({"id": "a0", "type": "complete"})
        assert await first_answer(chat, peer, "a0") == "hello"


async def first_answer(chat: Chat, peer: Peer, alias: str) -> str:
    """The text of the first message of a subscription that begins before it, or the code of its error."""
    query = MESSAGES.replace("author", f"{alias}: author")
    await peer.subscribes(alias, query, variables={"after": f"{chat.room}:0"})
    heard = await hears(peer)
    if heard["type"] == "error":
        return str(heard["payload"][0]["extensions"]["code"])
    return str(heard["payload"]["data"]["messages"]["text"])
