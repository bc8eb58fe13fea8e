"""Filters: cheap to write, and expensive to find or to compare."""

from contextlib import AsyncExitStack
from itertools import count
from typing import Any

from benchmarks.http_load import Connection
from tests.attack.attack import attack
from tests.attack.foe import Foe
from tests.attack.wire import Socket

AT_ONCE = 24
SOCKETS, SUBSCRIPTIONS, CONDITIONS = 4, 100, 90
QUERY = "query Find($where: OrderWhere) { orders(first: 1, where: $where) { nodes { number } } }"
LIVE = "subscription Live($where: OrderWhere) { orderCreated(where: $where) { sequence } }"
REFUSALS = ("THROTTLED", "429", "QUERY_TOO_EXPENSIVE", "UNAVAILABLE")


def searches(number: int) -> dict[str, Any]:
    """A filter for which all orders have to be looked at: a long word, short words, alternatives, a negation."""
    kinds: tuple[dict[str, Any], ...] = (
        {"text": f"nothing-like-this-{number}"},
        {"text": f"zq x{number % 10} qz"},
        {"OR": [{"text": f"none{number}x{one}"} for one in range(20)]},
        {"NOT": {"OR": [{"text": letter} for letter in "abcdefghij"]}},
    )
    return kinds[number % len(kinds)]


@attack(
    "where-text",
    f"{AT_ONCE} searches at a time through all orders, by a token that may only read",
    *REFUSALS,
    must_be_told=False,
)
async def where_text(foe: Foe) -> None:
    """Each as soon as the one before was answered."""
    numbers = count()

    async def one() -> None:
        async with Connection.to(foe.port) as connection:
            while foe.goes_on:
                variables = {"where": searches(next(numbers))}
                await foe.post(connection, {"query": QUERY, "variables": variables}, foe.read_token)

    await foe.all_of(*(one() for _ in range(AT_ONCE)))


@attack(
    "where-live",
    f"{SOCKETS} sockets with {SUBSCRIPTIONS} subscriptions of {CONDITIONS} conditions each, and an order a second",
    *(*REFUSALS, "1008", "1013"),
    must_be_told=False,
)
async def where_live(foe: Foe) -> None:
    """No two filters are the same, and no order matches one."""

    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(Socket.to(foe)) for _ in range(SOCKETS)]
        connection = await stack.enter_async_context(Connection.to(foe.port))
        for which, socket in enumerate(sockets):
            await socket.open(foe.read_token)
            for number in range(SUBSCRIPTIONS):
                await socket.subscribe(number, LIVE, variables={"where": live_filter(which * SUBSCRIPTIONS + number)})
        await foe.all_of(foe.paced(1, lambda number: foe.order(connection, number)))


def live_filter(number: int) -> dict[str, Any]:
    """Alternatives of which none holds."""
    return {"OR": [{"text": f"none{number} like{one} this"} for one in range(CONDITIONS)]}
