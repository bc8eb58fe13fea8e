"""Filters: cheap to write, and expensive to search or to compare."""

from contextlib import AsyncExitStack
from itertools import count
from typing import Any

from benchmarks.load.http_load import Connection
from tests.attack.attack import attack
from tests.attack.attacker import Attacker
from tests.attack.raw_connections import Socket

AT_ONCE = 24
SOCKETS, SUBSCRIPTIONS, CONDITIONS = 4, 100, 90
QUERY = "query Find($where: OrderWhere) { orders(first: 1, where: $where) { nodes { number } } }"
LIVE = "subscription Live($where: OrderWhere) { orderCreated(where: $where) { sequence } }"
REFUSALS = ("THROTTLED", "429", "QUERY_TOO_EXPENSIVE", "UNAVAILABLE")


def searches(number: int) -> dict[str, Any]:
    """A filter that has to look at all orders: a long word, short words, alternatives, a negation."""
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
    needs_reason=False,
)
async def where_text(attacker: Attacker) -> None:
    """Each request follows the answer to the one before."""
    numbers = count()

    async def one() -> None:
        async with Connection.to(attacker.port) as connection:
            while attacker.goes_on:
                variables = {"where": searches(next(numbers))}
                await attacker.post(connection, {"query": QUERY, "variables": variables}, attacker.read_token)

    await attacker.all_of(*(one() for _ in range(AT_ONCE)))


@attack(
    "where-live",
    f"{SOCKETS} sockets with {SUBSCRIPTIONS} subscriptions of {CONDITIONS} conditions each, and an order a second",
    *(*REFUSALS, "1008", "1013"),
    needs_reason=False,
)
async def where_live(attacker: Attacker) -> None:
    """All filters differ, and no order matches any of them."""

    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(Socket.to(attacker)) for _ in range(SOCKETS)]
        connection = await stack.enter_async_context(Connection.to(attacker.port))
        for which, socket in enumerate(sockets):
            await socket.open(attacker.read_token)
            for number in range(SUBSCRIPTIONS):
                await socket.subscribe(number, LIVE, variables={"where": live_filter(which * SUBSCRIPTIONS + number)})
        await attacker.all_of(attacker.paced(1, lambda number: attacker.order(connection, number)))


def live_filter(number: int) -> dict[str, Any]:
    """Alternatives that no order matches."""
    return {"OR": [{"text": f"none{number} like{one} this"} for one in range(CONDITIONS)]}
