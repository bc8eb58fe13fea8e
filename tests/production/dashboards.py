"""Many dashboards: each follows all events on a socket, connects again after its end, and goes on after its cursor."""

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Self

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.e2e.shop import HEAD, Shop

EVENTS = "subscription Events($after: String) { orderEvents(after: $after) { sequence cursor } }"
AGAIN_SECONDS = 0.5
SEEN_SECONDS = 120
SIDE_BY_SIDE = 50
"""How many connect at a time at first."""


@dataclass(eq=False)
class Dashboard:
    """One of them."""

    shops: list[Shop]
    cursor: str
    connecting: asyncio.Semaphore
    sequences: list[int] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)
    """Close codes and other ends of its sockets."""
    seen: list[float] = field(default_factory=list)
    """When each event came, in the seconds of ``time.monotonic``."""
    live: asyncio.Event = field(default_factory=asyncio.Event)

    async def watch(self) -> None:
        """Follow the events until cancelled."""
        turn = random.randrange(len(self.shops))
        while True:
            shop = self.shops[turn % len(self.shops)]
            try:
                await self.connection(shop)
            except ConnectionClosed as closed:
                self.ends[str(closed.rcvd.code if closed.rcvd else "no close frame")] += 1
            except (OSError, InvalidHandshake, TimeoutError) as error:
                self.ends[f"not connected: {type(error).__name__}"] += 1
            self.live.clear()
            turn += 1
            await asyncio.sleep(random.uniform(0, AGAIN_SECONDS))

    async def connection(self, shop: Shop) -> None:
        """The life of one socket."""
        async with self.connecting:
            socket = await connect(
                f"ws{shop.address.removeprefix('http')}/graphql/",
                subprotocols=["graphql-transport-ws"],  # type: ignore[list-item]  # a NewType of str
                compression=None,
                ping_interval=None,
                open_timeout=60,
                close_timeout=1,
            )
            payload = {"authorization": f"Bearer {shop.token}"}
            await say(socket, {"type": "connection_init", "payload": payload})
            await socket.recv()
        async with socket:
            subscribe = {"query": EVENTS, "variables": {"after": self.cursor}}
            await say(socket, {"id": "1", "type": "subscribe", "payload": subscribe})
            self.live.set()
            async for message in socket:
                await self.take(socket, orjson.loads(message))
            raise ConnectionClosed(socket.protocol.close_rcvd, socket.protocol.close_sent)

    async def take(self, socket: ClientConnection, message: dict[str, Any]) -> None:
        """Keep an event, or the cursor of a ping."""
        match message:
            case {"type": "next", "payload": {"data": {"orderEvents": event}}}:
                self.sequences.append(int(event["sequence"]))
                self.seen.append(time.monotonic())
                self.cursor = event["cursor"]
            case {"type": "ping"}:
                self.cursor = message.get("payload", {}).get("1", self.cursor)
                await say(socket, {"type": "pong"})
            case {"type": "complete"}:
                self.ends["complete"] += 1
            case _:
                raise AssertionError(message)


async def say(socket: ClientConnection, message: dict[str, Any]) -> None:
    """Send a message."""
    await socket.send(orjson.dumps(message).decode())


class Dashboards:
    """All of them, while the ``async with`` block lasts."""

    def __init__(self, shops: list[Shop], number: int) -> None:
        self.shops, self.number = shops, number
        self.all: list[Dashboard] = []

    async def __aenter__(self) -> Self:
        cursor = (await self.shops[0].ask(HEAD))["orders"]["eventCursor"]
        connecting = asyncio.Semaphore(SIDE_BY_SIDE)
        self.all = [Dashboard(self.shops, cursor, connecting) for _ in range(self.number)]
        self.tasks = [asyncio.create_task(one.watch()) for one in self.all]
        await self.are_live()
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self.tasks:
            task.cancel()
        ends = await asyncio.gather(*self.tasks, return_exceptions=True)
        failures = [end for end in ends if not isinstance(end, asyncio.CancelledError)]
        assert failures == []

    async def are_live(self) -> None:
        """Wait until each is connected and subscribed."""
        async with asyncio.timeout(SEEN_SECONDS):
            for one in self.all:
                await one.live.wait()

    async def have_seen(self, head: int) -> None:
        """Wait until each has seen the event of this sequence."""
        async with asyncio.timeout(SEEN_SECONDS):
            while any(one.sequences[-1:] < [head] for one in self.all):
                await asyncio.sleep(0.05)

    def assert_each_once_and_in_order(self, first: int, head: int) -> None:
        """Each has seen each event from ``first`` to ``head`` once, in order."""
        wanted = list(range(first, head + 1))
        assert [one.sequences for one in self.all if one.sequences != wanted] == []

    def next_event(self, after: float) -> float:
        """How many seconds after this moment the last of them saw its next event."""
        return max(next(at for at in one.seen if at >= after) for one in self.all) - after

    @property
    def ends(self) -> Counter[str]:
        """How their sockets ended."""
        return sum((one.ends for one in self.all), Counter())
