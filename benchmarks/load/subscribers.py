"""Cheap subscribers: messages are stored, and read afterwards.

Over a WebSocket: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md. Over HTTP, as server-sent events:
https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md.
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
LATE_SECONDS = 0.5
FIRST_HOST, HOSTS, SOCKETS_OF_A_HOST = 2, 200, 100
"""Subscribers connect from 127.0.0.2 and so on, as from many places: one address has too few ports for many thousands.
"""
NUMBER = re.compile(rb"bench-(\d+)")


class Fleet:
    """Subscribers on this event loop, with these subscriptions in turn."""

    def __init__(
        self, port: int, path: str, init: Mapping[str, Any], asks: Sequence[Ask], *, as_streams: bool = False
    ) -> None:
        self.port, self.path = port, path
        self.headers = init
        self.as_streams = as_streams
        self.init = orjson.dumps({"type": "connection_init", "payload": init})
        self.asks = asks
        self.subscribers: list[Subscriber | StreamSubscriber] = []
        self.opened = 0
        self.lost = 0
        self.arrived = 0
        self.awaited = 0
        self.complete = asyncio.Event()

    async def open(self, count: int) -> None:
        """Connect this number of new subscribers; returns when the server has accepted all subscriptions.

        Raises:
            ConnectionError, TimeoutError: the server did not accept them.
        """
        room = asyncio.Semaphore(OPENING_AT_ONCE)

        async def open_one(index: int) -> None:
            async with room, asyncio.timeout(OPENING_SECONDS):
                kind = StreamSubscriber if self.as_streams else Subscriber
                subscriber = kind(self, self.asks[index % len(self.asks)])
                await subscriber.connect((f"127.0.0.{FIRST_HOST + index // SOCKETS_OF_A_HOST % HOSTS}", 0))
                await subscriber.taken

        async with asyncio.TaskGroup() as group:
            for index in range(self.opened, self.opened + count):
                group.create_task(open_one(index))
        self.opened += count

    def expect(self, sent: range) -> None:
        """Begin to wait until each subscriber has received those of these orders that match its subscription."""
        self.arrived, self.awaited = 0, sum(len(one.ask.expected(sent)) for one in self.subscribers)
        self.complete.clear()
        if not self.awaited:
            self.complete.set()

    async def wait(self, *, timeout_seconds: float) -> bool:
        """Whether all expected events came in time; the check of the deliveries reports missing ones."""
        try:
            async with asyncio.timeout(timeout_seconds):
                await self.complete.wait()
        except TimeoutError:
            return False
        return True

    async def hear_out(self) -> None:
        """Let each server answer a ping, so that all earlier messages have come."""
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
        """Close all connections."""
        for subscriber in self.subscribers:
            subscriber.pong.cancel()
        await asyncio.gather(*(subscriber.disconnect() for subscriber in self.subscribers))


def numbers_in(payloads: Sequence[bytes]) -> list[int]:
    """The number in each payload's order; -1 if it has none, as an error."""
    return [int(found[1]) if (found := NUMBER.search(payload)) else -1 for payload in payloads]


class Subscriber(picows.WSListener):
    """One socket with one subscription."""

    def __init__(self, fleet: Fleet, ask: Ask) -> None:
        self.fleet = fleet
        self.ask = ask
        self.received: list[tuple[float, bytes]] = []
        self.taken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.pong: asyncio.Future[None] = self.taken

    async def connect(self, local_address: tuple[str, int]) -> None:
        """Open the socket."""
        await picows.ws_connect(
            lambda: self,
            f"ws://127.0.0.1:{self.fleet.port}{self.fleet.path}",
            extra_headers={"Sec-WebSocket-Protocol": "graphql-transport-ws"},
            websocket_handshake_timeout=OPENING_SECONDS,
            local_addr=local_address,
        )

    async def disconnect(self) -> None:
        """Close the connection."""
        self.transport.disconnect(graceful=False)
        await self.transport.wait_disconnected()

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
        """Answer messages that are not events."""
        match message["type"]:
            case "connection_ack":
                payload = {"query": self.ask.query, "variables": self.ask.variables}
                self.say(orjson.dumps({"id": "1", "type": "subscribe", "payload": payload}))
                self.pong = self.taken  # A pong shows that the subscription before it was accepted.
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


class StreamSubscriber(asyncio.Protocol):
    """One HTTP response of server-sent events."""

    def __init__(self, fleet: Fleet, ask: Ask) -> None:
        self.fleet = fleet
        self.ask = ask
        self.received: list[tuple[float, bytes]] = []
        self.taken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.pong: asyncio.Future[None] = self.taken
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.rest = b""

    async def connect(self, local_address: tuple[str, int]) -> None:
        """Send the request."""
        fleet = self.fleet
        await asyncio.get_running_loop().create_connection(
            lambda: self, "127.0.0.1", fleet.port, local_addr=local_address
        )
        body = orjson.dumps({"query": self.ask.query, "variables": self.ask.variables})
        headers = {"Host": "127.0.0.1", "Content-Type": "application/json", "Accept": "text/event-stream"}
        lines = [f"{name}: {value}" for name, value in {**headers, **fleet.headers}.items()]
        head = "\r\n".join([f"POST {fleet.path} HTTP/1.1", *lines, f"Content-Length: {len(body)}"])
        self.transport.write(f"{head}\r\n\r\n".encode() + body)

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.fleet.subscribers.append(self)

    def data_received(self, data: bytes) -> None:
        *blocks, self.rest = (self.rest + data).split(b"\n\n")
        fleet = self.fleet
        for block in blocks:
            if b"event: next" in block:
                self.received.append((time.perf_counter(), block))
                fleet.arrived += 1
                if fleet.arrived == fleet.awaited:
                    fleet.complete.set()
            elif b"retry: " in block and not self.taken.done():
                self.taken.set_result(None)

    def ping(self) -> asyncio.Future[None]:
        """Done after a while in which late messages come: a client of a stream can ask for nothing."""
        loop = asyncio.get_running_loop()
        self.pong = loop.create_future()
        loop.call_later(LATE_SECONDS, self.pong.set_result, None)
        return self.pong

    async def disconnect(self) -> None:
        """Close the connection."""
        self.transport.abort()
        await self.ended

    def connection_lost(self, exc: Exception | None) -> None:
        self.fleet.lost += 1
        self.ended.set_result(None)
        for waiting in (self.taken, self.pong):
            if not waiting.done():
                waiting.set_exception(ConnectionError("The server hung up."))
