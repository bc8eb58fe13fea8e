"""Dashboards that subscribe before the channel layer has notified their server of the orders on their page."""

import asyncio
import sys
from contextlib import AsyncExitStack, ExitStack, aclosing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from gql import GraphQLRequest
from gql.client import AsyncClientSession

from tests.e2e.shop import CREATE, CREATED, HEAD, Shop
from tests.e2e.stack import WEB, Embedded, Production, assert_ends_well, environment_of, is_ready
from tests.environment import ROOT
from tests.form import LONG
from tests.servers.processes import Process, free_port
from tests.servers.products import PostgresServer, RedisServer

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("quiet_clients")]
SOON_SECONDS = 20.0
ROUNDS = 3 if LONG else 1
STATS = "subscription { orderStats(window: HOUR) { orders } }"
DROP = "mutation { pullPlug(input: {plug: CHANNEL_LAYER, seconds: 10}) { lab { __typename } } }"


def asked(query: str, **variables: Any) -> GraphQLRequest:
    """Send an operation as a client does."""
    return GraphQLRequest(query, variable_values=variables)


async def place(session: AsyncClientSession) -> str:
    """Place an order; its number."""
    lines = [{"sku": "TEA-1", "quantity": 1, "unitPrice": "2.50"}]
    order = {"customerEmail": "ada@example.com", "lines": lines}
    answer = await session.execute(asked(CREATE, input=order))
    return str(answer["createOrder"]["order"]["number"])


async def watch(session: AsyncClientSession, seen: list[str], **variables: Any) -> None:
    """Record the orders that come."""
    async with aclosing(session.subscribe(asked(CREATED, **variables))) as results:
        async for result in results:
            seen += [result["orderCreated"]["order"]["number"]]


async def both_see(session: AsyncClientSession, one: list[str], other: list[str]) -> None:
    """Place orders until both have seen the same order: then both have begun."""
    async with asyncio.timeout(SOON_SECONDS):
        while True:
            number = await place(session)
            for _ in range(30):
                if number in one and number in other:
                    return
                await asyncio.sleep(0.1)


async def follow_behind(orders: Shop, dashboards: Shop, *, deafen: str | None = None) -> None:
    """Several times, follow twice on a server that has not been notified yet of an order on the client's page."""
    async with AsyncExitStack() as stack:
        shop, pages = [await stack.enter_async_context(one.http()) for one in (orders, dashboards)]
        sockets = [await stack.enter_async_context(dashboards.socket()) for _ in range(3)]
        numbers = await stack.enter_async_context(aclosing(sockets[2].subscribe(asked(STATS))))
        await anext(numbers)  # From now on the server follows the log.
        for _ in range(ROUNDS):
            if deafen is not None:
                await pages.execute(asked(deafen))
            await place(shop)
            page = (await pages.execute(asked(HEAD)))["orders"]["eventCursor"]
            seen: list[list[str]] = [[], []]
            async with asyncio.TaskGroup() as watching:
                resumed = watching.create_task(watch(sockets[0], seen[0], after=page))
                fresh = watching.create_task(watch(sockets[1], seen[1]))
                await both_see(shop, *seen)
                resumed.cancel()
                fresh.cancel()
    assert is_ready(dashboards.address)


async def test_two_web_processes_one_of_which_hears_nothing(
    tmp_path: Path, postgres_server: PostgresServer, redis_server: RedisServer
) -> None:
    stack = Production(tmp_path, "uvicorn", environment_of(postgres_server.logins, redis_server.environment))
    orders = stack.prepare()
    dashboards = replace(orders, address=f"http://127.0.0.1:{free_port()}")
    with ExitStack() as ending:
        [dispatcher] = [process for process in stack.processes() if process.name == "dispatcher"]
        dispatcher.env = stack.env | {"CHANNEL_PREFIX": "here"}
        dispatcher.start()
        ending.callback(assert_ends_well, dispatcher)
        for name, shop, prefix in (("orders", orders, "here"), ("dashboards", dashboards, "elsewhere")):
            command = [part.format(port=shop.address.rpartition(":")[2]) for part in WEB["uvicorn"]]
            env = stack.env | {"CHANNEL_PREFIX": prefix}
            process = Process(name, [sys.executable, *command], directory=tmp_path, env=env)
            process.start()
            ending.callback(assert_ends_well, process)
            process.wait_until_ready(partial(is_ready, shop.address), timeout_seconds=60)
        await follow_behind(orders, dashboards)


@pytest.mark.long
async def test_the_labs_button_in_dev_up(tmp_path: Path) -> None:
    stack = Embedded(ROOT, env={"ORDERS_DATA_DIR": str(tmp_path)}, logs=tmp_path)
    stack.start()
    try:
        await follow_behind(stack.shop, stack.shop, deafen=DROP)
    finally:
        status = stack.stop()
    assert status == 0
