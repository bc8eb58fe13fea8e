"""Statistics that would have to search too many orders count the newest ones alone, and say from when on."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.dispatch.numbering import advance
from orders import selectors, services
from orders.models import Order
from orders.search import text_search
from orders.search.filters import AllOf, Amount, AnyOf, Condition, Judged, Mentions, Moment, Not, OneOf
from orders.search.related import SomeLine, Tagged
from orders.states import Status, editable_fields
from orders.stats.counting import count_orders
from orders.stats.tally import StatsPeriod, StatsWindow, Tally
from orders.tests.stats.test_stats import after_all_events, numbers
from orders.writing.updates import update_order
from tenants.context import tenant_context
from tenants.models import Tenant
from tests.factories import place_order
from tests.form import examples

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
NOW = datetime(2026, 11, 22, 12, 34, 56, tzinfo=UTC)
PERIOD = StatsPeriod.of(NOW - timedelta(days=10), NOW)
ADA, TEA, MANY = Mentions.of("ada"), SomeLine((("sku", ("TEA-1",)),)), Mentions.of("a")
CONDITIONS: list[Condition] = [
    *(ADA, MANY, Not(ADA), TEA, Tagged(("x",)), AnyOf((ADA, TEA)), AllOf((ADA, OneOf("status", ("NEW",))))),
    *(OneOf("customer_email", ("ada@example.com",)), Amount("gt", Decimal(5)), OneOf("status", ("PAID",))),
    (OLD := AllOf((MANY, Moment("created_at", "lt", NOW - timedelta(days=2))))),
]


@pytest.fixture(autouse=True)
def few_orders_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that some orders are enough to reach the bounds."""
    monkeypatch.setattr(selectors, "MOST_SEARCHED", 4)
    monkeypatch.setattr(selectors, "MOST_PROBED", 3)
    monkeypatch.setattr(text_search, "MOST", 1)


def placed(days: float, name: str = "Ada", **fields: Any) -> Order:
    """An order of so many days ago."""
    with time_machine.travel(NOW - timedelta(days=days), tick=False):
        return place_order(customer_name=name, customer_email=f"{name.lower()}@example.com", **fields)


def counted(condition: Condition | None, time: StatsPeriod | StatsWindow = PERIOD) -> Tally:
    """The tally now."""
    return count_orders(time, NOW, condition)


def plainly(condition: Condition | None, begin: datetime) -> tuple[int, dict[str, Decimal]]:
    """Number and revenue of the orders of the period that were placed at ``begin`` or later, one by one in Python."""
    judge = condition.compiled() if condition else lambda _: True
    orders = Order.objects.filter(created_at__gte=begin, created_at__lt=NOW)
    found = [order for order in orders if judge(Judged(order.snapshot()))]
    revenue: dict[str, Decimal] = {}
    for order in found:
        if order.status != Status.CANCELLED:
            revenue[order.currency] = revenue.get(order.currency, Decimal(0)) + order.total
    return len(found), dict(sorted(revenue.items()))


ORDERS = st.lists(
    st.tuples(st.integers(0, 12), st.sampled_from(["Ada", "Bob", "Zoe"]), st.sampled_from(["x", ""])), max_size=9
)
STEPS = st.lists(st.sampled_from(["pay", "cancel", "tag", "place", "rename"]), max_size=5)


def take(step: str, orders: list[Order], number: int) -> None:
    """Change an order, or place another, now or in the past."""
    order = Order.objects.get(pk=orders[number % len(orders)].pk) if orders else None
    if step == "place" or order is None:
        orders.append(placed(number, "Ada" if number % 2 else "Bob", total="6.00"))
    elif step == "tag":
        update_order(order.pk, {"tags": [] if order.tags else ["x"]})
    elif step == "rename":
        if "customer_name" in editable_fields(order.status):
            update_order(order.pk, {"customer_name": "Ada" if order.customer_name == "Bob" else "Bob"})
    elif order.status == Status.NEW:
        (services.pay_order if step == "pay" else services.cancel_order)(order.pk)


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(placing=ORDERS, steps=STEPS, condition=st.sampled_from(CONDITIONS))
def test_a_bounded_count_is_what_plain_counting_gives_from_there_on(
    tenant: Tenant, other_tenant: Tenant, placing: list[tuple[int, str, str]], steps: list[str], condition: Condition
) -> None:
    """Also after later events, which do not move the bound."""
    with transaction.atomic():
        with tenant_context(other_tenant.pk):
            placed(0.5, "Ada")
        orders = [placed(days, name, tags=[tag] if tag else []) for days, name, tag in placing]
        advance(tenant.pk)
        tally = counted(condition)
        for number, step in enumerate(steps):
            take(step, orders, number)
        advance(tenant.pk)
        for one in (after_all_events(tally), counted(condition)):
            found = one.at(NOW)
            assert (found.orders, found.revenue) == plainly(condition, found.counted_from)
            assert found.is_complete == (found.counted_from == found.since)
            assert all(
                interval.begin.timestamp() + PERIOD.seconds > found.counted_from.timestamp()
                for interval in found.intervals
            )
        if not found.is_complete and condition is not OLD:
            assert plainly(None, found.counted_from)[0] <= 4
            assert plainly(None, found.since)[0] > 3
        assert tally.at(NOW).counted_from <= max(found.counted_from, tally.at(NOW).since) or found.is_complete
        transaction.set_rollback(True)


def test_frequent_matches_are_counted_among_the_newest_orders() -> None:
    for days in range(6):
        placed(days + 1)

    found = counted(MANY).at(NOW)

    assert (found.orders, found.is_complete) == (4, False)
    assert found.counted_from == NOW - timedelta(days=5) + timedelta.resolution
    assert found.revenue == {"EUR": Decimal(100)}
    assert counted(TEA).at(NOW).counted_from == NOW - timedelta(days=4) + timedelta.resolution


def test_a_period_of_few_orders_is_counted_as_a_whole() -> None:
    for days in (1, 2, 3, 4, 11, 12, 13):
        placed(days)

    found = counted(MANY).at(NOW)

    assert (found.orders, found.is_complete, found.counted_from) == (4, True, PERIOD.begin)


def test_intervals_without_a_count_are_left_out() -> None:
    for days in range(6):
        placed(days + 1)

    found = counted(MANY).at(NOW)

    assert found.intervals[0].begin <= found.counted_from < found.intervals[0].begin + timedelta(hours=1)
    assert sum(one.orders for one in found.intervals) == 4


def test_an_equal_time_of_too_many_orders_leaves_none_to_count() -> None:
    for _ in range(6):
        placed(1)

    found = counted(MANY).at(NOW)

    assert (found.orders, found.is_complete) == (0, False)


def test_orders_ahead_of_this_hosts_clock_keep_one_interval() -> None:
    for _ in range(6):
        placed(-1)

    found = counted(MANY, StatsWindow.HOUR).at(NOW)

    assert (found.orders, len(found.intervals)) == (0, 1)


def test_a_window_is_complete_when_the_bound_has_left_it() -> None:
    for minutes in range(6):
        placed(minutes / 1440)
    tally = counted(MANY, StatsWindow.HOUR)

    assert (tally.at(NOW).is_complete, tally.at(NOW).orders) == (False, 4)
    later = tally.at(NOW + timedelta(minutes=57))
    assert (later.is_complete, later.counted_from) == (True, later.since)
    assert later.orders == 3


@pytest.mark.parametrize(
    "condition",
    [
        OneOf("customer_email", ("zoe@example.com",)),
        AllOf((MANY, AllOf((Amount("gte", Decimal(70)), Amount("lt", Decimal(80)))))),
        AllOf((OneOf("customer_email", ("zoe@example.com",)), Not(Tagged(("x",))))),
    ],
)
def test_few_orders_that_an_index_finds_are_counted_however_old(condition: Condition) -> None:
    placed(9, "Zoe", total="75.00", notes="a")
    for days in range(6):
        placed(days + 1)

    found = counted(condition).at(NOW)

    assert (found.is_complete, found.orders) == (True, plainly(condition, PERIOD.begin)[0])


def test_the_newest_orders_are_those_of_the_filters_own_time() -> None:
    for days in range(1, 9):
        placed(days)
    earlier = Moment("created_at", "lt", NOW - timedelta(days=4, hours=1))

    found = counted(AllOf((MANY, earlier))).at(NOW)

    assert (found.orders, found.is_complete) == (4, True)


@pytest.mark.postgresql
@pytest.mark.parametrize(
    "condition",
    [Mentions.of("lovelace"), AnyOf((Mentions.of("lovelace"), SomeLine((("sku", ("NO",)),)))), Tagged(("y",))],
)
def test_few_orders_that_a_search_finds_are_counted_however_old(condition: Condition) -> None:
    placed(9, "Lovelace", tags=["y"])
    for days in range(6):
        placed(days + 1)

    found = counted(condition).at(NOW)

    assert (found.is_complete, found.orders) == (True, 1)


@pytest.mark.postgresql
def test_an_order_that_changes_after_the_search_is_not_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    old = placed(9, "Bob")
    for days in range(6):
        placed(days + 1)
    search = text_search.any_of

    def followed_by_changes(parts: Any) -> Any:
        few = search(parts)
        update_order(old.pk, {"customer_name": "Lovelace"})
        placed(8, "Lovelace")
        return few

    monkeypatch.setattr("orders.stats.bounds.any_of", followed_by_changes)
    tally = counted(Mentions.of("lovelace"))

    assert (tally.at(NOW).orders, tally.at(NOW).is_complete) == (2, True)
    monkeypatch.undo()
    assert numbers(after_all_events(tally), NOW)["orders"] == 2
