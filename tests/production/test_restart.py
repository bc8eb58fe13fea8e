"""Web processes end and are replaced under load: no mutation fails, and dashboards see each event once, in order."""

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg
import pytest

from tests.e2e.shop import CREATE, Shop
from tests.environment import report_key
from tests.faults.traffic import Traffic
from tests.form import LONG
from tests.production.dashboards import Dashboards
from tests.production.hosts import Host, Hosts, hosts
from tests.runner.skips import NO_HAPROXY
from tests.servers.processes import wait_until
from tests.servers.server import NoServer

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("quiet_clients")]
SOCKETS = 1_000 if LONG else 50
SLOW = 5
REST_SECONDS = (0.1, 0.4)
PAY = """
mutation Pay($id: ID!) { payOrder(input: {id: $id, expectedVersion: 1}) { order { status } userErrors { code } } }"""
HOLD = "SELECT id FROM orders_order WHERE customer_email LIKE 'slow-%' FOR UPDATE"
WAITING = """
SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ILIKE '%%orders_order%%'"""
ENOUGH_THREADS = "caller=8;tenant=8;wait_seconds=5"


FORMS = [
    ("uvicorn", "ours"),
    pytest.param(("daphne", "ours"), marks=pytest.mark.long),
    pytest.param(("uvicorn", "HAProxy"), marks=pytest.mark.long),
]


@pytest.fixture(scope="module", params=FORMS, ids="-behind-".join)
def system(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    """Two web processes behind a proxy, and a dispatcher."""
    directory, (server, proxy) = tmp_path_factory.mktemp("production"), request.param
    try:
        with hosts(directory, server, proxied_by=proxy, GRAPHQL_SHARES=ENOUGH_THREADS) as system:
            request.config.stash[report_key].used(system.describe())
            yield system
    except NoServer:
        pytest.skip(NO_HAPROXY)


@pytest.fixture(autouse=True)
def both_run(system: Hosts) -> None:
    """Start the web process that an earlier test has ended."""
    for host in system.web:
        if not host.web.running:
            host.start()
    system.wait_until_used()


async def test_rolling_restart_under_load_loses_and_repeats_nothing(system: Hosts) -> None:
    first = system.head() + 1
    async with Dashboards([system.shop], SOCKETS) as dashboards:
        traffic = await asyncio.to_thread(restarted_under_load, system)
        head = await asyncio.to_thread(system.head)
        await dashboards.have_seen(head)

    print(f"\n{traffic.orders} orders, lost answers: {dict(traffic.lost)}, ends of sockets: {dict(dashboards.ends)}")
    assert traffic.lost == {}
    system.assert_orders("rolling-%", traffic.orders)
    assert head - first + 1 == traffic.orders
    dashboards.assert_each_once_and_in_order(first, head)
    assert_told(dashboards)


def restarted_under_load(system: Hosts) -> Traffic:
    """Replace one web process after the other, while clients order without a pause."""
    with Traffic(system.shop, "rolling", seed="rolling", backlog=lambda: 0, rest_seconds=REST_SECONDS) as traffic:
        for host in system.web:
            traffic.place(10)
            host.end()
            traffic.place(10)
            host.start()
            system.wait_until_used()
        traffic.place(10)
        traffic.close()
    return traffic


async def test_slow_operations_are_answered_and_new_ones_refused(system: Hosts) -> None:
    first = system.head() + 1
    host, other = system.web
    async with httpx.AsyncClient(base_url=host.shop.address, headers=host.shop.headers, timeout=60) as client:
        ids = [await created(client, number) for number in range(SLOW)]
        head = await asyncio.to_thread(system.head)
        async with Dashboards([host.shop, other.shop], SOCKETS) as dashboards:
            for one in dashboards.all:
                one.sequences = list(range(first, head + 1))  # They begin after these.
            with held(system):
                paying = [asyncio.create_task(answer(client, PAY, id=one)) for one in ids]
                await asyncio.to_thread(wait_until, lambda: waiting(system) == SLOW, timeout_seconds=30, what="waiting")
                host.web.terminate()
                await asyncio.to_thread(assert_draining, host)
            paid = await asyncio.gather(*paying)
            assert await asyncio.to_thread(host.web.wait, timeout_seconds=40) == 0
            head = await asyncio.to_thread(system.head)
            await dashboards.have_seen(head)

    payload = {"payOrder": {"order": {"status": "PAID"}, "userErrors": []}}
    assert [one["data"] for one in paid] == [payload] * SLOW
    dashboards.assert_each_once_and_in_order(first, head)
    assert_told(dashboards)


def assert_told(dashboards: Dashboards) -> None:
    """Each socket was closed with 1012, and its subscription completed before, unless it was just about to subscribe.

    There is no connection to a process that does not listen, or refuses the handshake.
    """
    ends = {end: number for end, number in dashboards.ends.items() if not end.startswith("not connected")}
    assert ends.keys() <= {"complete, 1012", "1012"}
    assert ends["complete, 1012"] > ends.get("1012", 0)


async def created(client: httpx.AsyncClient, number: int) -> str:
    """The id of a new order."""
    order = {
        "customerEmail": f"slow-{number}@example.com",
        "lines": [{"sku": "TEA-1", "quantity": 1, "unitPrice": "2.50"}],
    }
    return str((await answer(client, CREATE, input=order))["data"]["createOrder"]["order"]["id"])


async def answer(client: httpx.AsyncClient, query: str, **variables: Any) -> dict[str, Any]:
    """The response map of an operation."""
    answered = await client.post("/graphql/", json={"query": query, "variables": variables})
    result: dict[str, Any] = answered.json()
    return result


@contextmanager
def held(system: Hosts) -> Iterator[None]:
    """Keep the orders locked inside, so that whatever changes them waits."""
    with psycopg.connect(system.postgres.url) as connection:
        connection.execute(HOLD)
        yield


def waiting(system: Hosts) -> int:
    """How many statements wait for a lock of an order."""
    return int(system.rows(WAITING)[0][0])


def assert_draining(host: Host) -> None:
    """The process is not ready, and refuses a new operation with a typed error, which has not begun."""
    wait_until(lambda: status_of(host.shop, "/readyz")[:2] == (503, "draining"), timeout_seconds=10, what="readyz")
    assert status_of(host.shop, "/livez")[0] == 200
    status, code, headers = status_of(host.shop, "/graphql/", {"query": "{ __typename }"})
    assert (status, code, headers["retry-after"]) == (503, "UNAVAILABLE", "1")
    status, _, headers = status_of(host.shop, "/api/orders/", {"total": "1.00"})
    assert (status, headers["retry-after"]) == (503, "1")


def status_of(shop: Shop, path: str, body: Any = None) -> tuple[int, str, Any]:
    """The status of an answer, the state or code that it names, and its headers."""
    content = None if body is None else json.dumps(body).encode()
    headers = {**shop.headers, "content-type": "application/json"}
    request = urllib.request.Request(f"{shop.address}{path}", data=content, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answered:
            return answered.status, "", answered.headers
    except urllib.error.HTTPError as refused:
        with refused:
            found = json.loads(refused.read())
        named = found["errors"][0]["extensions"]["code"] if found.get("errors") else found["status"]
        return refused.code, str(named), refused.headers
