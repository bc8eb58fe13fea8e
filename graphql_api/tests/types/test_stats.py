"""Statistics of orders over GraphQL."""

from dataclasses import replace

import pytest
import time_machine

from graphql_api.tests.client import as_tenant, data_of, refusal_of
from orders import selectors
from orders.states import Status
from tenants.auth.authentication import demo_caller
from tenants.models import Tenant
from tests.factories import place_order

pytestmark = pytest.mark.django_db
freeze = time_machine.travel("2026-03-01 12:00Z", tick=False)

STATS = """query ($window: StatsWindow!) { orderStats(window: $window) {
  window since at cursor orders revenue { amount currency } byStatus { status orders }
  intervals { begin orders revenue { amount currency } }
} }"""


@pytest.mark.parametrize(("window", "intervals"), [("HOUR", 60), ("DAY", 96), ("WEEK", 84)])
def test_statistics_of_a_window(tenant: Tenant, other_tenant: Tenant, window: str, intervals: int) -> None:
    place_order(total="10.00", status=Status.PAID)
    place_order(total="1000", currency="JPY")
    place_order(total="5.00", status=Status.CANCELLED)
    with as_tenant(other_tenant):
        place_order()

    stats = data_of(STATS, {"window": window})["orderStats"]

    assert (stats["window"], stats["orders"], len(stats["intervals"])) == (window, 3, intervals)
    assert stats["revenue"] == [{"amount": "10.00", "currency": "EUR"}, {"amount": "1000", "currency": "JPY"}]
    assert {one["status"]: one["orders"] for one in stats["byStatus"]} == {
        "NEW": 1, "PAID": 1, "SHIPPED": 0, "DELIVERED": 0, "CANCELLED": 1,
    }  # fmt: skip
    assert stats["intervals"][0]["begin"] == stats["since"]
    assert sum(one["orders"] for one in stats["intervals"]) == 3
    newer = "query ($after: String) { orderEvents(after: $after) { nodes { id } } }"
    assert data_of(newer, {"after": stats["cursor"]})["orderEvents"]["nodes"] == []


def test_statistics_need_the_scope(tenant: Tenant) -> None:
    auditor = replace(demo_caller(), scopes=frozenset({"audit:read"}))
    assert refusal_of(STATS, {"window": "DAY"}, caller=auditor)[0] == "FORBIDDEN"


PERIOD = """query ($where: OrderWhere, $window: StatsWindow, $from: DateTime, $to: DateTime) {
  orderStats(where: $where, window: $window, from: $from, to: $to) {
    window since until intervalSeconds orders revenue { amount currency } intervals { begin orders }
} }"""


@freeze
def test_statistics_of_a_period_and_a_filter(tenant: Tenant) -> None:
    with time_machine.travel("2026-03-01 11:59Z", tick=False):
        place_order(total="10.00", tags=["x"])
        place_order(total="5.00")

    stats = data_of(PERIOD, {"from": "2026-03-01T00:00:00+01:00", "where": {"tags": {"has": "x"}}})["orderStats"]

    assert (stats["window"], stats["orders"]) == (None, 1)
    assert (stats["since"], stats["until"]) == ("2026-02-28T23:00:00+00:00", "2026-03-01T12:00:00+00:00")
    assert (stats["intervalSeconds"], len(stats["intervals"])) == (300, 13 * 12)
    past = {"from": "2025-03-01T00:00:00Z", "to": "2026-03-01T11:59:00Z"}
    assert data_of(PERIOD, past)["orderStats"]["orders"] == 0  # the end is not in it
    assert data_of(PERIOD, {"window": "DAY", "where": {"total": {"lt": 7}}})["orderStats"]["orders"] == 1


FORM = "Give either window, or from with or without to."
ORDER = "from must be in 1970 or later, and before to."
RANGE = "from must not be in the future, and to at most 366 days later."


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, FORM),
        ({"to": "2026-03-01T00:00:00Z"}, FORM),
        ({"window": "DAY", "from": "2026-03-01T00:00:00Z"}, FORM),
        ({"window": "DAY", "to": "2026-03-01T00:00:00Z"}, FORM),
        ({"from": "2026-03-01T00:00:00Z", "to": "2026-03-01T00:00:00Z"}, ORDER),
        ({"from": "2026-03-02T00:00:00Z"}, ORDER),
        ({"from": "0001-01-01T00:00:00Z"}, ORDER),
        ({"from": "2026-03-02T00:00:00Z", "to": "2026-03-03T00:00:00Z"}, RANGE),
        ({"from": "2025-02-28T00:00:00Z"}, RANGE),
        ({"from": "2026-02-28T00:00:00Z", "to": "9999-12-31T23:59:59Z"}, RANGE),
    ],
)
@freeze
def test_a_wrong_period_is_refused(tenant: Tenant, given: dict[str, str], message: str) -> None:
    assert refusal_of(PERIOD, given) == ("BAD_USER_INPUT", message)


BOUNDED = """query ($where: OrderWhere) { orderStats(where: $where, from: "2026-03-01T00:00:00Z") {
  since isComplete countedFrom intervalSeconds orders revenue { amount } byStatus { status orders }
  intervals { begin orders }
} }"""


@freeze
def test_too_many_orders_to_search_are_counted_from_a_time_on_and_the_answer_says_so(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "MOST_SEARCHED", 2)
    for hour in (1, 3, 5, 7):
        with time_machine.travel(f"2026-03-01 {hour:02}:07Z", tick=False):
            place_order(total="10.00")

    stats = data_of(BOUNDED, {"where": {"text": "a"}})["orderStats"]

    assert (stats["isComplete"], stats["countedFrom"]) == (False, "2026-03-01T03:07:00.000001+00:00")
    assert (stats["orders"], stats["revenue"]) == (2, [{"amount": "20.00"}])
    assert sum(one["orders"] for one in stats["byStatus"]) == 2
    assert stats["intervals"][0] == {"begin": "2026-03-01T03:05:00+00:00", "orders": 0}
    assert [one["begin"][11:16] for one in stats["intervals"] if one["orders"]] == ["05:05", "07:05"]

    whole = data_of(BOUNDED, {"where": {"text": "a", "createdAt": {"lt": "2026-03-01T04:00:00Z"}}})["orderStats"]
    assert (whole["isComplete"], whole["countedFrom"], whole["orders"]) == (True, whole["since"], 2)
