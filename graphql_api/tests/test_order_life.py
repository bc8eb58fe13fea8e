"""The life of an order as a client reads it: when it was what, what changed, and what was made of it."""

from pathlib import Path
from typing import Any

import pytest
from django.utils.dateparse import parse_datetime
from pytest_django import DjangoAssertNumQueries

from events.models import Delivery, Event
from graphql_api.ids import global_id
from graphql_api.tests.client import caller_of, data_of
from orders.models import Order
from orders.states import Status
from tenants.models import Tenant
from tests.factories import line, place_order

pytestmark = [pytest.mark.django_db, pytest.mark.relay_too]

LIFE = """query ($id: ID!) { order(id: $id) { invoicePath
  events(first: 100) { nodes { type occurredAt numberedAt step risks changes { field before after } } }
  deliveries(first: 100) { nodes { receiver status openedAt startedAt finishedAt attempts maxAttempts mailPath
    event { id numberedAt } } }
  auditLog { nodes { action eventId } } } }"""


@pytest.fixture
def kept(settings: Any, tmp_path: Path) -> None:
    """Mails are kept in a folder, as in the embedded default."""
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = "orders.mail.outbox_backend.OutboxBackend", tmp_path


def life(order: Order) -> dict[str, Any]:
    found: dict[str, Any] = data_of(LIFE, {"id": global_id("Order", order.pk)})["order"]
    return found


def moment(text: str) -> Any:
    return parse_datetime(text)


def test_events_say_when_they_were_written_and_numbered_and_what_changed(tenant: Tenant) -> None:
    events = life(place_order(lines=[line(unit_price="9000.00")], status=Status.PAID))["events"]["nodes"]

    created, paid = events[0], next(one for one in events if one["type"] == "ORDER_PAID")
    assert created["changes"] == []
    changes = {one["field"]: (one["before"], one["after"]) for one in paid["changes"]}
    assert (changes["status"], changes["version"], changes["paidAt"][0]) == (("NEW", "PAID"), (1, 2), None)
    assert list(changes) == sorted(changes)
    assert all(moment(one["occurredAt"]) <= moment(one["numberedAt"]) for one in events)
    assert [one["step"] for one in events if one["step"]] == ["check_risk", "issue_invoice", "confirm"]
    assert [one["risks"] for one in events if one["risks"]] == [["LARGE_TOTAL"]]


def test_deliveries_say_when_they_were_due_begun_and_over(tenant: Tenant, kept: None) -> None:
    found = life(place_order())

    assert found["invoicePath"].startswith("/documents/orders/")
    by_name = {one["receiver"]: one for one in found["deliveries"]["nodes"]}
    for one in by_name.values():
        times = [one["event"]["numberedAt"], one["openedAt"], one["startedAt"], one["finishedAt"]]
        assert times == sorted(times, key=moment)
        assert (one["status"], one["attempts"], one["maxAttempts"]) == ("SUCCEEDED", 1, 10)
    mail = Delivery.objects.get(receiver="notifications").pk
    assert by_name["notifications"]["mailPath"] == f"/documents/mails/{mail}/"
    assert (by_name["audit"]["mailPath"], by_name["processing"]["mailPath"]) == (None, None)


def test_delivery_to_a_receiver_that_is_gone_has_no_limit_of_attempts(tenant: Tenant) -> None:
    order = place_order()
    Delivery.objects.filter(receiver="audit").update(receiver="gone")

    gone = next(one for one in life(order)["deliveries"]["nodes"] if one["receiver"] == "gone")
    assert gone["maxAttempts"] is None


def test_what_the_database_was_told_past_the_api_stays_the_audit_trails(tenant: Tenant) -> None:
    order = place_order()
    row = Event.objects.filter(order_id=order.pk).first()
    row.pk, row.id, row.sequence, row.type = None, None, 900, "order.changed_out_of_band"
    row.id = order.pk
    row.payload["details"] = {"step": "secret", "risks": ["SECRET"]}
    Event.unguarded.bulk_create([row])

    told = life(order)["events"]["nodes"][-1]
    assert (told["type"], told["step"], told["risks"]) == ("ORDER_CHANGED_OUT_OF_BAND", None, [])


def test_life_takes_as_many_statements_however_long_it_was(
    tenant: Tenant, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    short, long = place_order(), place_order(status=Status.DELIVERED)
    for order in (short, long):
        with django_assert_num_queries(4):
            life(order)


def test_another_tenant_reads_nothing_of_it(tenant: Tenant, other_tenant: Tenant) -> None:
    order = place_order()

    asked = {"id": global_id("Order", order.pk)}
    assert data_of(LIFE, asked, caller=caller_of(other_tenant)) == {"order": None}


def test_receivers_tell_how_much_they_finished_within_a_minute(tenant: Tenant, other_tenant: Tenant) -> None:
    place_order()
    place_order()
    Delivery.objects.filter(sequence=1, receiver="audit").update(
        finished_at=place_order().created_at.replace(year=2020)
    )

    query = "{ receivers { name maxAttempts finishedLastMinute } }"
    found = {one["name"]: one for one in data_of(query)["receivers"]}
    assert (found["audit"]["finishedLastMinute"], found["processing"]["finishedLastMinute"]) == (2, 3)
    assert found["audit"]["maxAttempts"] == 10
    theirs = data_of(query, caller=caller_of(other_tenant))["receivers"]
    assert [one["finishedLastMinute"] for one in theirs] == [0] * 4
