"""Equal subscriptions share one execution; the memory of all subscriptions is bounded."""

from contextlib import AsyncExitStack

import pytest

from graphql_server.live import budget
from graphql_server.tests.chat.people import READ
from graphql_server.tests.chat.server import Chat
from graphql_server.tests.live.asking import MESSAGES, has_begun, hears, texts
from graphql_server.tests.websocket.peer import Peer

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


async def subscribers(chat: Chat, stack: AsyncExitStack, number: int, **payload: object) -> list[Peer]:
    """Clients that are initialised."""
    peers = [await stack.enter_async_context(chat.client()) for _ in range(number)]
    for place, peer in enumerate(peers):
        await chat.enter(peer, f"person-{place}", **payload)
    return peers


async def test_equal_subscriptions_share_one_execution(chat: Chat, executions: list[int]) -> None:
    async with AsyncExitStack() as stack:
        peers = await subscribers(chat, stack, 20)
        for place, peer in enumerate(peers):
            await peer.subscribes("1", (MESSAGES, SAME)[place % 2])
            await has_begun(peer)
        chat.say("hello")
        assert [await texts(peer, 1) for peer in peers] == [["hello"]] * 20
    assert executions == [1]


async def test_subscriptions_with_other_topics_share_the_execution_too(chat: Chat, executions: list[int]) -> None:
    async with AsyncExitStack() as stack:
        peers = await subscribers(chat, stack, 3)
        for containing, peer in zip(("t", "te", "tea"), peers, strict=True):
            await peer.subscribes("1", MESSAGES, variables={"containing": containing})
            await has_begun(peer)
        chat.say("tea")
        assert [await texts(peer, 1) for peer in peers] == [["tea"]] * 3
    assert executions == [1]


async def test_callers_with_other_scopes_do_not_share(chat: Chat, executions: list[int]) -> None:
    async with AsyncExitStack() as stack:
        peers = await subscribers(chat, stack, 1) + await subscribers(chat, stack, 1, scopes=[READ])
        for peer in peers:
            await peer.subscribes("1", MESSAGES)
            await has_begun(peer)
        chat.say("hello")
        assert [await texts(peer, 1) for peer in peers] == [["hello"]] * 2
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
