"""Attacks on memory: subscriptions that differ, operation names that differ, and large events."""

from contextlib import AsyncExitStack
from itertools import count
from typing import Any

from benchmarks.load.http_load import Connection, request_of
from benchmarks.peers.operations import OURS
from tests.attack.attack import attack
from tests.attack.attacker import Attacker, bearer
from tests.attack.raw_connections import Socket

DISTINCT, ON_A_SOCKET, ALIASES = 2_000, 100, 99
NAMES, NAME_BYTES = 600, 500_000
LINES = 500
NAMED = "subscription a { orderCreated { sequence } }"
CONNECTIONS = 4


def distinct(number: int) -> str:
    """A subscription that no other client has, with as many aliased fields as are allowed."""
    fields = " ".join(f"f{number}x{one}:number" for one in range(ALIASES))
    return f"subscription{{orderCreated{{order{{{fields}}}}}}}"


@attack(
    "subscriptions-distinct",
    f"{DISTINCT:,} subscriptions of which no two are the same",
    *("THROTTLED", "1008", "1013", "QUERY_TOO_EXPENSIVE"),
    needs_reason=False,
    allocator_mib=60,
)
async def subscriptions(attacker: Attacker) -> None:
    """Over twenty sockets, with two orders a second, so that each gets payloads."""

    async def one(socket: Socket, first: int) -> None:
        await socket.open(attacker.read_token)
        for number in range(first, first + ON_A_SOCKET):
            await socket.subscribe(number, distinct(number))
        await socket.ended.wait()

    async with AsyncExitStack() as stack:
        firsts = range(0, DISTINCT, ON_A_SOCKET)
        sockets = [await stack.enter_async_context(Socket.to(attacker)) for _ in firsts]
        connection = await stack.enter_async_context(Connection.to(attacker.port))
        ordering = attacker.paced(2, lambda number: attacker.order(connection, number))
        await attacker.all_of(ordering, *(one(socket, first) for socket, first in zip(sockets, firsts, strict=True)))


@attack(
    "operation-names",
    f"{NAMES} times one subscription under operation names of {NAME_BYTES // 1000} kB",
    *("THROTTLED", "1008", "1009", "4400", "BAD_USER_INPUT", "QUERY_TOO_EXPENSIVE"),
)
async def operation_names(attacker: Attacker) -> None:
    """Over four sockets, as many as the server accepts in the time; the document itself is known, and runs."""
    numbers = iter(range(1, NAMES + 1))
    filler = "n" * NAME_BYTES

    async def one() -> None:
        async with Socket.to(attacker) as socket:
            await socket.open(attacker.read_token)
            await socket.subscribe(0, NAMED)
            for number in numbers:
                await socket.subscribe(number, NAMED, operationName=f"{filler}{number}")
            await socket.ended.wait()

    await attacker.all_of(*(one() for _ in range(CONNECTIONS)))


@attack(
    "events-big",
    f"orders of {LINES} lines with long names, while a subscription of the tenant is open",
    *("THROTTLED", "429"),
    needs_reason=False,
    allocator_mib=60,
)
async def big_events(attacker: Attacker) -> None:
    """The orders are sent as fast as the server accepts them, over four connections."""
    numbers = count(attacker.first_number)
    name = "a long name " * 16

    def order() -> dict[str, Any]:
        lines = [
            {"sku": f"SKU-{one}", "name": f"{name}{one}", "quantity": 1, "unitPrice": "1.00"} for one in range(LINES)
        ]
        return {"input": OURS.new(next(numbers)) | {"lines": lines}}

    async def one() -> None:
        async with Connection.to(attacker.port) as connection:
            while attacker.goes_on:
                request = request_of("/graphql/", bearer(attacker.write_token), OURS.create_order, order())
                await attacker.send(connection, request)

    async with Socket.to(attacker) as socket:
        await socket.open(attacker.read_token)
        await socket.subscribe(1, "subscription { orderCreated { sequence } }")
        await attacker.all_of(*(one() for _ in range(CONNECTIONS)))
