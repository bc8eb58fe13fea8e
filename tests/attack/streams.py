"""Positions in the event stream: far behind what others are told, and ahead of what the process knows."""

import asyncio
from collections.abc import Iterator

import orjson

from benchmarks.http_load import Connection
from tests.attack.attack import CROWDED, Stage, attack
from tests.attack.foe import Foe
from tests.attack.wire import Socket

FIRST = "{ orderEvents(first: 1) { nodes { cursor } } }"
HEAD = "{ orders(first: 1) { eventCursor } }"
RESUME = """subscription Resume($after: String) {
    orderEvents(after: $after) { sequence order { number customerEmail total { amount currency } lines { sku } } }
}"""
BURSTS_PER_SECOND = 2


def values(answer: object, name: str) -> Iterator[str]:
    """Each value of this name in an answer, at any depth."""
    inner = answer.items() if isinstance(answer, dict) else enumerate(answer) if isinstance(answer, list) else ()
    for key, value in inner:
        if key == name:
            yield value
        yield from values(value, name)


async def ask(foe: Foe, port: int, query: str, name: str) -> str:
    """The first value of this name in a query's answer.

    Raises:
        ConnectionResetError: there was none.
    """
    async with Connection.to(port) as connection:
        answer = orjson.loads(await foe.post(connection, {"query": query}, foe.read_token) or b"{}")
    found = next(values(answer, name), None)
    if found is None:
        raise ConnectionResetError(f"no {name}: {answer}")
    return found


@attack(
    "resumer",
    "a subscription that begins at the oldest of 33,500 events, beside live ones of the same tenant",
    *("STREAM_LAGGED", "THROTTLED", "1008"),
    must_be_told=False,
    beside=CROWDED,
)
async def resumer(foe: Foe) -> None:
    """It asks for the same as others might, and takes it as fast as it comes."""
    cursor = await ask(foe, foe.port, FIRST, "cursor")

    async def resume() -> None:
        async with Socket.to(foe) as socket:
            await socket.open(foe.read_token)
            await socket.subscribe(1, RESUME, variables={"after": cursor})
            await socket.ended.wait()

    await foe.all_of(resume())


@attack(
    "late-hub",
    "pairs of subscriptions, one of them after a cursor of which this process has not heard",
    must_be_told=False,
    stage=Stage.LATE_MESSAGES,
)
async def late_hub(foe: Foe) -> None:
    """An order through the second process, a page through it, and two dashboards at the first."""

    async def burst(number: int) -> None:
        async with Connection.to(foe.other_port) as connection:
            await foe.order(connection, number)
        cursor = await ask(foe, foe.other_port, HEAD, "eventCursor")
        async with Socket.to(foe) as resuming, Socket.to(foe) as fresh:
            for socket, variables in ((resuming, {"after": cursor}), (fresh, {})):
                await socket.open(foe.read_token)
                await socket.subscribe(1, RESUME, variables=variables)
            await asyncio.sleep(0.4)

    await foe.all_of(foe.paced(BURSTS_PER_SECOND, burst))
