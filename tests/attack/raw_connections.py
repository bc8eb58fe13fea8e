"""Connections that no ordinary client makes: raw bytes, frames made by hand, and reading only when it suits."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Self

from graphql_server.rfc6455.frames import FIN, LARGE, MASKED, SMALL, Opcode
from tests.attack.attacker import CUT, Attacker, HungUp, bearer

KEY = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13"
OPEN_SECONDS = 10.0
NO_MASK = bytes(4)
"""A mask that changes nothing, so that a frame costs the attacker nothing."""
SMALL_BUFFER = 65_536


class Line(asyncio.Protocol):
    """A TCP connection to the server; received bytes are kept in ``heard``."""

    def __init__(self, attacker: Attacker) -> None:
        self.attacker = attacker
        self.heard = bytearray()
        self.ended = asyncio.Event()
        self.clear = asyncio.Event()
        self.clear.set()
        self.is_leaving = False

    @classmethod
    @asynccontextmanager
    async def to(cls, attacker: Attacker, *, window_bytes: int = 0) -> AsyncIterator[Self]:
        """A connection, aborted at the end; the kernel keeps ``window_bytes`` of unread bytes, if that is given.

        Raises:
            OSError, TimeoutError: no connection was possible.
        """
        async with asyncio.timeout(OPEN_SECONDS):
            loop = asyncio.get_running_loop()
            plug = socket.socket()
            plug.setblocking(False)
            if window_bytes:
                plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window_bytes)
            await loop.sock_connect(plug, ("127.0.0.1", attacker.port))
            _, line = await loop.create_connection(lambda: cls(attacker), sock=plug)
        try:
            yield line
        finally:
            line.is_leaving = True
            if not line.ended.is_set():  # asyncio can't abort a transport that has ended after its last write.
                line.transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport
        self.transport.set_write_buffer_limits(SMALL_BUFFER)

    def data_received(self, data: bytes) -> None:
        self.heard += data

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended.set()
        self.clear.set()
        if not self.is_leaving:
            self.note_end()

    def note_end(self) -> None:
        """Count what the server sent before it closed: a status, otherwise that it cut the connection."""
        status = self.heard[9:12].decode(errors="replace") if self.heard.startswith(b"HTTP/1.") else ""
        self.attacker.answer_counts[status or CUT] += 1

    async def answer(self) -> None:
        """Wait for the beginning of an answer, or the end, and count which it was."""
        with suppress(TimeoutError):
            async with asyncio.timeout(OPEN_SECONDS):
                while not self.heard and not self.ended.is_set():
                    await asyncio.sleep(0.02)
        if not self.ended.is_set():
            self.is_leaving = True
            self.note_end() if self.heard else self.attacker.answer_counts.update(["no answer"])

    def pause_writing(self) -> None:
        self.clear.clear()

    def resume_writing(self) -> None:
        self.clear.set()

    async def put(self, data: bytes) -> None:
        """Send bytes; waits while the server reads none.

        Raises:
            HungUp: the server has closed the connection.
        """
        await self.clear.wait()
        if self.ended.is_set() or self.transport.is_closing():
            raise HungUp("The server hung up.")
        self.transport.write(data)


class Socket(Line):
    """A WebSocket with frames made by hand. Codes of errors, and of the close frame, are counted as they come."""

    def __init__(self, attacker: Attacker) -> None:
        super().__init__(attacker)
        self.is_open = asyncio.Event()
        self.acknowledged = asyncio.Event()
        self.is_closed = False
        self.events = 0
        self.on_event: Callable[[dict[str, Any]], None] = lambda _: None

    async def open(self, token: str = "", *, init: bool = True) -> Self:
        """Shake hands, and go through ``connection_init``.

        Raises:
            HungUp, TimeoutError: the server did not accept it.
        """
        head = "".join(f"\r\n{name}: {value}" for name, value in bearer(token).items())
        request = (
            f"GET /graphql/ HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{KEY}\r\n"
            f"Sec-WebSocket-Protocol: graphql-transport-ws{head}\r\n\r\n"
        )
        await self.put(request.encode())
        await self._until(self.is_open)
        if init:
            await self.say({"type": "connection_init"})
            await self._until(self.acknowledged)
        return self

    async def _until(self, event: asyncio.Event) -> None:
        waiting = [asyncio.ensure_future(one.wait()) for one in (event, self.ended)]
        _, late = await asyncio.wait(waiting, timeout=OPEN_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        for task in late:
            task.cancel()
        if not event.is_set():
            raise HungUp("The server did not take the socket.")

    async def say(self, message: dict[str, Any]) -> None:
        """Send a message of the protocol."""
        await self.put(frame(Opcode.TEXT, json.dumps(message).encode()))

    async def subscribe(self, number: int, query: str, **payload: Any) -> None:
        """Send ``subscribe``."""
        await self.say({"id": str(number), "type": "subscribe", "payload": {"query": query, **payload}})

    def note_close(self, code: str) -> None:
        """Count the reason for which the server ends the socket."""
        if not self.is_closed:
            self.attacker.answer_counts[code] += 1
        self.is_closed = True

    def note_end(self) -> None:
        if not self.is_closed:
            self.attacker.answer_counts[CUT] += 1

    def data_received(self, data: bytes) -> None:
        self.heard += data
        if not self.is_open.is_set():
            head, end, rest = self.heard.partition(b"\r\n\r\n")
            if not end:
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self.note_close(head[9:12].decode())
                return
            self.is_open.set()
            self.heard = rest
        while self._take_frame():
            pass

    def _take_frame(self) -> bool:
        """Take one whole frame of a server, which does not mask; return whether there was one."""
        heard = self.heard
        extra = {126: 2, 127: 8}.get(heard[1], 0) if len(heard) > 1 else 0
        body = 2 + extra
        if len(heard) < body:
            return False
        end = body + (int.from_bytes(heard[2:body], "big") if extra else heard[1])
        if len(heard) < end:
            return False
        opcode, payload = heard[0] & 0x0F, bytes(heard[body:end])
        del heard[:end]
        if opcode == Opcode.TEXT:
            self._take_message(payload)
        elif opcode == Opcode.CLOSE:
            self.note_close(str(int.from_bytes(payload[:2], "big") if payload else 1005))
        return True

    def _take_message(self, payload: bytes) -> None:
        if b'"connection_ack"' in payload[:60]:
            self.acknowledged.set()
        elif b'"ping"' in payload[:40] and not self.transport.is_closing():
            self.transport.write(frame(Opcode.TEXT, b'{"type":"pong"}'))
        elif b'"next"' in payload[:80] or b'"error"' in payload[:80]:
            self.events += 1
            self.attacker.note_answer(payload)
            self.on_event(json.loads(payload))


def frame(opcode: Opcode, payload: bytes, *, masked: bool = True) -> bytes:
    """A client's frame; an unmasked frame breaks the protocol."""
    mask, size = (MASKED, len(payload)) if masked else (0, len(payload))
    if size < SMALL:
        length = bytes((mask | size,))
    elif size < LARGE:
        length = bytes((mask | 126,)) + size.to_bytes(2, "big")
    else:
        length = bytes((mask | 127,)) + size.to_bytes(8, "big")
    return bytes((FIN | opcode,)) + length + (NO_MASK if masked else b"") + payload
