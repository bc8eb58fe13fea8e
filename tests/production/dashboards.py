"""Many dashboards: each follows all events on a socket, connects again after its end, and goes on after its cursor.

They take little time, so that a thousand of them show how late the system is, and not how late they are.
"""

import asyncio
import random
import re
import socket
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Self

import orjson
import picows

from tests.e2e.shop import HEAD, Shop

EVENTS = "subscription Events($after: String) { orderEvents(after: $after) { sequence cursor } }"
EVENT = re.compile(rb'"payload":\{"data":\{"orderEvents":\{"sequence":"(\d+)","cursor":"([^"]+)"')
AGAIN_SECONDS = 0.5
OPEN_SECONDS = 60
SEEN_SECONDS = 120
SIDE_BY_SIDE = 50
"""How many connect at a time at first."""
RESTART = 1012


@dataclass(eq=False)
class Dashboard:
    """One of them."""

    shops: list[Shop]
    cursor: str
    connecting: asyncio.Semaphore
    sequences: list[int] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)
    """How its sockets ended."""
    seen: list[float] = field(default_factory=list)
    """When each event came, in the seconds of ``time.monotonic``."""
    live: asyncio.Event = field(default_factory=asyncio.Event)

    async def watch(self) -> None:
        """Follow the events until cancelled."""
        turn = random.randrange(len(self.shops))
        while True:
            try:
                self.ends[await self.life(self.shops[turn % len(self.shops)])] += 1
            except (OSError, picows.WSError, TimeoutError) as error:
                self.ends[f"not connected: {type(error).__name__}"] += 1
            self.live.clear()
            turn += 1
            await asyncio.sleep(random.uniform(0, AGAIN_SECONDS))

    async def life(self, shop: Shop) -> str:
        """The life of one socket; how it ended."""
        listener = Listener(self, shop)
        try:
            async with self.connecting, asyncio.timeout(OPEN_SECONDS):
                await picows.ws_connect(
                    lambda: listener,
                    f"ws{shop.address.removeprefix('http')}/graphql/",
                    extra_headers={"Sec-WebSocket-Protocol": "graphql-transport-ws"},
                    websocket_handshake_timeout=OPEN_SECONDS,
                    socket_factory=lambda _: listener.connection,
                )
                begun: list[asyncio.Future[Any]] = [listener.subscribed, listener.ended]
                await asyncio.wait(begun, return_when=asyncio.FIRST_COMPLETED)
            return await asyncio.shield(listener.ended)
        finally:
            await listener.leave()


class Listener(picows.WSListener):
    """One socket of a dashboard."""

    def __init__(self, dashboard: Dashboard, shop: Shop) -> None:
        loop = asyncio.get_running_loop()
        self.dashboard, self.shop = dashboard, shop
        self.subscribed: asyncio.Future[None] = loop.create_future()
        self.ended: asyncio.Future[str] = loop.create_future()
        self.has_event = self.is_complete = False
        self.code: int | None = None
        self.transport: picows.WSTransport | None = None
        self.connection = socket.socket()
        self.connection.setblocking(False)

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        """Say who we are."""
        self.transport = transport
        self.say(transport, {"type": "connection_init", "payload": {"authorization": f"Bearer {self.shop.token}"}})

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        """Take a message, or the server's close, which is answered."""
        if frame.msg_type is picows.WSMsgType.TEXT:
            self.take(transport, frame.get_payload_as_bytes())
        elif frame.msg_type is picows.WSMsgType.CLOSE:
            self.code = int.from_bytes(frame.get_payload_as_bytes()[:2], "big")
            transport.send_close()
            transport.disconnect()

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        """Tell the dashboard."""
        if not self.ended.done():
            self.ended.set_result(self.end())

    def end(self) -> str:
        """How it ended: a close code, and whether the subscription was completed before."""
        if self.code is None:
            return "no close frame"
        if self.code == RESTART and self.has_event and not self.is_complete:
            return f"{self.code} without complete"
        return f"complete, {self.code}" if self.is_complete else str(self.code)

    def take(self, transport: picows.WSTransport, message: bytes) -> None:
        """Keep an event, or the cursor of a ping."""
        dashboard = self.dashboard
        if found := EVENT.search(message):
            dashboard.sequences.append(int(found[1]))
            dashboard.seen.append(time.monotonic())
            dashboard.cursor = found[2].decode()
            self.has_event = True
            return
        said = orjson.loads(message)
        match said["type"]:
            case "connection_ack":
                payload = {"query": EVENTS, "variables": {"after": dashboard.cursor}}
                self.say(transport, {"id": "1", "type": "subscribe", "payload": payload})
                self.subscribed.set_result(None)
                dashboard.live.set()
            case "ping":
                dashboard.cursor = said.get("payload", {}).get("1", dashboard.cursor)
                self.say(transport, {"type": "pong"})
            case "complete":
                self.is_complete = True
            case _ if not self.ended.done():
                self.ended.set_exception(AssertionError(message))

    async def leave(self) -> None:
        """Wait until the connection has ended, without a close. picows keeps one whose handshake was refused open."""
        if self.transport is not None:
            self.transport.disconnect(graceful=False)
            await self.transport.wait_disconnected()
            return
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:  # It was not connected.
            self.connection.close()

    @staticmethod
    def say(transport: picows.WSTransport, message: dict[str, object]) -> None:
        """Send a message."""
        transport.send(picows.WSMsgType.TEXT, orjson.dumps(message))


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

    def caught_up(self, head: int, since: float) -> float:
        """How many seconds after this moment the last of them saw the event of this sequence; 0 if it had seen it."""
        return max(0.0, *(one.seen[one.sequences.index(head)] - since for one in self.all))

    @property
    def ends(self) -> Counter[str]:
        """How their sockets ended."""
        return sum((one.ends for one in self.all), Counter())
