"""Deliveries over GraphQL: listed and retried, each for the caller's tenant alone."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from events.models import Delivery
from graphql_api.ids import global_id
from graphql_api.tests.administration.ledger import RETRY, change, delivery
from graphql_api.tests.client import caller_of, data_of
from orders.models import Order
from tenants.models import Tenant

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("first_receivers")]
DELIVERIES = """query ($first: Int, $after: String, $statuses: [DeliveryStatus!], $receiver: String, $orderId: ID) {
  deliveries(first: $first, after: $after, statuses: $statuses, receiver: $receiver, orderId: $orderId) {
    nodes { receiver status event { sequence } } pageInfo { hasNextPage endCursor }
  }
}"""


def shown(**variables: Any) -> list[tuple[str, str, str]]:
    """A page of deliveries: receiver, status, and the event's sequence."""
    nodes = data_of(DELIVERIES, variables)["deliveries"]["nodes"]
    return [(node["receiver"], node["status"], node["event"]["sequence"]) for node in nodes]


@pytest.mark.receivers
def test_ledger_is_the_tenants_newest_events_first(orders: list[Order], other_tenant: Tenant) -> None:
    assert sorted(shown(), key=lambda one: (-int(one[2]), one[0])) == [
        (receiver, "SUCCEEDED", str(sequence))
        for sequence in sorted({row.sequence for row in Delivery.objects.all()}, reverse=True)
        for receiver in sorted(Delivery.objects.filter(sequence=sequence).values_list("receiver", flat=True))
    ]
    assert len(shown()) == 8  # three for each created order, two for the paid one
    assert len(data_of(DELIVERIES, caller=caller_of(other_tenant))["deliveries"]["nodes"]) == 3


def test_ledger_is_paged_without_gap_or_repeat(orders: list[Order]) -> None:
    seen: list[str] = []
    page: dict[str, Any] = {"hasNextPage": True, "endCursor": None}
    query = """query ($after: String) {
      deliveries(first: 3, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }"""
    while page["hasNextPage"]:
        found = data_of(query, {"after": page["endCursor"]})["deliveries"]
        seen += [node["id"] for node in found["nodes"]]
        page = found["pageInfo"]
    assert (len(seen), len(set(seen))) == (8, 8)


@pytest.mark.receivers
def test_ledger_is_narrowed_by_status_receiver_and_order(orders: list[Order]) -> None:
    change(delivery("audit"), status="DEAD")
    assert shown(statuses=["DEAD"]) == [("audit", "DEAD", "1")]
    assert len(shown(statuses=["DEAD", "SUCCEEDED"])) == 8
    assert shown(statuses=[]) == []
    assert {one[0] for one in shown(receiver="notifications")} == {"notifications"}
    assert len(shown(receiver="notifications", orderId=global_id("Order", orders[0].id))) == 2
    assert shown(receiver="unknown") == shown(receiver="\x00") == []


def test_another_tenants_order_has_no_deliveries_here(orders: list[Order], other_tenant: Tenant) -> None:
    asked = {"orderId": global_id("Order", orders[0].id)}
    assert data_of(DELIVERIES, asked, caller=caller_of(other_tenant))["deliveries"]["nodes"] == []


def test_orders_deliveries_are_read_for_all_orders_at_once(orders: list[Order], django_assert_num_queries: Any) -> None:
    query = """{ orders { nodes { id deliveries(first: 2) {
      nodes { receiver event { sequence order { number } } } pageInfo { hasNextPage endCursor } } } } }"""
    data_of(query)
    with django_assert_num_queries(2):
        new, paid = data_of(query)["orders"]["nodes"]
    assert [len(new["deliveries"]["nodes"]), len(paid["deliveries"]["nodes"])] == [2, 2]

    after = """query ($id: ID!, $after: String) { order(by: {id: $id}) { deliveries(first: 10, after: $after) {
      nodes { receiver } pageInfo { hasNextPage } } } }"""
    rest = data_of(after, {"id": paid["id"], "after": paid["deliveries"]["pageInfo"]["endCursor"]})
    assert len(rest["order"]["deliveries"]["nodes"]) == 3


@pytest.mark.receivers
def test_client_sees_that_an_attempt_failed_and_not_why(orders: list[Order]) -> None:
    now = timezone.now()
    begun, ended, later = now - timedelta(seconds=3), now - timedelta(seconds=1), now + timedelta(seconds=9)
    one = change(
        delivery("notifications"),
        status="RETRYING",
        attempts=2,
        last_error="ValueError: password is hunter2",
        started_at=begun,
        finished_at=ended,
        due_at=later,
    )
    found = data_of(
        """query ($id: ID!) { node(id: $id) { ... on Delivery { id receiver status attempts nextAttemptAt startedAt
          finishedAt durationSeconds failed { code message } event { type } } } }""",
        {"id": one},
    )["node"]
    assert found == {
        "id": one,
        "receiver": "notifications",
        "status": "RETRYING",
        "attempts": 2,
        "nextAttemptAt": later.isoformat(),
        "startedAt": begun.isoformat(),
        "finishedAt": ended.isoformat(),
        "durationSeconds": 2.0,
        "failed": {"code": "FAILED", "message": "The last attempt failed."},
        "event": {"type": "ORDER_CREATED"},
    }


@pytest.mark.receivers
@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("SMTPServerDisconnected: mail.internal", "UNAVAILABLE"),
        ("TimeoutError: ", "TIMED_OUT"),
        ("LeaseOver: the attempt ended without a word", "TIMED_OUT"),
        ("KeyError: 'x'", "FAILED"),
    ],
)
def test_failures_have_a_kind(orders: list[Order], error: str, code: str) -> None:
    change(delivery("audit"), status="DEAD", last_error=error)
    found = data_of("{ deliveries(statuses: DEAD) { nodes { failed { code } } } }")["deliveries"]["nodes"]
    assert found == [{"failed": {"code": code}}]


@pytest.mark.receivers
def test_a_delivery_that_was_skipped_has_not_failed(orders: list[Order]) -> None:
    change(delivery("audit"), status="SKIPPED", last_error="Skipped: on purpose")
    found = data_of("{ deliveries(statuses: SKIPPED) { nodes { failed { code } nextAttemptAt } } }")["deliveries"]
    assert found["nodes"] == [{"failed": None, "nextAttemptAt": None}]


@pytest.mark.receivers
@pytest.mark.parametrize("status", ["DEAD", "RETRYING", "SKIPPED"])
@pytest.mark.signals_driver
def test_a_delivery_is_tried_again_at_once(orders: list[Order], mailoutbox: list[Any], status: str) -> None:
    one = delivery("notifications", 1)
    first = mailoutbox[0].extra_headers["Message-ID"]
    later = timezone.now() + timedelta(hours=1)
    mailoutbox.clear()
    asked = change(one, status=status, attempts=10, last_error="ValueError: x", due_at=later)

    answer = data_of(RETRY, {"id": asked})["retryDelivery"]

    assert answer == {
        "delivery": {"id": asked, "status": "SUCCEEDED", "attempts": 1, "failed": None},
        "userErrors": [],
    }
    assert [mail.extra_headers["Message-ID"] for mail in mailoutbox] == [first]


@pytest.mark.receivers
@pytest.mark.parametrize("status", ["SUCCEEDED", "RUNNING", "PENDING"])
def test_a_delivery_that_is_done_or_due_is_not_retried(orders: list[Order], status: str) -> None:
    asked = change(delivery("audit"), status=status, attempts=1)
    answer = data_of(RETRY, {"id": asked})["retryDelivery"]
    message = "Only a delivery that is DEAD, RETRYING or SKIPPED can be tried again."
    assert answer == {
        "delivery": None,
        "userErrors": [{"code": "INVALID_TRANSITION", "field": ["id"], "message": message}],
    }
    assert (delivery("audit").status, delivery("audit").attempts) == (status, 1)


@pytest.mark.receivers
def test_another_tenants_delivery_is_not_found(orders: list[Order], other_tenant: Tenant) -> None:
    asked = change(delivery("audit"), status="DEAD")
    answer = data_of(RETRY, {"id": asked}, caller=caller_of(other_tenant))["retryDelivery"]
    assert answer == {
        "delivery": None,
        "userErrors": [{"code": "NOT_FOUND", "field": ["id"], "message": "There is no such delivery."}],
    }
    assert delivery("audit").status == "DEAD"
