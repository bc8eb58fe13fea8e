"""Connections that send too much before the request, or too slowly, or nothing."""

import asyncio

from tests.attack.attack import attack
from tests.attack.attacker import Attacker
from tests.attack.raw_connections import Line, Socket

HEADERS_BYTES, CHUNK = 54_000_000, 65_536
SLOW, SILENT, UNGREETED = 200, 500, 200
PATIENCE_SECONDS = 65.0
"""Daphne waits for a minute."""
DAPHNE = {"daphne": "It bounds heads in bytes, and not in time while they arrive slowly (docs/limits.md)."}


@attack(
    "headers-huge", f"a request with {HEADERS_BYTES // 1_000_000} MB of headers, again and again", "431", "400", "cut"
)
async def huge_headers(attacker: Attacker) -> None:
    """The heads are sent one after the other, on two connections."""

    async def one() -> None:
        while attacker.goes_on:
            async with Line.to(attacker) as line:
                await line.put(b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n")
                for number in range(HEADERS_BYTES // CHUNK):
                    if line.heard or line.ended.is_set():
                        break
                    await line.put(b"X-Fill-%d: " % number + b"a" * CHUNK + b"\r\n")
                if not line.ended.is_set():
                    await line.put(b"Connection: close\r\n\r\n")
                await line.answer()
            await asyncio.sleep(0.05)

    await attacker.all_of(one(), one())


@attack(
    "headers-slow",
    f"{SLOW} requests of whose headers a line comes each half second",
    "408",
    "431",
    "cut",
    "503",
    excused=DAPHNE,
)
async def slow_headers(attacker: Attacker) -> None:
    """The connections send slowly until they are cut off, for at most a minute after the attack's time."""

    async def one() -> None:
        async with Line.to(attacker) as line:
            await line.put(b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n")
            await attacker.paced(2, lambda number: line.put(b"X-Slow-%d: a\r\n" % number), PATIENCE_SECONDS)

    await attacker.all_of(*(one() for _ in range(SLOW)), patience=PATIENCE_SECONDS)


@attack("silent", f"{SILENT} connections that say nothing", "408", "cut", "503")
async def silent(attacker: Attacker) -> None:
    """The connections stay until they are cut off, for at most a minute after the attack's time."""

    async def one() -> None:
        async with Line.to(attacker) as line:
            await line.ended.wait()

    await attacker.all_of(*(one() for _ in range(SILENT)), patience=PATIENCE_SECONDS)


@attack("sockets-ungreeted", f"{UNGREETED} sockets that never send connection_init", "4408", "1013", "503")
async def ungreeted(attacker: Attacker) -> None:
    """The sockets stay until they are closed, for at most a minute after the attack's time."""

    async def one() -> None:
        async with Socket.to(attacker) as socket:
            await socket.open(init=False)
            await socket.ended.wait()

    await attacker.all_of(*(one() for _ in range(UNGREETED)), patience=PATIENCE_SECONDS)
