"""Statistics over a window: counted from the orders, maintained by events, and equal either way."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events import log_reader
from events.dispatch import notification
from events.dispatch.numbering import advance
from orders import services
from orders.integrity.out_of_band import record
from orders.models import Order
from orders.search.filters import Amount, Condition, Not, OneOf
from orders.search.related import Tagged
from orders.states import Status
from orders.stats.counting import count_orders
from orders.stats.tally import MOST_INTERVALS, StatsPeriod, StatsWindow, Tally
from orders.writing.updates import update_order
from tenants.context import current_tenant_id, tenant_context
from tenants.models import Tenant
from tests.factories import place_order
from tests.form import examples

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
NOW = datetime(2026, 11, 22, 12, 34, 56, tzinfo=UTC)


def after_all_events(tally: Tally) -> Tally:
    """The tally after all existing events."""
    for event in log_reader.read_after(current_tenant_id(), tally.position):
        tally.apply(event)
    return tally


def numbers(tally: Tally, now: datetime | None = None) -> dict[str, Any]:
    """The numbers that a client gets."""
    found = tally.at(now or datetime.now(UTC))
    return {
        "orders": found.orders,
        "revenue": found.revenue,
        "by_status": {status: count for status, count in found.by_status.items() if count},
        "intervals": [(one.begin, one.orders, one.revenue) for one in found.intervals if one.orders],
    }


def test_what_is_counted() -> None:
    place_order(total="10.00")
    place_order(total="2.50", status=Status.PAID)
    place_order(total="1000", currency="JPY")
    place_order(total="99.00", status=Status.CANCELLED)

    found = numbers(count_orders(StatsWindow.HOUR))

    assert found["orders"] == 4
    assert found["revenue"] == {"EUR": Decimal("12.50"), "JPY": Decimal(1000)}
    assert found["by_status"] == {Status.NEW: 2, Status.PAID: 1, Status.CANCELLED: 1}
    assert sum(count for _, count, _ in found["intervals"]) == 4


def test_nothing_is_counted_of_another_tenant(other_tenant: Tenant) -> None:
    with tenant_context(other_tenant.id):
        place_order()

    assert numbers(count_orders(StatsWindow.WEEK)) == {"orders": 0, "revenue": {}, "by_status": {}, "intervals": []}


@pytest.mark.parametrize("window", StatsWindow)
def test_the_window_moves_on(window: StatsWindow) -> None:
    begin = window.limits(NOW)[0]
    for age in (begin - timedelta(seconds=1), begin, NOW):
        place_order(total="1.00")
        Order.unguarded.filter(pk=Order.unguarded.latest("id").pk).update(created_at=age)

    tally = count_orders(window, NOW)

    assert len(tally.at(NOW).intervals) == window.intervals
    assert tally.at(NOW).orders == 2
    assert tally.at(NOW + timedelta(seconds=window.seconds)).orders == 1
    assert tally.at(NOW + timedelta(seconds=window.seconds * window.intervals)).orders == 0


@pytest.mark.signals_driver
def test_an_event_that_waits_for_its_number_comes_after_the_position(monkeypatch: pytest.MonkeyPatch) -> None:
    order = place_order(total="10.00")
    monkeypatch.setattr(notification, "notify", lambda _: None)
    services.pay_order(order.id)
    place_order(total="5.00")

    before = count_orders(StatsWindow.DAY)
    assert numbers(before)["by_status"] == {Status.NEW: 1}
    advance(current_tenant_id())

    assert numbers(after_all_events(before)) == numbers(count_orders(StatsWindow.DAY))
    assert numbers(before)["by_status"] == {Status.NEW: 1, Status.PAID: 1}


def test_a_repeat_changes_nothing() -> None:
    tally = count_orders(StatsWindow.HOUR)
    place_order(total="10.00")
    [*events] = log_reader.read_after(current_tenant_id(), 0)

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
    monkeypatch.setattr(notification, "notify", lambda _: None)
    bypassed(order, status=Status.PAID, total=Decimal(7))
    before = None if waits else count_orders(StatsWindow.HOUR)
    record(order.id)
    tally = before or count_orders(StatsWindow.HOUR)
    was_off = tally.is_off

    advance(current_tenant_id())
    after_all_events(tally)

    assert (was_off, tally.is_off) == (False, True)
    assert numbers(tally) == numbers(count_orders(StatsWindow.HOUR))
    assert numbers(tally)["by_status"] == {Status.PAID: 1}
    assert not count_orders(StatsWindow.HOUR).is_off


def test_a_count_that_a_bypass_made_wrong_is_never_below_zero() -> None:
    order = place_order(total="10.00")
    tally = count_orders(StatsWindow.HOUR)
    bypassed(order, status=Status.PAID)
    services.ship_order(order.id)

    found = after_all_events(tally).at(datetime.now(UTC))

    assert tally.is_off
    assert min(found.by_status.values()) == 0
    assert min(one.orders for one in found.intervals) == 0
    assert count_orders(StatsWindow.HOUR).at(datetime.now(UTC)).by_status[Status.SHIPPED] == 1


@pytest.mark.receivers
@pytest.mark.signals_driver
def test_an_order_deleted_before_its_event_is_numbered_is_not_below_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notification, "notify", lambda _: None)
    Order.unguarded.filter(pk=place_order(total="10.00").pk).delete()

    tally = count_orders(StatsWindow.HOUR)

    assert (tally.at(datetime.now(UTC)).orders, tally.is_off) == (0, False)


@pytest.mark.parametrize(
    ("days", "seconds"), [(0.001, 60), (1, 300), (3, 900), (10, 3600), (40, 10800), (90, 86400), (366, 86400)]
)
def test_a_period_has_the_shortest_intervals_that_are_not_too_many(days: float, seconds: int) -> None:
    period = StatsPeriod.of(NOW - timedelta(days=days), NOW)
    shown = period.shown(NOW)
    assert (period.seconds, len(shown) <= MOST_INTERVALS) == (seconds, True)
    assert period.begin_of(shown[0]) <= period.begin < period.begin_of(shown[0] + 1)
    assert period.begin_of(shown[-1]) < period.end <= period.begin_of(shown[-1] + 1)


def test_a_period_has_its_begin_and_not_its_end() -> None:
    begin, end = NOW - timedelta(days=2), NOW
    for age in (begin - timedelta.resolution, begin, end - timedelta.resolution, end):
        place_order(total="1.00")
        Order.unguarded.filter(pk=Order.unguarded.latest("id").pk).update(created_at=age)

    found = count_orders(StatsPeriod.of(begin, end)).at(NOW)

    assert (found.orders, found.since, found.until) == (2, begin, end)
    assert [one.orders for one in found.intervals if one.orders] == [1, 1]
    assert (found.intervals[0].orders, found.intervals[-1].orders) == (1, 1)


STEPS = st.lists(st.sampled_from(["place", "pay", "cancel", "tag", "read"]), max_size=12)
CONDITIONS: list[Condition | None] = [None, OneOf("status", ("PAID",)), Not(Tagged(("x",))), Amount("gt", Decimal(5))]


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, condition=st.sampled_from(CONDITIONS))
def test_a_maintained_tally_is_counted_again(tenant: Tenant, steps: list[str], condition: Condition | None) -> None:
    def count() -> Tally:
        return count_orders(StatsWindow.HOUR, condition=condition)

    tally, orders = count(), list(Order.objects.filter(status=Status.NEW))
    for step in steps:
        if step == "place":
            orders.append(
                place_order(total=("3.10", "6.20")[len(orders) // 2 % 2], currency=("EUR", "USD")[len(orders) % 2])
            )
        elif step == "read":
            tally = count()
        elif orders and step == "tag":
            update_order(orders[-1].id, {"tags": [] if orders[-1].tags else ["x"]})
        elif orders:
            (services.pay_order if step == "pay" else services.cancel_order)(orders.pop().id)

    assert numbers(after_all_events(tally)) == numbers(count())
