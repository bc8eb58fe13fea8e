"""Dashboards that subscribe while the channel layer has not told their server yet of what their page shows."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, aclosing, asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from gql import GraphQLRequest

from tests.e2e.shop import CREATE, CREATED, HEAD, Shop
from tests.e2e.stack import WEB, Embedded, Production, assert_ends_well, environment_of, is_ready
from tests.environment import ROOT
from tests.processes import Process, free_port
from tests.servers import PostgresServer, RedisServer

pytestmark = pytest.mark.e2e
SOON_SECONDS = 20.0
STATS = "subscription { orderStats(window: HOUR) { orders } }"
DROP = "mutation { pullPlug(input: {plug: CHANNEL_LAYER, seconds: 10}) { lab { __typename } } }"


@pytest.fixture(autouse=True)
def quiet_clients(caplog: pytest.LogCaptureFixture) -> None:
    """Requests are not worth a line each."""
    caplog.set_level(logging.WARNING, "httpx")


@asynccontextmanager
async def following(shop: Shop, query: str, **variables: Any) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    """A subscription on a socket of its own."""
    request = GraphQLRequest(query, variable_values=variables)
    async with shop.socket() as session, aclosing(session.subscribe(request)) as results:
        yield results


async def place(shop: Shop) -> str:
    """Place an order; its number."""
    lines = [{"sku": "TEA-1", "quantity": 1, "unitPrice": "2.50"}]
    order = {"customerEmail": "ada@example.com", "lines": lines}
    return str((await shop.ask(CREATE, input=order))["createOrder"]["order"]["number"])


async def watch(results: AsyncIterator[dict[str, Any]], seen: list[str]) -> None:
    """Note the orders that come."""
    async for result in results:
        seen += [result["orderCreated"]["order"]["number"]]


async def both_see(shop: Shop, one: list[str], other: list[str]) -> None:
    """Place orders until both have seen the same one: each has begun then, and goes on."""
    async with asyncio.timeout(SOON_SECONDS):
        while True:
            number = await place(shop)
            for _ in range(30):
                if number in one and number in other:
                    return
                await asyncio.sleep(0.1)


async def subscribe_behind(orders: Shop, dashboards: Shop, *, deafen: str | None = None) -> None:
    """Follow twice on a server that has not heard yet of an order which its page shows already."""
    async with AsyncExitStack() as stack:
        numbers = await stack.enter_async_context(following(dashboards, STATS))
        await anext(numbers)  # From now on the server follows the log.
        if deafen is not None:
            await dashboards.ask(deafen)
        await place(orders)
        page = (await dashboards.ask(HEAD))["orders"]["eventCursor"]
        seen: list[list[str]] = [[], []]
        async with asyncio.TaskGroup() as watching:
            tasks = []
            for after, noted in zip((page, None), seen, strict=True):
                results = await stack.enter_async_context(following(dashboards, CREATED, after=after))
                tasks.append(watching.create_task(watch(results, noted)))
            await both_see(orders, *seen)
            for task in tasks:
                task.cancel()
    assert is_ready(dashboards.address)


async def test_two_web_processes_one_of_which_hears_nothing(
    tmp_path: Path, postgres_server: PostgresServer, redis_server: RedisServer
) -> None:
    stack = Production(tmp_path, "uvicorn", environment_of(postgres_server.logins, redis_server.environment))
    orders = stack.prepare()
    dashboards = replace(orders, address=f"http://127.0.0.1:{free_port()}")
    with ExitStack() as ending:
        for name, shop, prefix in (("orders", orders, "here"), ("dashboards", dashboards, "elsewhere")):
            command = [part.format(port=shop.address.rpartition(":")[2]) for part in WEB["uvicorn"]]
            env = stack.env | {"CHANNEL_PREFIX": prefix}
            process = Process(name, [sys.executable, *command], directory=tmp_path, env=env)
            process.start()
            ending.callback(assert_ends_well, process)
            process.wait_until_ready(partial(is_ready, shop.address), timeout_seconds=60)
        await subscribe_behind(orders, dashboards)


async def test_the_labs_button_in_dev_up(tmp_path: Path) -> None:
    stack = Embedded(ROOT, env={"ORDERS_DATA_DIR": str(tmp_path)}, logs=tmp_path)
    stack.start()
    try:
        await subscribe_behind(stack.shop, stack.shop, deafen=DROP)
    finally:
        status = stack.stop()
    assert status == 0
