"""Clients who order all the time and never give up, and a dashboard that reconnects when it is disconnected."""

import asyncio
import random
import statistics
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

import httpx
from gql import GraphQLRequest
from gql.transport.exceptions import TransportError
from websockets.exceptions import WebSocketException

from tests.e2e.shop import CREATE, HEAD, Shop
from tests.servers.processes import wait_until

EVENTS = """
subscription Events($after: String) {
  orderEvents(after: $after) { sequence cursor type order { number } }
}"""
ANSWER_SECONDS = 15.0
"""How long a client waits for an answer before it repeats the request."""
END_SECONDS = 180.0
REST_SECONDS = (0.5, 1.5)
"""The pause of a client between two orders."""
MOST_UNFINISHED = 40
"""With more effects to come the clients pause, so that a busy machine's worker can catch up."""
PACE_SECONDS = 1.0
"""How often they look at it, each time over a new connection: the database may have been restarted meanwhile."""
CUT_EVERY = 40
"""One event in so many makes the dashboard disconnect, and reconnect with its cursor."""
AGAIN = {"UNAVAILABLE", "INTERNAL"}


async def ask_patiently(shop: Shop, query: str) -> dict[str, Any]:
    """Repeat the query until it is answered: after a restart of the database, some pooled connections are dead."""
    async with asyncio.timeout(END_SECONDS):
        while True:
            try:
                return await shop.ask(query)
            except TransportError:
                await asyncio.sleep(0.1)


@dataclass
class Client:
    """A client that places one order after the other, and repeats each request under its key until it is answered."""

    shop: Shop
    name: str
    dice: random.Random
    rest_seconds: tuple[float, float] = REST_SECONDS
    acknowledged: dict[str, str] = field(default_factory=dict)
    """The number of each order, by customer."""
    answers: list[tuple[float, float]] = field(default_factory=list)
    """When each answer came, and how many seconds it took; without lost answers."""
    lost: Counter[str] = field(default_factory=Counter)
    """The errors in place of answers."""

    async def shop_until(self, closed: asyncio.Event, free: asyncio.Event) -> None:
        """Place orders until the shop closes, while it is free."""
        timeout = httpx.Timeout(ANSWER_SECONDS)
        async with httpx.AsyncClient(base_url=self.shop.address, headers=self.shop.headers, timeout=timeout) as http:
            turn = 0
            while not closed.is_set():
                customer = f"{self.name}-{turn}@example.com"
                self.acknowledged[customer] = await self.place(http, customer)
                turn += 1
                await asyncio.sleep(self.dice.uniform(*self.rest_seconds))
                await free.wait()

    async def place(self, http: httpx.AsyncClient, customer: str) -> str:
        """Place one order; return its number."""
        lines = [{"sku": "TEA-1", "quantity": self.dice.randint(1, 9), "unitPrice": "2.50"}]
        order = {"idempotencyKey": customer, "customerEmail": customer, "lines": lines}
        deadline = time.monotonic() + END_SECONDS
        while (number := await self.ask(http, {"query": CREATE, "variables": {"input": order}})) is None:
            assert time.monotonic() < deadline, f"{customer} got no answer in {END_SECONDS:g} s: {self.lost}"
            await asyncio.sleep(0.1)
        return number

    async def ask(self, http: httpx.AsyncClient, operation: dict[str, Any]) -> str | None:
        """One try: the order's number, or None for a lost answer."""
        began = time.monotonic()
        try:
            response = await http.post("/graphql/", json=operation)
        except httpx.TransportError as error:
            self.lost[type(error).__name__] += 1
            return None
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self.lost[f"HTTP {response.status_code}"] += 1
            return None
        answer = response.json()
        if codes := {error["extensions"]["code"] for error in answer.get("errors", [])}:
            assert codes <= AGAIN, answer
            self.lost.update(codes)
            return None
        payload = answer["data"]["createOrder"]
        if codes := {error["code"] for error in payload["userErrors"]}:
            assert codes == {"IDEMPOTENCY_IN_PROGRESS"}, answer
            self.lost.update(codes)
            return None
        self.answers.append((time.monotonic(), time.monotonic() - began))
        return str(payload["order"]["number"])


@dataclass
class Dashboard:
    """A dashboard that watches all events, and goes on from the last event's cursor whenever the socket is lost."""

    shop: Shop
    cursor: str
    dice: random.Random
    sequences: list[int] = field(default_factory=list)
    created: list[str] = field(default_factory=list)
    cuts: Counter[str] = field(default_factory=Counter)
    listening: asyncio.Event = field(default_factory=asyncio.Event)

    async def begin(self) -> None:
        """Read where the stream ends now."""
        self.cursor = (await ask_patiently(self.shop, HEAD))["orders"]["eventCursor"]

    async def watch(self) -> None:
        """Watch until cancelled."""
        while True:
            try:
                await self.watch_until_cut()
            except (TransportError, WebSocketException, OSError, TimeoutError) as error:
                self.cuts[type(error).__name__] += 1
                await asyncio.sleep(0.1)

    async def watch_until_cut(self) -> None:
        """The life of one socket."""
        async with self.shop.socket() as session:
            request = GraphQLRequest(EVENTS, variable_values={"after": self.cursor})
            async with aclosing(session.subscribe(request)) as results:
                self.listening.set()
                try:
                    await self.take(results)
                finally:
                    self.listening.clear()

    async def take(self, results: AsyncIterator[dict[str, Any]]) -> None:
        """Record the events; disconnect now and then."""
        async for result in results:
            event = result["orderEvents"]
            self.cursor = event["cursor"]
            self.sequences.append(int(event["sequence"]))
            if event["type"] == "ORDER_CREATED":
                self.created.append(event["order"]["number"])
            if self.dice.randrange(CUT_EVERY) == 0:
                self.cuts["hung up"] += 1
                return


class Traffic:
    """Clients and a dashboard, on their own thread while the ``with`` block lasts."""

    def __init__(
        self,
        shop: Shop,
        name: str,
        *,
        seed: str,
        backlog: Callable[[], int],
        clients: int = 4,
        rest_seconds: tuple[float, float] = REST_SECONDS,
        prefixes: tuple[str, str] = ("", ""),
    ) -> None:
        """``prefixes`` are those of the first client's name and of the others'."""
        self.shop, self.backlog, self.most_unfinished = shop, backlog, MOST_UNFINISHED
        names = [f"{prefixes[number > 0]}{name}-{number}" for number in range(clients)]
        self.clients = [Client(shop, one, random.Random(f"{seed} {one}"), rest_seconds) for one in names]
        self.dashboard = Dashboard(shop, "", random.Random(f"{seed} dashboard"))
        self.thread = threading.Thread(target=self.run, name="traffic")
        self.loop = asyncio.new_event_loop()
        self.closed, self.left, self.free = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.answered = threading.Event()
        self.failure: BaseException | None = None

    def __enter__(self) -> Self:
        self.thread.start()
        self.wait_for(lambda: self.orders, what="a first order")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for event in (self.closed, self.left):
            with suppress(RuntimeError):  # the loop has ended already
                self.loop.call_soon_threadsafe(event.set)
        self.thread.join(2 * END_SECONDS)
        if kind is None and self.failure is not None:
            raise self.failure

    @property
    def acknowledged(self) -> dict[str, str]:
        """The number of each order that a client knows of, by customer."""
        return {customer: number for client in self.clients for customer, number in client.acknowledged.items()}

    @property
    def orders(self) -> int:
        """How many orders were acknowledged."""
        return sum(len(client.acknowledged) for client in self.clients)

    @property
    def lost(self) -> Counter[str]:
        """The errors in place of answers."""
        return sum((client.lost for client in self.clients), Counter())

    def percentile_95(self, *, since: float = 0, until: float = float("inf")) -> float:
        """The 95th percentile of the seconds per answer, of the answers between these times."""
        taken = [took for client in self.clients for at, took in client.answers if since <= at <= until]
        return statistics.quantiles(taken, n=20, method="inclusive")[-1] if len(taken) > 1 else sum(taken)

    def wait_for(self, probe: Callable[[], object], *, what: str) -> None:
        """Wait for a condition; if the traffic has failed, raise its error."""

        def checked() -> bool:
            if self.failure is not None:
                raise self.failure
            return bool(probe())

        wait_until(checked, timeout_seconds=END_SECONDS, what=what)

    def place(self, orders: int) -> None:
        """Wait until so many more orders were acknowledged."""
        wanted = self.orders + orders
        self.wait_for(lambda: self.orders >= wanted, what=f"{orders} more orders; instead of answers: {self.lost}")

    def close(self) -> None:
        """Place no more orders; wait until each client has its last answer."""
        self.loop.call_soon_threadsafe(self.closed.set)
        self.wait_for(self.answered.is_set, what="the clients' last answers")

    def see(self, head: int) -> None:
        """Wait until the dashboard has seen the events up to this sequence."""
        self.wait_for(
            lambda: self.dashboard.sequences[-1:] >= [head],
            what=f"event {head} on the dashboard, which has seen {self.dashboard.sequences[-1:]}",
        )

    def run(self) -> None:
        """The thread."""
        try:
            with asyncio.Runner(loop_factory=lambda: self.loop) as runner:
                runner.run(self.day())
        except BaseException as error:  # the test has to see any error
            self.failure = error

    async def day(self) -> None:
        """The work of all clients and the dashboard."""
        await self.dashboard.begin()
        watching = asyncio.create_task(self.dashboard.watch())
        pacing = asyncio.create_task(self.pace())
        async with asyncio.TaskGroup() as group:
            for client in self.clients:
                group.create_task(client.shop_until(self.closed, self.free))
        self.answered.set()
        pacing.cancel()
        await self.left.wait()
        with suppress(TimeoutError):  # A client that is disconnected at this moment reconnects before the day ends.
            async with asyncio.timeout(ANSWER_SECONDS):
                await self.dashboard.listening.wait()
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching

    async def pace(self) -> None:
        """Make the clients pause while the backlog is too large."""
        while True:
            if self.closed.is_set() or await asyncio.to_thread(self.backlog) <= self.most_unfinished:
                self.free.set()
            else:
                self.free.clear()
            await asyncio.sleep(PACE_SECONDS)
