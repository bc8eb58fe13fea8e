"""REST: changing, refunding and finding orders."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from orders.models import Order
from orders.states import Status
from orders.tests.test_api import URL, get, post
from orders.writing.refunds import refund_order
from tenants.context import tenant_context
from tenants.models import Tenant
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.receivers_off_too]


def patch(order_id: object, body: Any, **headers: str) -> Any:
    """PATCH JSON as the open demo."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Client().patch(f"{URL}{order_id}/", body, content_type="application/json", headers=named)


def test_given_fields_change_and_null_empties() -> None:
    order = factories.place_order(external_reference="A-1", notes="a")

    answer = patch(
        order.id, {"notes": None, "tags": ["b", "a"], "external_reference": None, "metadata": {"a": 1}}, if_match='"1"'
    )

    assert (answer.status_code, answer["ETag"]) == (200, '"2"')
    body = answer.json()
    assert (body["notes"], body["tags"], body["external_reference"]) == (None, ["a", "b"], None)
    assert (body["metadata"], body["customer_name"]) == ({"a": 1}, "Ada Lovelace")


def test_a_repeated_update_is_answered_and_changes_nothing() -> None:
    order = factories.place_order()
    first, second = (patch(order.id, {"notes": "a"}, idempotency_key="k") for _ in range(2))
    assert (first.json()["version"], second.json()["version"], second["Idempotent-Replayed"]) == (2, 2, "true")


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (Status.NEW, {}, (400, "REQUIRED", [])),
        (Status.NEW, {"notez": "a"}, (400, "INVALID", ["notez"])),
        (Status.NEW, {"status": "PAID"}, (400, "INVALID", ["status"])),
        (Status.NEW, {"tags": "vip"}, (400, "INVALID", ["tags"])),
        (Status.NEW, {"customer_email": 5}, (400, "INVALID", ["customer_email"])),
        (Status.SHIPPED, {"customer_name": "Bob"}, (409, "INVALID_TRANSITION", ["customer_name"])),
        (Status.PAID, {"notes": "a", "expected_version": 1}, (409, "STALE_VERSION", ["expected_version"])),
    ],
)
def test_a_refused_update_changes_nothing(status: Status, body: Any, expected: Any) -> None:
    order = factories.place_order(status=status)
    before = Order.objects.get().snapshot()
    answer = patch(order.id, body)
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["code"], error["path"]) == expected
    assert Order.objects.get().snapshot() == before


def test_an_order_is_refunded() -> None:
    order = factories.place_order(total="25.00", status=Status.PAID)
    url = f"{URL}{order.id}/refund/"

    part = post(url, {"amount": "10.5", "reason": "Damaged."}, idempotency_key="k").json()
    again = post(url, {"amount": 10.5, "reason": "Damaged."}, idempotency_key="k")
    rest = post(url).json()

    assert (part["refunded_total"], part["refund_status"]) == ("10.50", "PARTIAL")
    assert [(one["amount"], one["reason"]) for one in part["refunds"]] == [("10.50", "Damaged.")]
    assert (again.json()["refunds"], again["Idempotent-Replayed"]) == (part["refunds"], "true")
    assert (rest["refunded_total"], rest["refund_status"], rest["status"]) == ("25.00", "FULL", "PAID")


@pytest.mark.parametrize(
    ("status", "amount", "expected"),
    [
        (Status.PAID, "25.01", (400, "LIMIT_EXCEEDED")),
        (Status.PAID, "x", (400, "INVALID")),
        (Status.NEW, "1.00", (409, "INVALID_TRANSITION")),
    ],
)
def test_a_refused_refund_changes_nothing(status: Status, amount: str, expected: Any) -> None:
    order = factories.place_order(total="25.00", status=status)
    before = Order.objects.get().snapshot()
    answer = post(f"{URL}{order.id}/refund/", {"amount": amount})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == expected
    assert Order.objects.get().snapshot() == before


def test_new_orders_may_have_notes_and_tags() -> None:
    body = post(URL, {"total": 1, "notes": "a\nb", "tags": ["b", "a"]}).json()
    assert (body["notes"], body["tags"], body["refund_status"], body["refunds"]) == ("a\nb", ["a", "b"], "NONE", [])
    assert post(URL, {"total": 1, "tags": [1]}).status_code == 400


def test_orders_are_found_by_sku_tag_and_progress() -> None:
    pots = factories.place_order(lines=[factories.line("POT"), factories.line("LID")], tags=["vip"])
    tea = factories.place_order(lines=[factories.line("TEA")], tags=["gift"])

    def ids(**params: Any) -> set[str]:
        return {order["id"] for order in get(URL, **params).json()["results"]}

    assert ids(sku="LID") == ids(tag="vip") == ids(tag=["vip", "gift"], sku="POT") == {str(pots.id)}
    assert ids(sku=["TEA", "POT"]) == {str(pots.id), str(tea.id)}
    assert ids(sku="TEA", tag="vip") == set()
    assert ids(processing_status=Order.objects.get(pk=tea.pk).processing_status, tag="gift") == {str(tea.id)}
    assert get(URL, processing_status="LATER").status_code == 400


def test_refunds_of_a_page_are_read_together(django_assert_num_queries: Any) -> None:
    for _ in range(3):
        refund_order(factories.place_order(status=Status.PAID).id)
    with django_assert_num_queries(3):  # the orders, their lines, their refunds
        found = get(URL).json()["results"]
    assert [len(one["refunds"]) for one in found] == [1, 1, 1]


def test_another_tenants_order_is_answered_like_an_unknown_order(other_tenant: Tenant) -> None:
    with tenant_context(other_tenant.pk):
        theirs = factories.place_order(status=Status.PAID)
    for one in (theirs.id, uuid4()):
        assert patch(one, {"notes": "a"}).status_code == 404
        assert post(f"{URL}{one}/refund/").status_code == 404
    with tenant_context(other_tenant.pk):
        assert (Order.objects.get().notes, Order.objects.get().refunded_total) == ("", 0)
