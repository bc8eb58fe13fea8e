"""The work of a frontend and a dashboard, with a real GraphQL client over HTTP and WebSocket."""

import asyncio
import ssl
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from gql import Client, GraphQLRequest
from gql.client import AsyncClientSession
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport

CREATE = """
mutation Create($input: CreateOrderInput!) {
  createOrder(input: $input) { order { id number } userErrors { code field message } }
}"""
CREATED = """
subscription Created($after: String) {
  orderCreated(after: $after) { sequence cursor order { number total { amount currency } lines { sku quantity } } }
}"""
HEAD = "{ orders(first: 1) { eventCursor totalCount } }"
ORDERS = """
query Orders($after: String) {
  orders(first: 100, after: $after) { nodes { number processingStatus } pageInfo { hasNextPage endCursor } }
}"""
AUDIT = """
query Audit($after: String) {
  auditRecords(first: 100, after: $after, actions: [ORDER_CREATED]) {
    nodes { objectId } pageInfo { hasNextPage endCursor }
  }
  auditVerify { isIntact verified }
}"""
PROCESSED = """
query Processed($after: String) {
  orderEvents(first: 100, after: $after, types: [ORDER_PROCESSING]) {
    nodes { changedFields order { number processingStatus } } pageInfo { hasNextPage endCursor }
  }
}"""
PATIENCE_SECONDS = 300
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""On loopback nothing is encrypted. To read the certificates of all authorities takes 25 ms for each client."""
MISSED = 10
"""How many events pass while a dashboard is disconnected."""


@dataclass(frozen=True)
class Shop:
    """One running system, as its clients know it."""

    address: str
    token: str | None = None
    close_seconds: float = 10
    """How long a client that closes a socket waits for the server's close frame."""

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    @asynccontextmanager
    async def http(self) -> AsyncIterator[AsyncClientSession]:
        """A session for queries and mutations."""
        transport = HTTPXAsyncTransport(
            url=f"{self.address}/graphql/", headers=self.headers, timeout=30, verify=NO_CERTIFICATES
        )
        async with Client(transport=transport, fetch_schema_from_transport=False) as session:
            yield session

    @asynccontextmanager
    async def socket(self) -> AsyncIterator[AsyncClientSession]:
        """A session for subscriptions."""
        payload = {"authorization": self.headers["Authorization"]} if self.token else {}
        transport = WebsocketsTransport(
            url=f"ws{self.address.removeprefix('http')}/graphql/",
            init_payload=payload,
            subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
            close_timeout=self.close_seconds,
            connect_args={"close_timeout": self.close_seconds},
        )
        async with Client(transport=transport, fetch_schema_from_transport=False) as session:
            yield session

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """Run one query in its own session."""
        async with self.http() as session:
            return await session.execute(GraphQLRequest(query, variable_values=variables))

    async def every(self, query: str, name: str) -> list[dict[str, Any]]:
        """All nodes of a connection, page by page."""
        nodes: list[dict[str, Any]] = []
        after = None
        while True:
            page = (await self.ask(query, after=after))[name]
            nodes += page["nodes"]
            if not page["pageInfo"]["hasNextPage"]:
                return nodes
            after = page["pageInfo"]["endCursor"]


@dataclass
class Watch:
    """A dashboard: the events that it has seen, in order."""

    seen: list[dict[str, Any]] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def numbers(self) -> list[str]:
        return [event["order"]["number"] for event in self.seen]

    @property
    def sequences(self) -> list[int]:
        return [int(event["sequence"]) for event in self.seen]

    async def follow(self, shop: Shop, *, after: str, count: int) -> None:
        """Stay subscribed until ``count`` events in all have been seen."""
        async with shop.socket() as session:
            request = GraphQLRequest(CREATED, variable_values={"after": after})
            async for result in session.subscribe(request):
                self.seen.append(result["orderCreated"])
                self.news.set()
                if len(self.seen) >= count:
                    return

    async def has_seen(self, count: int) -> None:
        """Wait until so many events have been seen."""
        while len(self.seen) < count:
            self.news.clear()
            await self.news.wait()

    async def follow_with_a_cut(self, shop: Shop, other: "Watch", *, after: str, cut_at: int, count: int) -> None:
        """The same, but disconnected after ``cut_at`` events and resumed from the last event's cursor.

        Meanwhile, the other dashboard sees events that this one has missed.
        """
        await self.follow(shop, after=after, count=cut_at)
        await other.has_seen(min(cut_at + MISSED, count))
        await self.follow(shop, after=self.seen[-1]["cursor"], count=count)


def customer(client: int, turn: int) -> str:
    """The customer of that order of that client; mail goes to this name."""
    return f"customer-{client}-{turn}"


async def place(shop: Shop, *, day: str, client: int, count: int) -> list[dict[str, Any]]:
    """Place orders one after the other; after a lost answer the request is repeated under the same key."""
    placed = []
    async with shop.http() as session:
        for turn in range(count):
            lines = [
                {"sku": "TEA-1", "name": "Tea" if turn else "Tea 🍵", "quantity": turn + 1, "unitPrice": "2.50"},
                {"sku": "CUP-2", "quantity": 1, "unitPrice": "12.00"},
            ]
            order = {
                "idempotencyKey": f"{day}-{client}-{turn}",
                "customerEmail": f"{customer(client, turn)}@example.com",
                "customerName": "Ada Lovelace",
                "lines": lines,
            }
            payload = (await session.execute(GraphQLRequest(CREATE, variable_values={"input": order})))["createOrder"]
            assert payload["userErrors"] == []
            placed.append(payload["order"])
    return placed


@dataclass
class Day:
    """What one run did, and how long each part took."""

    orders: list[dict[str, Any]]
    customers: list[str]
    steady: Watch
    cut: Watch
    seconds: dict[str, float]

    @property
    def numbers(self) -> list[str]:
        return [order["number"] for order in self.orders]

    def assert_seen_once_and_in_order(self) -> None:
        """Both dashboards saw each order once, in the order of the stream."""
        for watch in (self.steady, self.cut):
            assert Counter(watch.numbers) == Counter(self.numbers)
            assert watch.sequences == sorted(set(watch.sequences))
        assert self.steady.seen == self.cut.seen


async def trade(shop: Shop, *, clients: int, orders_each: int) -> Day:
    """Let clients place orders while two dashboards watch, one of which is disconnected and resumes."""
    count, seconds = clients * orders_each, {}
    day = uuid4().hex  # Another run on the same database means other orders.
    head = (await shop.ask(HEAD))["orders"]["eventCursor"]
    steady, cut = Watch(), Watch()
    begun = time.monotonic()
    async with asyncio.timeout(PATIENCE_SECONDS), asyncio.TaskGroup() as group:
        group.create_task(steady.follow(shop, after=head, count=count))
        group.create_task(cut.follow_with_a_cut(shop, steady, after=head, cut_at=count // 3, count=count))
        placing = [group.create_task(place(shop, day=day, client=one, count=orders_each)) for one in range(clients)]
        orders = [order for task in placing for order in await task]
        seconds[f"{count} orders placed by {clients} clients"] = time.monotonic() - begun
    seconds["… and seen by both dashboards"] = time.monotonic() - begun
    customers = [customer(client, turn) for client in range(clients) for turn in range(orders_each)]
    return Day(orders, customers, steady, cut, seconds)


async def assert_side_effects(shop: Shop, day: Day, mails: Callable[[], Awaitable[Counter[str]]]) -> None:
    """Each order has one audit record, one mail and one finished processing; waits until the work is done."""
    begun = time.monotonic()
    wanted = Counter(day.numbers)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await are_done(shop, wanted) or sum((await mails()).values()) < len(day.orders):
            await asyncio.sleep(1)
    day.seconds["… and wholly processed"] = time.monotonic() - begun
    assert await finished(shop, wanted) == wanted
    assert await mails() == Counter(day.customers)
    audited = Counter(node["objectId"] for node in await shop.every(AUDIT, "auditRecords"))
    ids = {order["id"] for order in day.orders}
    assert {audited[one] for one in ids} == {1}
    assert (await shop.ask(AUDIT))["auditVerify"]["isIntact"]


async def are_done(shop: Shop, wanted: Counter[str]) -> bool:
    """Whether every wanted order is processed."""
    orders = await shop.every(ORDERS, "orders")
    return {order["processingStatus"] for order in orders if order["number"] in wanted} == {"DONE"}


async def finished(shop: Shop, wanted: Counter[str]) -> Counter[str]:
    """How often each of the wanted orders was finished."""
    events = await shop.every(PROCESSED, "orderEvents")
    done = (event["order"] for event in events if event["order"]["processingStatus"] == "DONE")
    return Counter(order["number"] for order in done if order["number"] in wanted)
