"""Frames of the WebSocket protocol itself, which request no operation."""

import asyncio
import time
from contextlib import AsyncExitStack, suppress

from graphql_server.rfc6455.frames import Opcode
from tests.attack.attack import attack
from tests.attack.attacker import CUT, KEPT, Attacker
from tests.attack.raw_connections import Socket, frame

BLOCK = 1000
"""How many frames are sent at a time."""
VIOLATORS = 50
WINDOW_BYTES = 4096
ENDING_SECONDS = 10.0
"""After this time, a server has cut off clients that do not read its close frame."""


@attack("pongs", "empty pongs without end over one socket", "1008", CUT)
async def pongs(attacker: Attacker) -> None:
    """No frame of the protocol has to be answered."""
    block = frame(Opcode.PONG, b"") * BLOCK

    async def flood() -> None:
        async with Socket.to(attacker) as socket:
            await socket.open(attacker.read_token)
            while attacker.goes_on:
                await socket.put(block)
                await asyncio.sleep(0)

    await attacker.all_of(flood())


@attack("pings-unread", "pings without end of a peer that never reads the pongs", "1008", "4408", CUT)
async def unread_pings(attacker: Attacker) -> None:
    """At the end it reads, to count the server's answers."""
    block = frame(Opcode.PING, b"p" * 125) * BLOCK

    async def flood() -> None:
        async with Socket.to(attacker, window_bytes=WINDOW_BYTES) as socket:
            await socket.open(attacker.read_token)
            socket.transport.pause_reading()
            with suppress(TimeoutError, ConnectionError):
                async with asyncio.timeout(attacker.left):
                    while True:
                        await socket.put(block)
                        await asyncio.sleep(0)
            socket.transport.resume_reading()
            await hear_the_end(socket)

    await attacker.all_of(flood(), patience=ENDING_SECONDS + 1)


@attack("violation-unread", f"{VIOLATORS} peers that break the protocol and read nothing more", CUT)
async def violation(attacker: Attacker) -> None:
    """Each socket first gets so much data that the close frame has no room; they wait to be cut off."""
    pings = frame(Opcode.PING, b"p" * 125) * BLOCK * 20
    broken = frame(Opcode.TEXT, b"{}", masked=False)
    before = attacker.open_on_the_server()

    async with AsyncExitStack() as stack:
        for _ in range(VIOLATORS):
            socket = await stack.enter_async_context(Socket.to(attacker, window_bytes=WINDOW_BYTES))
            await socket.open(attacker.read_token)
            socket.transport.pause_reading()
            socket.transport.write(pings + broken)
        patience = time.monotonic() + attacker.left + ENDING_SECONDS
        while (kept := attacker.open_on_the_server() - before) > 0 and time.monotonic() < patience:
            await asyncio.sleep(0.2)
    if kept > 0:
        attacker.answer_counts[KEPT] = kept
    attacker.answer_counts[CUT] = VIOLATORS - max(0, kept)


async def hear_the_end(socket: Socket) -> None:
    """Wait until the server closes; if it does not, count that."""
    try:
        async with asyncio.timeout(ENDING_SECONDS):
            await socket.ended.wait()
    except TimeoutError:
        socket.attacker.answer_counts[KEPT] += 1
