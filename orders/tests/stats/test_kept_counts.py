"""Kept counts give the numbers that counting the orders gives, whatever happens, and are read in their place."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.dispatch import notification
from events.dispatch.numbering import advance
from events.models import Event, Stream
from orders import services
from orders.integrity.out_of_band import record
from orders.models import Bypass, Order
from orders.search.filters import AllOf, AnyOf, Condition, Mentions, Not, OneOf
from orders.states import Status
from orders.stats import counting, kept
from orders.stats.counting import added_up, count_orders, counted
from orders.stats.coverage import are_about_counts, spans_of
from orders.stats.tally import StatsPeriod, StatsWindow, Tally
from orders.tables.order_counts import OrderCount, OrderCountPosition
from orders.tests.stats.test_stats import numbers
from orders.writing.refunds import refund_order
from orders.writing.updates import update_order
from tenants.context import current_tenant_id, tenant_context
from tenants.models import Tenant
from tests.factories import place_order
from tests.form import examples
from tests.other_connection import in_another_thread

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]
NOW = datetime(2026, 11, 22, 12, 34, 56, tzinfo=UTC)
YEAR = StatsPeriod.of(NOW - timedelta(days=366), NOW)


def keep() -> None:
    """Add the new events to the counts."""
    kept.keep(current_tenant_id())


def from_counts(time: StatsWindow | StatsPeriod = YEAR, condition: Condition | None = None) -> Tally | None:
    """The numbers from kept counts."""
    return added_up(time, NOW, condition, spans_of(time, NOW))


def from_orders(time: StatsWindow | StatsPeriod = YEAR, condition: Condition | None = None) -> Tally:
    """The numbers from the orders."""
    return counted(time, NOW, condition).tally


def assert_equal(time: StatsWindow | StatsPeriod = YEAR, condition: Condition | None = None) -> None:
    """Both are the same, and there are kept counts."""
    tally = from_counts(time, condition)
    assert tally is not None
    assert (tally.position, numbers(tally, NOW)) == (
        (expected := from_orders(time, condition)).position,
        numbers(expected, NOW),
    )


def placed_at(moment: datetime, **fields: Any) -> Order:
    """An order of that time."""
    with time_machine.travel(moment, tick=False):
        return place_order(**fields)


PERIODS = [
    *(StatsWindow.WEEK, StatsWindow.DAY, YEAR),
    *(StatsPeriod.of(NOW - timedelta(days=days, minutes=7), NOW - timedelta(hours=3)) for days in (2, 10, 30, 100)),
]
CONDITIONS: list[Condition | None] = [
    *(None, OneOf("status", ("PAID", "CANCELLED")), Not(OneOf("currency", ("EUR",)))),
    AnyOf((OneOf("status", ("NEW",)), AllOf((OneOf("currency", ("USD",)),)))),
]
STEPS = st.lists(
    st.one_of(
        st.sampled_from(["pay", "cancel", "ship", "tag", "refund", "roll back", "keep", "recount"]),
        st.floats(min_value=0, max_value=120, allow_nan=False),
    ),
    max_size=15,
)


def take(step: str | float, orders: list[Order]) -> None:
    """One step of the orders' lives; a number places an order so many days ago."""
    if isinstance(step, float):
        total, currency = ("3.10", "6.20")[len(orders) // 2 % 2], ("EUR", "USD")[len(orders) % 2]
        orders.append(placed_at(NOW - timedelta(days=step), total=total, currency=currency))
    elif step in {"keep", "recount"}:
        {"keep": keep, "recount": kept.recount}[step]()
    elif orders:
        change(step, orders)


def change(step: str, orders: list[Order]) -> None:
    """Change the newest order that the step fits."""
    if step == "tag":
        orders[-1] = update_order(orders[-1].id, {"tags": [] if orders[-1].tags else ["x"]})
    elif step == "roll back":
        with transaction.atomic():
            services.cancel_order(orders[-1].id) if orders[-1].status == Status.NEW else place_order(total="9")
            transaction.set_rollback(True)
    elif step == "refund" and orders[-1].status == Status.PAID:
        refund_order(orders[-1].id, amount=Decimal("0.01"))
    elif step == "ship" and orders[-1].status == Status.PAID:
        orders[-1] = services.ship_order(orders[-1].id)
    elif orders[-1].status == Status.NEW and step in {"pay", "cancel"}:
        orders[-1] = (services.pay_order if step == "pay" else services.cancel_order)(orders[-1].id)


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, time=st.sampled_from(PERIODS), condition=st.sampled_from(CONDITIONS))
def test_kept_counts_are_what_is_counted(
    tenant: Tenant, other_tenant: Tenant, steps: list[str | float], time: StatsPeriod, condition: Condition | None
) -> None:
    with tenant_context(other_tenant.pk):
        placed_at(NOW - timedelta(days=3))
        keep()
    with transaction.atomic():
        keep()
        orders: list[Order] = []
        for step in steps:
            take(step, orders)
        assert_equal(time, condition)
        keep()
        assert_equal(time, condition)
        assert kept.wrong_counts() == 0
        transaction.set_rollback(True)


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> Callable[[], object]:
    """Events wait for their numbers until this is called."""
    monkeypatch.setattr(notification, "notify", lambda _: None)
    return lambda: advance(current_tenant_id())


@pytest.mark.signals_driver
def test_many_events_that_wait_for_their_numbers_are_read_few_at_a_time(
    waiting: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "READ_AT_A_TIME", 2)
    for day in range(1, 6):
        placed_at(NOW - timedelta(days=day))

    with CaptureQueriesContext(connection) as captured:
        keep()
        assert_equal()
        assert from_orders().at(NOW).orders == 0
    read = [one["sql"].partition('"insertion_id" IN (')[2] for one in captured.captured_queries]
    assert [ids.partition(")")[0].count(",") + 1 for ids in read if ids] == 4 * [2, 2, 1]  # by each of the four counts

    waiting()
    keep()
    assert_equal()
    assert from_orders().at(NOW).orders == 5


@pytest.mark.signals_driver
@pytest.mark.parametrize("time", PERIODS)
def test_events_that_wait_for_their_numbers_come_after_the_position(
    waiting: Callable[[], object], time: StatsPeriod
) -> None:
    begin = time.limits(NOW)[0]
    orders = [placed_at(moment) for moment in (begin, begin + timedelta(days=1), NOW - timedelta(hours=3, minutes=1))]
    waiting()
    keep()
    for order in orders:
        services.pay_order(order.id)
    placed_at(begin)

    assert_equal(time)
    waiting()
    assert_equal(time)
    keep()
    assert_equal(time)


@pytest.mark.signals_driver
def test_a_year_is_read_from_the_counts(tenant: Tenant) -> None:
    placed_at(NOW - timedelta(days=100))
    keep()

    with CaptureQueriesContext(connection) as captured:
        tally = count_orders(YEAR, NOW)

    assert [one["sql"].count('FROM "orders_ordercount"') for one in captured] == [5]
    assert tally.at(NOW).orders == 1


@pytest.mark.parametrize("condition", [Mentions(("ada",)), OneOf("customer_email", ("ada@example.com",))])
def test_filters_by_other_fields_read_the_orders(condition: Condition) -> None:
    assert not are_about_counts(condition)
    assert not are_about_counts(AllOf((OneOf("status", ("NEW",)), Not(condition))))


def test_intervals_that_are_too_short_have_no_counts() -> None:
    assert spans_of(StatsWindow.HOUR, NOW) == []


def test_counts_that_are_far_behind_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    keep()
    placed_at(NOW - timedelta(days=1))
    monkeypatch.setattr("orders.stats.counting.MOST_ADDED", 0)

    assert from_counts() is None
    assert count_orders(YEAR, NOW).at(NOW).orders == 1


def test_counts_whose_next_events_are_pruned_are_not_used_and_made_again() -> None:
    keep()
    placed_at(NOW - timedelta(days=1))
    Stream.objects.filter(tenant_id=current_tenant_id()).update(floor=1)
    Event.unguarded.filter(sequence=1).delete()
    assert from_counts() is None
    assert count_orders(YEAR, NOW).at(NOW).orders == 1

    OrderCountPosition.objects.update(counted_at=NOW - timedelta(days=400))
    keep()

    assert_equal()
    assert from_orders().at(NOW).orders == 1


@pytest.mark.signals_driver
def test_every_dispatcher_keeps_the_counts_of_every_tenant(other_tenant: Tenant) -> None:
    for tenant_id in (current_tenant_id(), other_tenant.pk):
        with tenant_context(tenant_id):
            placed_at(NOW - timedelta(days=1))

    kept.keep_all()

    for tenant_id in (current_tenant_id(), other_tenant.pk):
        with tenant_context(tenant_id):
            assert_equal()
            assert from_orders().at(NOW).orders == 1
    assert kept.tenants_behind() == {}


def test_the_command_finds_and_repairs_wrong_counts(tenant: Tenant) -> None:
    placed_at(NOW - timedelta(days=1))
    keep()
    OrderCount.objects.filter(seconds=900).update(orders=7)

    out = StringIO()
    with pytest.raises(CommandError, match="1 found"):
        call_command("orders", "verify", stdout=out)
    assert "demo: 1 kept counts that are wrong: run orders recount." in out.getvalue()

    call_command("orders", "recount", stdout=out)
    call_command("orders", "verify", stdout=out)
    assert_equal()


# --- Changes past the services ----------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_counts_are_not_used_after_a_change_past_the_services_until_they_are_made_again() -> None:
    order = placed_at(NOW - timedelta(days=1), total="5.00")
    keep()
    Order.unguarded.filter(pk=order.pk).update(status=Status.PAID)
    assert Bypass.objects.count() == 1

    assert from_counts() is None
    assert count_orders(YEAR, NOW).at(NOW).by_status[Status.PAID] == 1
    keep()
    assert from_counts() is None  # They were counted just now.
    OrderCountPosition.objects.update(counted_at=NOW - timedelta(days=400))
    keep()
    assert_equal()

    record(order.id)
    services.ship_order(order.id)
    keep()
    OrderCountPosition.objects.update(counted_at=NOW - timedelta(days=400))
    keep()
    assert_equal()
    assert from_orders().at(NOW).by_status[Status.SHIPPED] == 1


@pytest.mark.signals_driver
@pytest.mark.django_db(transaction=True)
def test_counts_are_not_made_of_orders_that_do_not_show_what_waiting_events_say(
    waiting: Callable[[], object],
) -> None:
    order = placed_at(NOW - timedelta(days=1))
    Order.unguarded.filter(pk=order.pk).update(status=Status.PAID)

    keep()
    assert from_counts() is None

    waiting()
    OrderCountPosition.objects.update(counted_at=NOW - timedelta(days=400))
    keep()
    assert_equal()
    assert kept.wrong_counts() == 0
    assert from_orders().at(NOW).by_status == {**dict.fromkeys(Status, 0), Status.PAID: 1}


@pytest.mark.django_db(transaction=True)
def test_two_dispatchers_add_an_event_once() -> None:
    keep()
    placed_at(NOW - timedelta(days=1))

    with transaction.atomic():
        OrderCountPosition.objects.select_for_update().get(tenant_id=current_tenant_id())
        thread, results = in_another_thread(keep)
        thread.join(10)
        assert results == [None]
        assert OrderCountPosition.objects.get(tenant_id=current_tenant_id()).sequence == 0
    keep()
    keep()

    assert_equal()
    assert from_orders().at(NOW).orders == 1
