"""The life of an order as a client reads it: its times, its changes, and its effects."""

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

pytestmark = [
    *(pytest.mark.django_db, pytest.mark.relay_too, pytest.mark.processing_steps),
    pytest.mark.usefixtures("first_receivers"),
]

LIFE = """query ($id: ID!) { order(by: {id: $id}) { invoicePath
  events(first: 100) { nodes { type occurredAt numberedAt processingStep risks changes { field before after } } }
  deliveries(first: 100) { nodes { receiver status openedAt startedAt finishedAt attempts maxAttempts mailPath
    event { id numberedAt } } }
  auditRecords { nodes { action eventId } } } }"""


@pytest.fixture
def kept(settings: Any, tmp_path: Path) -> None:
    """Keep mails in a folder, as in the embedded default."""
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = "orders.mail.outbox_backend.OutboxBackend", tmp_path


def life(order: Order) -> dict[str, Any]:
    found: dict[str, Any] = data_of(LIFE, {"id": global_id("Order", order.pk)})["order"]
    return found


def moment(text: str) -> Any:
    return parse_datetime(text)


@pytest.mark.receivers
def test_events_have_their_times_and_changes(tenant: Tenant) -> None:
    events = life(place_order(lines=[line(unit_price="9000.00")], status=Status.PAID))["events"]["nodes"]

    created, paid = events[0], next(one for one in events if one["type"] == "ORDER_PAID")
    assert created["changes"] == []
    changes = {one["field"]: (one["before"], one["after"]) for one in paid["changes"]}
    assert (changes["status"], changes["version"], changes["paidAt"][0]) == (("NEW", "PAID"), (1, 2), None)
    assert list(changes) == sorted(changes)
    assert all(moment(one["occurredAt"]) <= moment(one["numberedAt"]) for one in events)
    assert [one["processingStep"] for one in events if one["processingStep"]] == [
        "CHECK_RISK",
        "ISSUE_INVOICE",
        "CONFIRM",
    ]
    assert [one["risks"] for one in events if one["risks"]] == [["LARGE_TOTAL"]]


@pytest.mark.receivers
def test_deliveries_have_their_times(tenant: Tenant, kept: None) -> None:
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


@pytest.mark.receivers
def test_delivery_to_a_removed_receiver_has_no_limit_of_attempts(tenant: Tenant) -> None:
    order = place_order()
    Delivery.objects.filter(receiver="audit").update(receiver="gone")

    gone = next(one for one in life(order)["deliveries"]["nodes"] if one["receiver"] == "gone")
    assert gone["maxAttempts"] is None


@pytest.mark.receivers
def test_out_of_band_details_are_only_in_the_audit_trail(tenant: Tenant) -> None:
    order = place_order()
    row = Event.objects.filter(order_id=order.pk).first()
    row.pk, row.id, row.sequence, row.type = None, None, 900, "order.changed_out_of_band"
    row.id = order.pk
    row.payload["details"] = {"step": "secret", "risks": ["SECRET"]}
    Event.unguarded.bulk_create([row])

    last = life(order)["events"]["nodes"][-1]
    assert (last["type"], last["processingStep"], last["risks"]) == ("ORDER_CHANGED_OUT_OF_BAND", None, [])


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


@pytest.mark.receivers
def test_receivers_have_their_rate_of_the_last_minute(tenant: Tenant, other_tenant: Tenant) -> None:
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
