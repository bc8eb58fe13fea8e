"""Two tenants on many sockets, who ask for each other's objects all the time: neither ever gets the other's."""

import asyncio
import json
import os
import random
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from events import cursors, log_reader
from events.dispatch.inline import settle
from events.models import Delivery
from graphql_api.server import server
from graphql_server.testing.peer import Closed, Peer
from tenants.models import Tenant
from tenants.values.identifiers import default_tenant_id
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

SEED = int(os.environ.get("TWO_TENANTS_SEED") or random.SystemRandom().randrange(2**32))
SOCKETS, ACTS = 3, 60
PATIENCE_SECONDS = 60
ORDER = "id number customerName customerEmail externalReference"
EVENT = f"cursor sequence type order {{ {ORDER} }}"
ALL = f"subscription ($after: String) {{ orderEvents(after: $after) {{ {EVENT} }} }}"
DONE = f"order {{ {ORDER} }} userErrors {{ code message }}"
CREATE = f"mutation ($input: CreateOrderInput!) {{ createOrder(input: $input) {{ {DONE} }} }}"
PAY = f"mutation ($id: ID!) {{ payOrder(input: {{id: $id}}) {{ {DONE} }} }}"
OF_MAIL = "where: {customerEmail: {exact: $mail}}"
READS = {
    "node": f"query ($id: ID!) {{ node(id: $id) {{ ... on Order {{ {ORDER} }} }} nodes(ids: [$id]) {{ id }} }}",
    "order": f"query ($number: String!) {{ order(by: {{number: $number}}) {{ {ORDER} }} }}",
    "reference": f'query {{ order(by: {{externalReference: "the same"}}) {{ {ORDER} }} }}',
    "orders": f"query ($mail: String!) {{ orders({OF_MAIL}) {{ nodes {{ {ORDER} }} }} }}",
    "events": f"query ($id: ID!) {{ orderEvents(orderId: $id) {{ nodes {{ {EVENT} }} }} }}",
    "pages": f"query ($after: String) {{ orderEvents(after: $after) {{ nodes {{ {EVENT} }} }} }}",
    "all": f"query {{ orders {{ eventCursor nodes {{ {ORDER} events {{ nodes {{ {EVENT} }} }} }} }} }}",
}
FOLLOWS = {
    "changed": f"subscription ($id: ID!) {{ orderChanged(orderId: $id) {{ {EVENT} }} }}",
    "mail": f"subscription ($mail: String!) {{ orderCreated({OF_MAIL}) {{ {EVENT} }} }}",
    "resumed": f"subscription ($after: String) {{ orderEvents(after: $after) {{ {EVENT} }} }}",
}


class Dashboard:
    """A socket of one tenant, and all messages that it got."""

    def __init__(self, slug: str, peer: Peer) -> None:
        self.slug, self.peer = slug, peer
        self.frames: list[str] = []
        self.sequences: list[int] = []
        self.running: list[str] = []
        self.asked = 0

    async def ask(self, query: str, **variables: Any) -> str:
        """Begin an operation; return its id."""
        self.asked += 1
        await self.peer.subscribes(str(self.asked), query, variables=variables)
        return str(self.asked)

    async def listen(self, learn: Callable[[str, Any], None]) -> None:
        """Record all messages, until cancelled."""
        while True:
            try:
                heard = await self.peer.hears()
            except TimeoutError:
                continue
            assert not isinstance(heard, Closed), heard
            self.frames.append(json.dumps(heard))
            learn(self.slug, heard)
            if heard["type"] == "ping":
                await self.peer.says({"type": "pong"})
            if heard.get("id") == "1" and heard["type"] == "next":
                self.sequences.append(int(heard["payload"]["data"]["orderEvents"]["sequence"]))


class Known:
    """The ids and values that may be asked for, of both tenants."""

    def __init__(self) -> None:
        self.of: dict[str, dict[str, set[str]]] = {
            slug: {"id": set(), "number": set(), "cursor": set()} for slug in ("demo", "other")
        }

    def learn(self, slug: str, received: Any) -> None:
        """Remember the ids, numbers and cursors in an answer."""
        if isinstance(received, dict):
            for name, value in received.items():
                if isinstance(value, str) and name in self.of[slug] and (name != "id" or len(value) > 20):
                    self.of[slug][name].add(value)
                self.learn(slug, value)
        elif isinstance(received, list):
            for one in received:
                self.learn(slug, one)

    def any(self, dice: random.Random, name: str) -> str | None:
        """One value of either tenant."""
        found = sorted(self.of["demo"][name] | self.of["other"][name])
        return dice.choice(found) if found else None


async def act(dice: random.Random, one: Dashboard, known: Known) -> None:
    """A random operation about an object of either tenant."""
    mail = f"{dice.choice(['demo', 'other'])}@example.com"
    chosen = {name: known.any(dice, name) for name in ("id", "number", "cursor")}
    kind = dice.choice(["create", "create", "pay", "read", "read", "follow", "end"])
    if kind == "create" or chosen["id"] is None:
        given = {"customerEmail": f"{one.slug}@example.com", "customerName": f"secret of {one.slug}", "total": "1.00"}
        reference = {"externalReference": "the same"} if dice.random() < 0.3 else {}
        key = {"idempotencyKey": "the same"} if dice.random() < 0.1 else {}
        await one.ask(CREATE, input={**given, **reference, **key})
    elif kind == "pay":
        await one.ask(PAY, id=chosen["id"])
    elif kind == "read":
        after = {"after": chosen["cursor"]}
        await one.ask(dice.choice([*READS.values()]), id=chosen["id"], number=chosen["number"], mail=mail, **after)
    elif kind == "follow":
        query = dice.choice([*FOLLOWS.values()])
        one.running.append(await one.ask(query, id=chosen["id"], mail=mail, after=chosen["cursor"]))
    elif one.running:
        ended = one.running.pop(dice.randrange(len(one.running)))
        await one.peer.says({"id": ended, "type": "complete"})


@pytest.mark.receivers
async def test_neither_tenant_gets_the_others_data(other_tenant: Tenant, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\ntwo tenants: TWO_TENANTS_SEED={SEED}")  # noqa: T201  # to run it again
    dice, known = random.Random(SEED), Known()
    tokens = {"demo": await sync_to_async(factories.token)()}
    tokens["other"] = await sync_to_async(factories.token)(of=other_tenant)
    async with AsyncExitStack() as stack:
        boards: list[Dashboard] = []
        for slug in [*tokens] * SOCKETS:
            peer = await stack.enter_async_context(
                Peer(server.websocket, headers={"host": "testserver"}, shares_tasks=True)
            )
            await peer.initialises({"authorization": f"Bearer {tokens[slug]}"})
            boards.append(Dashboard(slug, peer))
            await boards[-1].ask(ALL, after=cursors.encode(default_tenant_id(slug), 0))
        listening = [asyncio.create_task(board.listen(known.learn)) for board in boards]
        try:
            for _ in range(ACTS):
                await act(dice, dice.choice(boards), known)
                await asyncio.sleep(dice.random() * 0.05)
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE_SECONDS):
                    while not await all_have_seen_all(boards):  # noqa: ASYNC110  # the database's state is read
                        await asyncio.sleep(0.05)
            assert await all_have_seen_all(boards), [(board.slug, board.sequences) for board in boards]
            failed = [one.exception() for one in listening if one.done()]
        finally:
            for one in listening:
                one.cancel()
            await asyncio.gather(*listening, return_exceptions=True)
    assert failed == []
    assert_nothing_foreign(boards, known)


async def all_have_seen_all(boards: list[Dashboard]) -> bool:
    """Whether each socket got every event of its tenant once, in order, and no operation is running."""
    await sync_to_async(settle)()  # Work that a busy SQLite has left to the relay.
    if any(await sync_to_async(factories.in_each_tenant)(unfinished)):
        return False
    heads = {slug: await sync_to_async(log_reader.head)(default_tenant_id(slug)) for slug in ("demo", "other")}
    return all(board.sequences == list(range(1, heads[board.slug] + 1)) for board in boards)


def unfinished() -> int:
    """How many of a tenant's effects are still due."""
    return int(Delivery.objects.filter(status__in=Delivery.UNFINISHED).count())


def assert_nothing_foreign(boards: list[Dashboard], known: Known) -> None:
    """No frame of a tenant has any value of the other's; and each has some of its own."""
    for board in boards:
        [other] = {"demo", "other"} - {board.slug}
        theirs = known.of[other]["id"] | known.of[other]["number"] | {f"secret of {other}", f"{other}@example.com"}
        foreign = [frame for frame in board.frames for one in theirs if one in frame]
        assert foreign == [], f"TWO_TENANTS_SEED={SEED}"
        assert any(f"secret of {board.slug}" in frame for frame in board.frames)
