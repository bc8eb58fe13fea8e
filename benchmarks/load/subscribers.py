"""Cheap subscribers of the graphql-transport-ws protocol: messages are stored, and read afterwards.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import picows

from benchmarks.peers.operations import Ask

OPENING_AT_ONCE = 8
OPENING_SECONDS = 240
FIRST_HOST, HOSTS, SOCKETS_OF_A_HOST = 2, 200, 100
"""Subscribers come from 127.0.0.2 and so on, as from many places: one address has too few ports for many thousands."""
NUMBER = re.compile(rb"bench-(\d+)")


class Fleet:
    """Subscribers on this event loop, with these subscriptions in turn."""

    def __init__(self, port: int, path: str, init: Mapping[str, Any], asks: Sequence[Ask]) -> None:
        self.url = f"ws://127.0.0.1:{port}{path}"
        self.init = orjson.dumps({"type": "connection_init", "payload": init})
        self.asks = asks
        self.subscribers: list[Subscriber] = []
        self.opened = 0
        self.lost = 0
        self.arrived = 0
        self.awaited = 0
        self.complete = asyncio.Event()

    async def open(self, count: int) -> None:
        """Connect so many more and subscribe each; returns when the server has taken all subscriptions.

        Raises:
            ConnectionError, TimeoutError: the server did not take them.
        """
        room = asyncio.Semaphore(OPENING_AT_ONCE)

        async def open_one(index: int) -> None:
            async with room, asyncio.timeout(OPENING_SECONDS):
                subscriber = Subscriber(self, self.asks[index % len(self.asks)])
                await picows.ws_connect(
                    lambda: subscriber,
                    self.url,
                    extra_headers={"Sec-WebSocket-Protocol": "graphql-transport-ws"},
                    websocket_handshake_timeout=OPENING_SECONDS,
                    local_addr=(f"127.0.0.{FIRST_HOST + index // SOCKETS_OF_A_HOST % HOSTS}", 0),
                )
                await subscriber.taken

        async with asyncio.TaskGroup() as group:
            for index in range(self.opened, self.opened + count):
                group.create_task(open_one(index))
        self.opened += count

    def expect(self, number: int) -> None:
        """Begin to wait until all who are to hear of this order have."""
        told = range(number, number + 1)
        self.arrived, self.awaited = 0, sum(len(one.ask.expected(told)) for one in self.subscribers)
        self.complete.clear()
        if not self.awaited:
            self.complete.set()

    async def wait(self, *, timeout_seconds: float) -> bool:
        """Whether all that is expected came in time; what is missing, a check of the deliveries will tell."""
        try:
            async with asyncio.timeout(timeout_seconds):
                await self.complete.wait()
        except TimeoutError:
            return False
        return True

    async def hear_out(self) -> None:
        """Let each server's end answer a ping, so that all it had to say before has come."""
        async with asyncio.timeout(OPENING_SECONDS):
            await asyncio.gather(*(subscriber.ping() for subscriber in self.subscribers))

    def forget(self) -> None:
        """Drop what was received so far."""
        for subscriber in self.subscribers:
            subscriber.received.clear()

    def expected_numbers(self, sent: range) -> list[range]:
        """For each subscriber the numbers of the orders that it should receive."""
        return [one.ask.expected(sent) for one in self.subscribers]

    def received_numbers(self) -> list[list[int]]:
        """For each subscriber the numbers of the orders that it received, as they came."""
        return [numbers_in([payload for _, payload in one.received]) for one in self.subscribers]

    def arrivals(self) -> list[tuple[int, float]]:
        """Each delivery's order number and time, by ``perf_counter``."""
        return [
            (number, when)
            for one in self.subscribers
            for number, (when, _) in zip(numbers_in([text for _, text in one.received]), one.received, strict=True)
        ]

    async def close(self) -> None:
        """Hang up all."""
        for subscriber in self.subscribers:
            subscriber.pong.cancel()
            subscriber.transport.disconnect(graceful=False)
        await asyncio.gather(*(subscriber.transport.wait_disconnected() for subscriber in self.subscribers))


def numbers_in(payloads: Sequence[bytes]) -> list[int]:
    """The number in each payload's order; -1 for one that has none, as an error has."""
    return [int(found[1]) if (found := NUMBER.search(payload)) else -1 for payload in payloads]


class Subscriber(picows.WSListener):
    """One socket with one subscription."""

    def __init__(self, fleet: Fleet, ask: Ask) -> None:
        self.fleet = fleet
        self.ask = ask
        self.received: list[tuple[float, bytes]] = []
        self.taken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.pong: asyncio.Future[None] = self.taken

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        self.transport = transport
        self.fleet.subscribers.append(self)
        self.say(self.fleet.init)

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        payload = frame.get_payload_as_bytes()
        if b'"next"' in payload:
            self.received.append((time.perf_counter(), payload))
            fleet = self.fleet
            fleet.arrived += 1
            if fleet.arrived == fleet.awaited:
                fleet.complete.set()
        elif frame.msg_type is picows.WSMsgType.TEXT:
            self.converse(orjson.loads(payload))

    def converse(self, message: dict[str, Any]) -> None:
        """Answer what is no event."""
        match message["type"]:
            case "connection_ack":
                payload = {"query": self.ask.query, "variables": self.ask.variables}
                self.say(orjson.dumps({"id": "1", "type": "subscribe", "payload": payload}))
                self.pong = self.taken  # A pong tells that the subscription before it was taken.
                self.say(b'{"type":"ping"}')
            case "ping":
                self.say(b'{"type":"pong"}')
            case "pong" if not self.pong.done():
                self.pong.set_result(None)
            case "error" | "complete":
                self.fail(ConnectionError(f"The subscription ended: {message}"))

    def ping(self) -> asyncio.Future[None]:
        """Done when the server has answered."""
        self.pong = asyncio.get_running_loop().create_future()
        self.say(b'{"type":"ping"}')
        return self.pong

    def say(self, text: bytes) -> None:
        self.transport.send(picows.WSMsgType.TEXT, text)

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        self.fleet.lost += 1
        self.fail(ConnectionError("The server hung up."))

    def fail(self, error: ConnectionError) -> None:
        """Wake the waiting tasks."""
        if not self.pong.done():
            self.pong.set_exception(error)
