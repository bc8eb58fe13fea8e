"""Receivers and deliveries over GraphQL: shown, switched, retried and replayed, each for the caller's tenant alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from audit.models import AuditLog
from events import clock, cursors, switches
from events.dispatch import notification
from events.models import Delivery, Stream
from graphql_api.ids import global_id
from graphql_api.pages.delivery_pages import NEWEST_FIRST
from graphql_api.tests.client import as_tenant, caller_of, data_of, refusal_of
from orders.models import Order
from orders.states import Status
from tenants.auth.authentication import demo_caller
from tenants.models import Tenant
from tests.factories import place_order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("first_receivers")]

DELIVERIES = """query ($first: Int, $after: String, $statuses: [DeliveryStatus!], $receiver: String, $orderId: ID) {
  deliveries(first: $first, after: $after, statuses: $statuses, receiver: $receiver, orderId: $orderId) {
    nodes { receiver status event { sequence } } pageInfo { hasNextPage endCursor }
  }
}"""
RECEIVERS = """{ receivers { name kind eventTypes enabled isOffForAll ordered pending retrying dead lagSeconds
  ratePerMinute p95Seconds } }"""
SWITCH = """mutation ($input: SetReceiverEnabledInput!) {
  setReceiverEnabled(input: $input) { skipped receiver { name enabled isOffForAll } userErrors { code field message } }
}"""
RETRY = """mutation ($id: ID!) {
  retryDelivery(input: {id: $id}) { delivery { id status attempts failed { code } } userErrors { code field message } }
}"""
REPLAY = """mutation ($input: ReplayEventsInput!, $dryRun: Boolean) {
  replayEvents(input: $input, dryRun: $dryRun) {
    dryRun events reopened opened hasMore endCursor userErrors { code field message }
  }
}"""


@pytest.fixture
def orders(tenant: Tenant, other_tenant: Tenant) -> list[Order]:
    """A paid order (events 1 and 2 of the customer's) and a new one; and another tenant's. All receivers have run."""
    made = [place_order(status=Status.PAID), place_order()]
    with as_tenant(other_tenant):
        place_order()
    return made


def shown(**variables: Any) -> list[tuple[str, str, str]]:
    """A page of deliveries: receiver, status, and the event's sequence."""
    nodes = data_of(DELIVERIES, variables)["deliveries"]["nodes"]
    return [(node["receiver"], node["status"], node["event"]["sequence"]) for node in nodes]


def delivery(receiver: str, sequence: int = 1) -> Delivery:
    found: Delivery = Delivery.objects.get(receiver=receiver, sequence=sequence)
    return found


def change(row: Delivery, **fields: Any) -> str:
    """Change the row, and return its global id."""
    Delivery.objects.filter(pk=row.pk).update(**fields)
    return global_id("Delivery", row.pk)


# --- Deliveries -------------------------------------------------------------------------------------------------------


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


# --- Receivers --------------------------------------------------------------------------------------------------------


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


# --- Switches ---------------------------------------------------------------------------------------------------------


def switch(receiver: str, *, enabled: bool, catch_up: bool = True, caller: Any = None) -> dict[str, Any]:
    given = {"receiver": receiver, "enabled": enabled, "catchUp": catch_up}
    answer: dict[str, Any] = data_of(SWITCH, {"input": given}, caller=caller)["setReceiverEnabled"]
    return answer


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


# --- Retry ------------------------------------------------------------------------------------------------------------


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


# --- Replay -----------------------------------------------------------------------------------------------------------


def replay(caller: Any = None, dry_run: bool | None = None, **given: Any) -> dict[str, Any]:
    variables = {"input": given} | ({} if dry_run is None else {"dryRun": dry_run})
    answer: dict[str, Any] = data_of(REPLAY, variables, caller=caller)["replayEvents"]
    return answer


def numbers(answer: dict[str, Any]) -> tuple[bool, int, int, int]:
    return answer["dryRun"], answer["events"], answer["reopened"], answer["opened"]


@pytest.mark.receivers
def test_a_dry_run_changes_nothing(orders: list[Order], mailoutbox: list[Any]) -> None:
    assert numbers(replay(receiver="notifications", dry_run=True)) == (True, 3, 3, 0)
    assert len(mailoutbox) == 4  # the other tenant's is among them


@pytest.mark.receivers
def test_a_replay_repeats_mails_under_their_keys_and_leaves_the_audit_trail(
    orders: list[Order], mailoutbox: list[Any], other_tenant: Tenant
) -> None:
    records = list(AuditLog.objects.values_list("hash", flat=True))
    assert numbers(replay(receiver="notifications")) == (False, 3, 3, 0)
    assert numbers(replay(receiver="audit", dry_run=False)) == (False, 3, 3, 0)

    ours = [mail.extra_headers["Message-ID"] for mail in mailoutbox]
    assert len(mailoutbox) == 7  # ours twice, the other tenant's once
    assert len(set(ours)) == 4
    assert list(AuditLog.objects.values_list("hash", flat=True)) == records
    assert set(Delivery.objects.values_list("status", flat=True)) == {"SUCCEEDED"}


@pytest.mark.receivers
def test_a_replay_is_narrowed_by_position_and_order(orders: list[Order], tenant: Tenant) -> None:
    first = cursors.encode(tenant.pk, 1)
    assert numbers(replay(receiver="audit", dry_run=True, until=first)) == (True, 1, 1, 0)
    assert numbers(replay(receiver="audit", dry_run=True, after=first)) == (True, 2, 2, 0)
    assert numbers(replay(receiver="audit", dry_run=True, orderId=global_id("Order", orders[1].id))) == (True, 1, 1, 0)


@pytest.mark.receivers
def test_a_replay_is_narrowed_by_when_it_occurred(orders: list[Order]) -> None:
    with clock.at(datetime(2026, 3, 1, 12, tzinfo=UTC)):
        place_order()
    moment = "2026-03-01T12:00:00Z"
    assert numbers(
        replay(receiver="audit", dry_run=True, occurredAt={"gte": moment, "lt": "2026-03-01T13:00:01+01:00"})
    ) == ((True, 1, 1, 0))
    assert numbers(replay(receiver="audit", dry_run=True, occurredAt={"gt": moment})) == (True, 3, 3, 0)
    assert numbers(replay(receiver="audit", dry_run=True, occurredAt={"lt": moment})) == (True, 0, 0, 0)


def test_a_replay_goes_on_from_its_cursor(orders: list[Order], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graphql_api.administration.delivery_mutations.MAX_REPLAYED", 2)
    one = replay(receiver="audit")
    two = replay(receiver="audit", after=one["endCursor"])
    assert [(page["events"], page["hasMore"]) for page in (one, two)] == [(2, True), (1, False)]


@pytest.mark.receivers
def test_a_replay_reaches_events_from_before_the_receiver(orders: list[Order]) -> None:
    Delivery.objects.filter(receiver="audit").delete()
    assert numbers(replay(receiver="audit", dry_run=False)) == (False, 3, 0, 3)
    assert Delivery.objects.filter(receiver="audit", status="SUCCEEDED").count() == 3
    assert AuditLog.objects.count() == 3


@pytest.mark.receivers
def test_a_replay_leaves_unfinished_deliveries_and_other_tenants(orders: list[Order], other_tenant: Tenant) -> None:
    change(delivery("audit"), status="RUNNING")
    assert numbers(replay(receiver="audit", dry_run=True)) == (True, 3, 2, 0)
    order = global_id("Order", orders[0].id)
    assert numbers(replay(caller_of(other_tenant), dry_run=True, receiver="audit", orderId=order)) == (True, 0, 0, 0)


@pytest.mark.receivers
def test_cursors_ahead_of_the_log_are_refused(orders: list[Order], tenant: Tenant) -> None:
    asked = {"input": {"receiver": "audit", "until": cursors.encode(tenant.pk, 99)}}
    assert refusal_of(REPLAY, asked)[0] == "CURSOR_EXPIRED"
    newest = Delivery.objects.order_by("-sequence").first()
    assert newest is not None
    cursor = NEWEST_FIRST.cursor(tenant.pk, newest)
    query = "query ($after: String) { deliveries(after: $after) { nodes { id } } }"
    of_orders = "query ($after: String) { orders { nodes { deliveries(after: $after) { nodes { id } } } } }"
    for text in (query, of_orders):
        data_of(text, {"after": cursor})
    Stream.objects.filter(tenant=tenant).update(head=(newest.sequence or 0) - 1)
    for text in (query, of_orders):
        assert refusal_of(text, {"after": cursor})[0] == "CURSOR_EXPIRED"


def test_a_replay_from_before_the_retention_gets_the_oldest_cursor(orders: list[Order], tenant: Tenant) -> None:
    Stream.objects.filter(tenant=tenant).update(floor=2)
    asked = {"input": {"receiver": "audit", "after": cursors.encode(tenant.pk, 1)}}
    assert refusal_of(REPLAY, asked)[0] == "CURSOR_EXPIRED"


def test_live_receivers_have_nothing_to_replay(tenant: Tenant) -> None:
    [error] = replay(receiver="subscriptions")["userErrors"]
    assert (error["code"], error["field"]) == ("NOT_FOUND", ["receiver"])
