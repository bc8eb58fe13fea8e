"""Events that a receiver handles again, replayed over GraphQL for the caller's tenant alone."""

from datetime import UTC, datetime
from typing import Any

import pytest

from audit.models import AuditLog
from events import clock, cursors
from events.models import Delivery, Stream
from graphql_api.ids import global_id
from graphql_api.pages.delivery_pages import NEWEST_FIRST
from graphql_api.tests.administration.ledger import REPLAY, change, delivery, replay
from graphql_api.tests.client import caller_of, data_of, refusal_of
from orders.models import Order
from tenants.models import Tenant
from tests.factories import place_order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("first_receivers")]


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
