"""Receivers over GraphQL: described and switched, for the caller's tenant alone."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from audit.models import AuditLog
from events import switches
from events.dispatch import notification
from events.models import Delivery
from graphql_api.tests.administration.ledger import REPLAY, RETRY, SWITCH, change, delivery, replay, switch
from graphql_api.tests.client import as_tenant, caller_of, data_of, refusal_of
from orders.models import Order
from tenants.auth.authentication import demo_caller
from tenants.models import Tenant
from tests.factories import place_order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("first_receivers")]
RECEIVERS = """{ receivers { name kind eventTypes enabled isOffForAll ordered pending retrying dead lagSeconds
  ratePerMinute p95Seconds } }"""


def receivers(caller: Any = None) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in data_of(RECEIVERS, caller=caller)["receivers"]}


@pytest.mark.receivers
def test_receivers_are_described(orders: list[Order], other_tenant: Tenant) -> None:
    found = receivers()
    assert list(found) == ["audit", "notifications", "processing", "subscriptions"]
    assert [one["kind"] for one in found.values()] == ["DIRECT", "QUEUED", "QUEUED", "LIVE"]
    assert found["processing"]["eventTypes"] == ["ORDER_CREATED"]
    assert [one["ordered"] for one in found.values()] == [False, True, False, False]
    assert found["audit"] == found["audit"] | {"enabled": True, "pending": 0, "dead": 0, "lagSeconds": 0.0}
    assert found["audit"]["ratePerMinute"] == 3 / 60
    assert receivers(caller_of(other_tenant))["audit"]["ratePerMinute"] == 1 / 60
    assert 0 <= found["audit"]["p95Seconds"] < 60
    assert found["subscriptions"]["p95Seconds"] is None


@pytest.mark.receivers
def test_a_receivers_backlog_is_counted_and_timed_for_its_tenant(orders: list[Order], other_tenant: Tenant) -> None:
    since = timezone.now() - timedelta(seconds=100)
    change(delivery("audit", 1), status="PENDING", created_at=since)
    change(delivery("notifications", 1), status="RETRYING")
    change(delivery("processing", 1), status="DEAD", created_at=since)
    found = receivers()
    assert [found[name]["pending"] for name in found] == [1, 0, 0, 0]
    assert [found[name]["retrying"] for name in found] == [0, 1, 0, 0]
    assert [found[name]["dead"] for name in found] == [0, 0, 1, 0]
    assert 100 <= found["audit"]["lagSeconds"] < 160
    assert found["processing"]["lagSeconds"] == 0.0
    assert receivers(caller_of(other_tenant))["audit"]["pending"] == 0


def test_receivers_cost_a_fixed_number_of_statements(orders: list[Order], django_assert_num_queries: Any) -> None:
    switches.switched_off()
    with django_assert_num_queries(3 + 4):  # unfinished and dead ones, the rates; the longest attempts of each
        receivers()


@pytest.mark.receivers
def test_waiting_deliveries_are_done_when_a_receiver_is_on_again(tenant: Tenant, other_tenant: Tenant) -> None:
    assert switch("audit", enabled=False)["receiver"] == {"name": "audit", "enabled": False, "isOffForAll": False}
    place_order()
    with as_tenant(other_tenant):
        place_order()
        assert AuditLog.objects.count() == 1
    assert (AuditLog.objects.count(), delivery("audit").status) == (0, "PENDING")

    assert switch("audit", enabled=True) == {
        "skipped": 0,
        "receiver": {"name": "audit", "enabled": True, "isOffForAll": False},
        "userErrors": [],
    }
    assert (AuditLog.objects.count(), delivery("audit").status) == (1, "SUCCEEDED")


@pytest.mark.receivers
def test_waiting_deliveries_are_skipped_on_request(tenant: Tenant, other_tenant: Tenant) -> None:
    for caller in (None, caller_of(other_tenant)):
        switch("audit", enabled=False, caller=caller)
    place_order()
    with as_tenant(other_tenant):
        place_order()

    assert switch("audit", enabled=True, catch_up=False)["skipped"] == 1
    place_order()
    assert [row.status for row in Delivery.objects.filter(receiver="audit").order_by("sequence")] == [
        "SKIPPED",
        "SUCCEEDED",
    ]
    with as_tenant(other_tenant):
        assert delivery("audit").status == "PENDING"


@pytest.mark.receivers
def test_committed_events_without_a_number_are_skipped_too(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    switch("audit", enabled=False)
    with monkeypatch.context() as asleep:
        asleep.setattr(notification, "notify", lambda tenant_id: None)
        place_order()
    assert switch("audit", enabled=True, catch_up=False)["skipped"] == 1


def test_a_receiver_that_is_off_for_all_stays_off_for_a_tenant(tenant: Tenant) -> None:
    switches.set_enabled("audit", enabled=False)
    assert switch("audit", enabled=True)["receiver"] == {"name": "audit", "enabled": False, "isOffForAll": True}


@pytest.mark.receivers
def test_an_unknown_receiver_is_refused(tenant: Tenant) -> None:
    refused = [{"code": "NOT_FOUND", "field": ["receiver"], "message": "There is no receiver 'unknown'."}]

    assert switch("unknown", enabled=False) == {"skipped": 0, "receiver": None, "userErrors": refused}
    assert replay(receiver="unknown") == {
        "dryRun": False,
        **dict.fromkeys(("events", "reopened", "opened"), 0),
        "hasMore": False,
        "endCursor": None,
        "userErrors": refused,
    }
    assert replay(receiver="subscriptions")["userErrors"] == [
        {"code": "NOT_FOUND", "field": ["receiver"], "message": "There is no receiver 'subscriptions'."}
    ]
    assert switches.switched_off(tenant.pk) == frozenset()


@pytest.mark.receivers
@pytest.mark.parametrize(
    ("query", "variables"),
    [
        (SWITCH, {"input": {"receiver": "audit", "enabled": False}}),
        (RETRY, {"id": "x"}),
        (REPLAY, {"input": {"receiver": "audit"}}),
    ],
)
def test_operations_need_their_scope(tenant: Tenant, query: str, variables: dict[str, Any]) -> None:
    caller = replace(demo_caller(), scopes=frozenset({"orders:read", "orders:write"}))
    assert refusal_of(query, variables, caller=caller) == ("FORBIDDEN", "This needs the scope receivers:write.")
    assert switches.switched_off(tenant.pk) == frozenset()
