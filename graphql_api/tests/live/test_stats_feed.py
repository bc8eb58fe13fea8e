"""Live statistics: equal to a query's, counted once for all subscribers, and not more often than promised."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from events import clock, log_reader
from events.dispatch.numbering import number
from events.models import Event
from graphql_api.access.context import Context
from graphql_api.live import stats_feed
from graphql_api.tests.client import caller_of, executor
from graphql_api.tests.live.sockets import TENANT, client, happen, live, notify
from graphql_server.execution.executor import Operation, PreparedSubscription
from graphql_server.live import latest
from graphql_server.live.payloads import Payloads
from graphql_server.live.stream import timing
from graphql_server.live.stream.threads import in_thread
from graphql_server.testing.peer import Peer
from graphql_server.tests.asking import responses_of
from graphql_server.websocket import connection
from orders import selectors, services
from orders.integrity.out_of_band import record
from orders.models import Order
from orders.states import TRANSITIONS, Status
from orders.stats.tally import Tally
from tenants.auth.authentication import demo_caller
from tenants.context import Caller, tenant_context
from tenants.models import Tenant
from tests.factories import place_order

pytestmark = pytest.mark.django_db(transaction=True)

SHOWN = """window since cursor orders revenue { amount currency } byStatus { status orders }
    intervals { begin orders revenue { amount currency } }"""
QUERY = f"query ($window: StatsWindow!) {{ orderStats(window: $window) {{ {SHOWN} }} }}"
FOLLOW = f"subscription ($window: StatsWindow!) {{ orderStats(window: $window) {{ {SHOWN} }} }}"
SHORT = "subscription { orderStats(window: HOUR) { orders since } }"
MOVES = {
    Status.PAID: services.pay_order,
    Status.SHIPPED: services.ship_order,
    Status.DELIVERED: services.deliver_order,
    Status.CANCELLED: services.cancel_order,
}
Numbers = dict[str, Any]


@pytest.fixture(autouse=True)
def frequent_updates(quiet: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Updates come fast, and no minute ends meanwhile, after which all numbers would be others."""
    monkeypatch.setattr(latest, "UPDATE_SECONDS", 0.02)
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)


async def follows(stack: AsyncExitStack, query: str = SHORT, **variables: Any) -> Peer:
    """A client of the open demo that follows the statistics."""
    peer = await stack.enter_async_context(client())
    await peer.initialises()
    await peer.subscribes("1", query, variables=variables)
    return peer


async def update(peer: Peer) -> Numbers:
    """The client's next update."""
    said = await peer.hears()
    assert isinstance(said, dict)
    assert said["type"] == "next", said
    numbers: Numbers = said["payload"]["data"]["orderStats"]
    return numbers


async def update_with(peer: Peer, **wanted: Any) -> Numbers:
    """The first update with these values."""
    while True:
        numbers = await update(peer)
        if wanted.items() <= numbers.items():
            return numbers


async def orders_of(updates: AsyncIterator[Any]) -> int:
    """The number in the next response map."""
    return int((await anext(updates))["data"]["orderStats"]["orders"])


async def asked(caller: Caller, window: str) -> Numbers:
    """The result of the query."""
    operation = Operation(QUERY, {"window": window})
    answer = await executor().execute(operation, Context(caller=caller, request_id="r"))
    numbers: Numbers = answer["data"]["orderStats"]
    return numbers


def act_at_random(choose: random.Random, tenant_id: UUID) -> list[Event]:
    """Place an order, or change an order's status as its state allows."""
    with tenant_context(tenant_id):
        order = choose.choice([None, *Order.objects.all()])
        moves = sorted(TRANSITIONS[Status(order.status)]) if order else []
        if order is None or not moves:
            currency = choose.choice(["EUR", "USD", "JPY"])
            place_order(total=Decimal(choose.randrange(1, 100)), currency=currency)
        else:
            MOVES[choose.choice(moves)](order.id)
        return number(tenant_id)


def noted(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> list[Any]:
    """The arguments of a function's calls from now on."""
    calls: list[Any] = []
    function = getattr(owner, name)

    def noting(*arguments: Any, **named: Any) -> Any:
        calls.append(arguments)
        return function(*arguments, **named)

    monkeypatch.setattr(owner, name, noting)
    return calls


@pytest.mark.parametrize("window", ["HOUR", "DAY", "WEEK"])
async def test_updates_equal_a_query(other_tenant: Tenant, window: str) -> None:
    choose = random.Random(window)
    await happen(2, total="7.00")
    async with AsyncExitStack() as stack:
        peer = await follows(stack, FOLLOW, window=window)
        assert (await update(peer))["orders"] == 2
        for _ in range(8):
            for _ in range(choose.randrange(1, 6)):
                tenant_id = choose.choice([TENANT, other_tenant.id])
                await notify(await in_thread(act_at_random, choose, tenant_id), tenant_id)
            await notify(await happen())
            truth = await asked(demo_caller(), window)
            assert await update_with(peer, cursor=truth["cursor"]) == truth


async def test_tenants_get_updates_of_their_own_orders(other_tenant: Tenant) -> None:
    operation = Operation(SHORT)
    prepared = await executor().prepare(operation, Context(caller_of(other_tenant), "r", "ws"))
    assert isinstance(prepared, PreparedSubscription)
    others = responses_of(prepared, live.here().sources.of(prepared))
    async with AsyncExitStack() as stack:
        stack.push_async_callback(others.aclose)
        peer = await follows(stack)
        assert ((await update(peer))["orders"], await orders_of(others)) == (
            0,
            0,
        )
        await notify(await happen(3))
        await notify(await happen(1, tenant_id=other_tenant.id), other_tenant.id)
        assert (await update_with(peer, orders=3))["orders"] == 3
        assert await orders_of(others) == 1


async def test_followers_share_one_count_and_one_execution(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "SILENCE_SECONDS", 60)  # However slow the machine, no feed reads the log.
    counted, read, made = (
        noted(monkeypatch, *where)
        for where in ((stats_feed, "count_orders"), (log_reader, "read_after"), (Payloads, "made"))
    )
    await happen()
    async with AsyncExitStack() as stack:
        peers = [await follows(stack) for _ in range(20)]
        assert [(await update(peer))["orders"] for peer in peers] == [1] * 20
        for count in (2, 3, 4):
            await notify(await happen())
            assert [(await update_with(peer, orders=count))["orders"] for peer in peers] == [count] * 20
    assert (len(counted), len(made)) == (1, 4)
    assert len(read) <= 2  # once for all, if the feed joined its group late, and then until there are no more events


async def test_updates_are_a_second_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latest, "UPDATE_SECONDS", 1.0)
    time = asyncio.get_running_loop().time
    moments: list[float] = []

    async def place_orders() -> None:
        while len(moments) < 4:
            await notify(await happen())

    async with AsyncExitStack() as stack:
        await update(await follows(stack))
        await asyncio.sleep(latest.UPDATE_SECONDS / 2)
        # Halfway between two updates: the client gets the newest value at once, and the next a second after that.
        peer = await follows(stack)
        placing = asyncio.create_task(place_orders())
        while len(moments) < 4:
            await update(peer)
            moments.append(time())
        await placing
    gaps = [after - before for before, after in pairwise(moments)]
    assert 0.95 < min(gaps) < 2, gaps  # A busy machine may be late at times.


async def test_numbers_move_on_as_time_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    begin = datetime.now(UTC).replace(second=59, microsecond=900_000)
    moments = [begin]
    monkeypatch.setattr(clock, "now", lambda: moments[0])
    await happen(2)
    async with AsyncExitStack() as stack:
        peer = await follows(stack)
        first = await update(peer)
        moments[0] = begin + timedelta(hours=1)
        second = await update(peer)
    assert (first["orders"], second["orders"]) == (2, 0)
    assert datetime.fromisoformat(second["since"]) - datetime.fromisoformat(first["since"]) == timedelta(hours=1)


async def test_after_an_outage_orders_are_counted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "SILENCE_SECONDS", 0.02)
    apply, failures = Tally.apply, [True]

    def failing(self: Tally, event: Event) -> None:
        if failures.pop() if failures else False:
            raise OSError("away")
        apply(self, event)

    monkeypatch.setattr(Tally, "apply", failing)
    async with AsyncExitStack() as stack:
        peer = await follows(stack)
        await update(peer)
        await notify(await happen())
        assert (await update_with(peer, orders=1))["orders"] == 1
    assert failures == []


async def test_after_a_recorded_bypass_orders_are_counted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    [created] = await happen()

    def bypass() -> None:
        Order.unguarded.filter(pk=created.order_id).update(status=Status.PAID)

    def recorded() -> list[Event]:
        with tenant_context(TENANT):
            assert record(created.order_id)
            return number(TENANT)

    await in_thread(bypass)
    async with AsyncExitStack() as stack:
        peer = await follows(stack, FOLLOW, window="HOUR")
        assert {"status": "PAID", "orders": 1} in (await update(peer))["byStatus"]
        await notify(await in_thread(recorded))
        truth = await asked(demo_caller(), "HOUR")
        numbers = await update_with(peer, cursor=truth["cursor"])
    assert numbers == truth
    assert {"status": "PAID", "orders": 1} in numbers["byStatus"]


async def test_changes_without_an_event_are_counted_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stats_feed, "RECOUNT_SECONDS", 0.0)
    [created] = await happen()

    def bypass() -> None:
        with tenant_context(TENANT):
            Order.unguarded.filter(pk=created.order_id).update(total=Decimal(7))

    async with AsyncExitStack() as stack:
        peer = await follows(stack, FOLLOW, window="HOUR")
        await update(peer)
        await in_thread(bypass)
        await notify(await happen(total="1.00"))
        assert (await update_with(peer, orders=2))["revenue"] == [{"amount": "8.00", "currency": "EUR"}]


BOUNDED = """subscription { orderStats(window: WEEK, where: { text: "a" }) {
    isComplete countedFrom orders byStatus { status orders } } }"""


async def placed_at(moment: datetime, monkeypatch: pytest.MonkeyPatch) -> Event:
    """An order of this time, at which the clock stays."""
    monkeypatch.setattr(clock, "now", lambda: moment)
    [event] = await happen()
    return event


async def test_the_time_from_which_orders_are_counted_stays_while_events_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "MOST_SEARCHED", 2)
    now = clock.now()
    [old, *_] = [(await placed_at(now - timedelta(minutes=age), monkeypatch)) for age in (4, 3, 2, 1)]

    def cancel() -> list[Event]:
        with tenant_context(TENANT):
            services.cancel_order(old.order_id)
            return number(TENANT)

    async with AsyncExitStack() as stack:
        peer = await follows(stack, BOUNDED)
        first = await update(peer)
        await notify(await in_thread(cancel))
        await notify([await placed_at(now, monkeypatch)])
        second = await update_with(peer, orders=3)
    assert (first["isComplete"], first["orders"]) == (False, 2)
    assert datetime.fromisoformat(first["countedFrom"]) == now - timedelta(minutes=3) + timedelta.resolution
    assert (second["isComplete"], second["countedFrom"]) == (False, first["countedFrom"])
    assert {one["status"]: one["orders"] for one in second["byStatus"] if one["orders"]} == {"NEW": 3}


async def test_a_caller_who_may_not_read_orders_is_refused() -> None:
    auditor = replace(demo_caller(), scopes=frozenset({"audit:read"}))
    prepared = await executor().prepare(Operation(SHORT), Context(auditor, "r", "ws"))
    assert isinstance(prepared, dict)
    assert prepared["errors"][0]["extensions"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize("rights", ["none", "another tenant", "fewer"])
async def test_rights_that_change_count(monkeypatch: pytest.MonkeyPatch, other_tenant: Tenant, rights: str) -> None:
    sockets = noted(monkeypatch, connection.Connection, "__init__")
    changed = {
        "none": replace(demo_caller(), scopes=frozenset()),
        "another tenant": replace(demo_caller(), tenant_id=other_tenant.id),
        "fewer": replace(demo_caller(), scopes=frozenset({"orders:read"})),
    }[rights]
    async with AsyncExitStack() as stack:
        peer = await follows(stack)
        await update(peer)
        sockets[0][0].renew(changed)
        if rights == "fewer":
            await notify(await happen())
            assert (await update(peer))["orders"] == 1
            return
        said = await peer.hears()
        assert isinstance(said, dict)
        assert (said["type"], said["payload"][0]["extensions"]["code"]) == ("error", "FORBIDDEN")


async def test_values_without_subscribers_end() -> None:
    async with AsyncExitStack() as stack:
        peer = await follows(stack)
        await update(peer)
        [count] = live.here().latest
        await peer.says({"id": "1", "type": "complete"})
        assert await peer.is_alive()
        await asyncio.wait([count._running], timeout=20)
        assert count.has_ended
    assert list(live.here().latest) == []
