"""Positions in the event stream: far behind other subscribers, and ahead of what the process knows."""

import asyncio
import time
from collections.abc import Coroutine, Iterator

import orjson

from benchmarks.load.http_load import Connection
from tests.attack.attack import Stage, attack
from tests.attack.attacker import Attacker
from tests.attack.raw_connections import Socket

FIRST = "{ orderEvents(first: 1) { nodes { cursor } } }"
HEAD = "{ orders(first: 1) { eventCursor } }"
RESUME = """subscription Resume($after: String) {
    orderEvents(after: $after) { sequence order { number customerEmail total { amount currency } lines { sku } } }
}"""
ORDERS, LATE_SECONDS, PATIENCE_SECONDS = 3, 2.5, 30.0
BURSTS_PER_SECOND = 2


def values(answer: object, name: str) -> Iterator[str]:
    """Each value of this name in an answer, at any depth."""
    inner = answer.items() if isinstance(answer, dict) else enumerate(answer) if isinstance(answer, list) else ()
    for key, value in inner:
        if key == name:
            yield value
        yield from values(value, name)


async def ask(attacker: Attacker, port: int, query: str, name: str) -> str:
    """The first value of this name in a query's answer.

    Raises:
        ConnectionResetError: there was none.
    """
    async with Connection.to(port) as connection:
        answer = orjson.loads(await attacker.post(connection, {"query": query}, attacker.read_token) or b"{}")
    found = next(values(answer, name), None)
    if found is None:
        raise ConnectionResetError(f"no {name}: {answer}")
    return found


@attack(
    "resumer",
    "a subscription that begins at the oldest of 33,500 events, and another of the tenant that is live",
    *("STREAM_LAGGED", "THROTTLED", "1008"),
    needs_reason=False,
    allocator_mib=60,
)
async def resumer(attacker: Attacker) -> None:
    """The resuming subscriber comes first. The live subscriber must still get an order in time."""
    cursor = await ask(attacker, attacker.port, FIRST, "cursor")
    lateness: list[float] = []

    async def resume(socket: Socket) -> None:
        await socket.open(attacker.read_token)
        await socket.subscribe(1, RESUME, variables={"after": cursor})
        await socket.ended.wait()

    async def be_live(socket: Socket) -> None:
        await socket.open(attacker.read_token)
        await socket.subscribe(1, RESUME)
        heard = asyncio.Event()
        socket.on_event = lambda _: heard.set()
        async with Connection.to(attacker.port) as connection:
            for number in range(ORDERS):
                heard.clear()
                await attacker.order(connection, number)
                began = time.monotonic()
                await heard.wait()
                lateness.append(time.monotonic() - began)

    async with Socket.to(attacker) as resuming, Socket.to(attacker) as live:
        await attacker.all_of(resume(resuming), after_a_moment(resuming, be_live(live)), patience=PATIENCE_SECONDS)
    if len(lateness) < ORDERS or max(lateness) > LATE_SECONDS:
        heard = ", ".join(f"{seconds:.1f} s" for seconds in lateness) or "nothing"
        attacker.harms.append(f"the live subscriber heard of {ORDERS} orders after {heard}, at most {LATE_SECONDS:g} s")


async def after_a_moment(first: Socket, work: Coroutine[None, None, None]) -> None:
    """Run ``work`` after the first subscriber has received its first events."""
    while not first.events:
        await asyncio.sleep(0.02)
    await work


@attack(
    "late-feed",
    "pairs of subscriptions, one of them after a cursor of which this process has not heard",
    needs_reason=False,
    stage=Stage.LATE_MESSAGES,
)
async def late_feed(attacker: Attacker) -> None:
    """An order through the second process, a page through it, and two dashboards at the first process."""

    async def burst(number: int) -> None:
        async with Connection.to(attacker.other_port) as connection:
            await attacker.order(connection, number)
        cursor = await ask(attacker, attacker.other_port, HEAD, "eventCursor")
        async with Socket.to(attacker) as resuming, Socket.to(attacker) as fresh:
            for socket, variables in ((resuming, {"after": cursor}), (fresh, {})):
                await socket.open(attacker.read_token)
                await socket.subscribe(1, RESUME, variables=variables)
            await asyncio.sleep(0.4)

    await attacker.all_of(attacker.paced(BURSTS_PER_SECOND, burst))
