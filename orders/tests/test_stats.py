"""Numbers over a window: counted from the orders, kept up by events, and the same either way."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events import log
from events.dispatch import dispatcher as dispatch
from orders import services, stats
from orders.integrity.out_of_band import record
from orders.models import Order
from orders.states import Status
from orders.stats import Tally, Window
from tenants.context import current_tenant_id, tenant_context
from tenants.models import Tenant
from tests.factories import place_order
from tests.form import examples

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
NOW = datetime(2026, 11, 22, 12, 34, 56, tzinfo=UTC)


def kept_up(tally: Tally) -> Tally:
    """The tally after all events that there are."""
    for event in log.read_after(current_tenant_id(), tally.position):
        tally.apply(event)
    return tally


def numbers(tally: Tally, now: datetime | None = None) -> dict[str, Any]:
    """What a client is told."""
    told = tally.at(now or datetime.now(UTC))
    return {
        "orders": told.orders,
        "revenue": told.revenue,
        "by_status": {status: count for status, count in told.by_status.items() if count},
        "intervals": [(one.begin, one.orders, one.revenue) for one in told.intervals if one.orders],
    }


def test_what_is_counted() -> None:
    place_order(total="10.00")
    place_order(total="2.50", status=Status.PAID)
    place_order(total="1000", currency="JPY")
    place_order(total="99.00", status=Status.CANCELLED)

    told = numbers(stats.read(Window.HOUR))

    assert told["orders"] == 4
    assert told["revenue"] == {"EUR": Decimal("12.50"), "JPY": Decimal(1000)}
    assert told["by_status"] == {Status.NEW: 2, Status.PAID: 1, Status.CANCELLED: 1}
    assert sum(count for _, count, _ in told["intervals"]) == 4


def test_nothing_is_counted_of_another_tenant(other_tenant: Tenant) -> None:
    with tenant_context(other_tenant.id):
        place_order()

    assert numbers(stats.read(Window.WEEK)) == {"orders": 0, "revenue": {}, "by_status": {}, "intervals": []}


@pytest.mark.parametrize("window", Window)
def test_the_window_moves_on(window: Window) -> None:
    begin = window.since(NOW)
    for age in (begin - timedelta(seconds=1), begin, NOW):
        place_order(total="1.00")
        Order.unguarded.filter(pk=Order.unguarded.latest("id").pk).update(created_at=age)

    tally = stats.read(window, NOW)

    assert len(tally.at(NOW).intervals) == window.intervals
    assert tally.at(NOW).orders == 2
    assert tally.at(NOW + timedelta(seconds=window.seconds)).orders == 1
    assert tally.at(NOW + timedelta(seconds=window.seconds * window.intervals)).orders == 0


@pytest.mark.signals_driver
def test_an_event_that_waits_for_its_number_comes_after_the_position(monkeypatch: pytest.MonkeyPatch) -> None:
    order = place_order(total="10.00")
    monkeypatch.setattr(dispatch.dispatcher, "wake", lambda _: None)
    services.pay_order(order.id)
    place_order(total="5.00")

    before = stats.read(Window.DAY)
    assert numbers(before)["by_status"] == {Status.NEW: 1}
    dispatch.advance(current_tenant_id())

    assert numbers(kept_up(before)) == numbers(stats.read(Window.DAY))
    assert numbers(before)["by_status"] == {Status.NEW: 1, Status.PAID: 1}


def test_a_repeat_changes_nothing() -> None:
    tally = stats.read(Window.HOUR)
    place_order(total="10.00")
    [*events] = log.read_after(current_tenant_id(), 0)

    for event in [*events, *events]:
        tally.apply(event)

    assert numbers(tally)["orders"] == 1


def bypassed(order: Order, **changes: Any) -> None:
    """Change an order past the services."""
    Order.unguarded.filter(pk=order.pk).update(**changes)


@pytest.mark.parametrize("waits", [False, True])
@pytest.mark.signals_driver
def test_a_recorded_bypass_is_counted_once(monkeypatch: pytest.MonkeyPatch, waits: bool) -> None:
    order = place_order(total="10.00")
    monkeypatch.setattr(dispatch.dispatcher, "wake", lambda _: None)
    bypassed(order, status=Status.PAID, total=Decimal(7))
    before = None if waits else stats.read(Window.HOUR)
    record(order.id)
    tally = before or stats.read(Window.HOUR)
    was_off = tally.is_off

    dispatch.advance(current_tenant_id())
    kept_up(tally)

    assert (was_off, tally.is_off) == (False, True)
    assert numbers(tally) == numbers(stats.read(Window.HOUR))
    assert numbers(tally)["by_status"] == {Status.PAID: 1}
    assert not stats.read(Window.HOUR).is_off


def test_a_count_that_a_bypass_made_wrong_is_never_below_zero() -> None:
    order = place_order(total="10.00")
    tally = stats.read(Window.HOUR)
    bypassed(order, status=Status.PAID)
    services.ship_order(order.id)

    told = kept_up(tally).at(datetime.now(UTC))

    assert tally.is_off
    assert min(told.by_status.values()) == 0
    assert min(one.orders for one in told.intervals) == 0
    assert stats.read(Window.HOUR).at(datetime.now(UTC)).by_status[Status.SHIPPED] == 1


@pytest.mark.signals_driver
def test_an_order_that_is_gone_before_its_event_is_numbered_is_not_below_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch.dispatcher, "wake", lambda _: None)
    Order.unguarded.filter(pk=place_order(total="10.00").pk).delete()

    tally = stats.read(Window.HOUR)

    assert (tally.at(datetime.now(UTC)).orders, tally.is_off) == (0, False)


STEPS = st.lists(st.sampled_from(["place", "pay", "cancel", "read"]), max_size=12)


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_kept_up_is_counted_anew(tenant: Tenant, steps: list[str]) -> None:
    tally, orders = stats.read(Window.HOUR), list(Order.objects.filter(status=Status.NEW))
    for step in steps:
        if step == "place":
            orders.append(place_order(total="3.10", currency=("EUR", "USD")[len(orders) % 2]))
        elif step == "read":
            tally = stats.read(Window.HOUR)
        elif orders:
            (services.pay_order if step == "pay" else services.cancel_order)(orders.pop().id)

    assert numbers(kept_up(tally)) == numbers(stats.read(Window.HOUR))
