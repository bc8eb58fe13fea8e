"""A dashboard that loses its connection and comes back, over the real schema: every order once and in order."""

import pytest

from graphql_api.server import server
from graphql_api.tests.live.sockets import HOST, happen, notify
from graphql_server.testing.live_client import OpenClient

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases, pytest.mark.usefixtures("quiet")]

CREATED = "subscription ($after: String) { orderCreated(after: $after) { sequence order { customerName } } }"


async def test_orders_of_three_cuts_come_once_and_in_order(live: OpenClient) -> None:
    client = await live(server, headers=HOST)
    created = await client.subscribe(CREATED)
    names = []
    for number in range(3):
        await notify(await happen(customer_name=f"seen {number}"))
        await client.cut()
        await happen(customer_name=f"missed {number}")
        await client.resume()
        names += [f"seen {number}", f"missed {number}"]

    assert [(await created.expect())["orderCreated"]["order"]["customerName"] for _ in range(6)] == names


async def test_a_cursor_of_another_tenant_is_refused(live: OpenClient) -> None:
    client = await live(server, headers=HOST)
    created = await client.subscribe(CREATED, after="invented")

    assert await created.expect_code() == "BAD_USER_INPUT"
