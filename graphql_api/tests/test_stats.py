"""Orders in numbers, over GraphQL."""

from dataclasses import replace

import pytest

from graphql_api.tests.client import as_tenant, data_of, refusal_of
from orders.states import Status
from tenants.auth.authentication import demo_caller
from tenants.models import Tenant
from tests.factories import place_order

pytestmark = pytest.mark.django_db

STATS = """query ($window: StatsWindow!) { orderStats(window: $window) {
  window since at cursor orders revenue { amount currency } byStatus { status orders }
  intervals { begin orders revenue { amount currency } }
} }"""


@pytest.mark.parametrize(("window", "intervals"), [("HOUR", 60), ("DAY", 96), ("WEEK", 84)])
def test_a_window(tenant: Tenant, other_tenant: Tenant, window: str, intervals: int) -> None:
    place_order(total="10.00", status=Status.PAID)
    place_order(total="1000", currency="JPY")
    place_order(total="5.00", status=Status.CANCELLED)
    with as_tenant(other_tenant):
        place_order()

    told = data_of(STATS, {"window": window})["orderStats"]

    assert (told["window"], told["orders"], len(told["intervals"])) == (window, 3, intervals)
    assert told["revenue"] == [{"amount": "10.00", "currency": "EUR"}, {"amount": "1000", "currency": "JPY"}]
    assert {one["status"]: one["orders"] for one in told["byStatus"]} == {
        "NEW": 1, "PAID": 1, "SHIPPED": 0, "DELIVERED": 0, "CANCELLED": 1,
    }  # fmt: skip
    assert told["intervals"][0]["begin"] == told["since"]
    assert sum(one["orders"] for one in told["intervals"]) == 3
    newer = "query ($after: String) { orderEvents(after: $after) { nodes { id } } }"
    assert data_of(newer, {"after": told["cursor"]})["orderEvents"]["nodes"] == []


def test_it_needs_the_scope(tenant: Tenant) -> None:
    auditor = replace(demo_caller(), scopes=frozenset({"audit:read"}))
    assert refusal_of(STATS, {"window": "DAY"}, caller=auditor)[0] == "FORBIDDEN"
