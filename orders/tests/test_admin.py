"""The admin of orders."""

import re
from typing import Any

import pytest
from django.test import Client

from audit.tests.tampering import as_tamperer
from events.models import Event
from orders.admin.order_admin import MOVES
from orders.models import Bypass, Order
from orders.states import Status
from tenants.context import tenant_context
from tenants.models import Tenant
from tenants.values.identifiers import uuid7
from tests import factories

pytestmark = pytest.mark.django_db

ADD = "/admin/orders/order/add/"
NEW = {"customer_name": "", "customer_email": "", "currency": "EUR", "external_reference": ""}
NEW |= {"total": "", "metadata": "{}"}


def typed(*lines: str) -> dict[str, Any]:
    """The inputs of the table of lines: SKU, name, quantity, unit price."""
    names = ("sku", "name", "quantity", "unit_price")
    columns = zip(*(line.split("|") for line in lines), strict=True)
    return {f"new_lines_{name}": list(column) for name, column in zip(names, columns, strict=True)}


@pytest.fixture
def client() -> Client:
    """A browser in which an operator is logged in."""
    client = Client()
    client.force_login(factories.user(role="operator", is_staff=True, username="olga"))
    return client


def errors(response: Any) -> dict[str, list[str]]:
    """The errors in the form of a response."""
    assert response.status_code == 200
    return dict(response.context["adminform"].form.errors)


def test_an_order_is_placed_with_its_lines_and_its_event(client: Client) -> None:
    lines = typed("TEA-1|Earl Grey|2|12.50", "| | |", "CUP-1||1|4.20")
    response = client.post(ADD, NEW | {"customer_name": "Ada", "metadata": '{"a": 1}'} | lines)
    order = Order.objects.get()

    assert response.status_code == 302
    assert (order.customer_name, str(order.total), order.metadata) == ("Ada", "29.20", {"a": 1})
    assert [(one.sku, one.quantity, one.name) for one in order.lines.all()] == [
        ("TEA-1", 2, "Earl Grey"),
        ("CUP-1", 1, ""),
    ]
    event = Event.objects.get(type="order.created")
    assert (event.actor, event.order_id) == ("user:olga", order.pk)


def test_an_orders_page_shows_its_lines_and_an_amount_without_places_that_its_currency_lacks(client: Client) -> None:
    order = factories.place_order(lines=[factories.line(sku="TEA-9", unit_price="1200")], currency="JPY")
    page = client.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    new = client.get(ADD).content.decode()

    assert "TEA-9" in page
    assert "2,400 JPY" in page
    assert "Order lines" in page
    assert "Order lines" not in new


def test_an_order_is_placed_with_a_bare_total(client: Client) -> None:
    client.post(ADD, NEW | {"total": "100"})

    assert str(Order.objects.get().total) == "100.00"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "total"),
        ({"total": "1e2"}, "total"),
        ({"total": "١٢"}, "total"),
        ({"total": "1", **typed("A||1|1")}, "total"),
        (typed("A||x|1"), "new_lines"),
        (typed("A||1|1e2"), "new_lines"),
        (typed("A||0|1"), "new_lines"),
        ({"total": "1", "customer_email": "no-address"}, "customer_email"),
        ({"total": "1", "currency": "XXX"}, "currency"),
        ({"total": "1", "metadata": "[1]"}, "metadata"),
        ({"total": "1", "external_reference": "PO-1"}, "external_reference"),
    ],
)
def test_the_form_names_the_field_that_breaks_a_rule(client: Client, given: dict[str, Any], field: str) -> None:
    factories.place_order(external_reference="PO-1")

    assert list(errors(client.post(ADD, NEW | given))) == [field]
    assert Order.objects.count() == 1


def test_a_line_with_an_error_is_shown_again_with_its_number(client: Client) -> None:
    response = client.post(ADD, NEW | typed("TEA-1|Earl Grey|2|12.50", "|||", "CUP-1|Cup|two|4.20"))

    assert errors(response) == {"new_lines": ["Line 2, quantity: Must be a whole number, such as 2."]}
    shown = response.content.decode()
    assert 'value="Earl Grey" aria-label="Name of line 1"' in shown
    assert 'value="two" aria-label="Quantity of line 2"' in shown


@pytest.mark.parametrize(
    ("move", "before", "data", "after", "details"),
    [
        ("pay", None, {}, "PAID", {}),
        ("ship", Status.PAID, {"tracking_code": "DE42"}, "SHIPPED", {"tracking_code": "DE42"}),
        ("deliver", Status.SHIPPED, {}, "DELIVERED", {}),
        ("cancel", Status.PAID, {"reason": "Twice."}, "CANCELLED", {"reason": "Twice."}),
    ],
)
def test_an_order_is_moved_from_its_page(
    client: Client, move: str, before: Status | None, data: dict[str, str], after: str, details: dict[str, str]
) -> None:
    order = factories.place_order(status=before or Status.NEW)
    page = f"/admin/orders/order/{order.pk}/change/"
    url = f"/admin/orders/order/{order.pk}/{move}/"

    assert client.get(url).status_code == 200  # The GET shows a form and changes nothing.
    assert Order.objects.get().status == order.status
    response = client.post(url, data | {"_form_submitted": "on"}, headers={"hx-request": "true"})
    assert response["HX-Redirect"] == page
    assert Order.objects.get().status == after
    assert Event.objects.order_by("insertion_id").last().payload["details"] == details


def dialog(client: Client, order: Order, action: str) -> dict[str, Any]:
    """What a dialog sends if nothing is changed in it."""
    form = client.get(f"/admin/orders/order/{order.pk}/{action}/").context["form"]
    return {name: "on" if name.startswith("_") else form.initial.get(name, "") for name in form.fields}


def test_a_payment_is_refunded_in_parts_from_the_orders_page(client: Client) -> None:
    order = factories.place_order(total="25.00", status=Status.PAID)
    page, url = f"/admin/orders/order/{order.pk}/change/", f"/admin/orders/order/{order.pk}/refund/"
    assert "At most 25.00 EUR" in client.get(url).content.decode()

    given = dialog(client, order, "refund") | {"amount": "10.50", "reason": "Damaged."}
    client.post(url, given)
    again = client.post(url, given, follow=True).content.decode()  # A second click, of the same dialog.

    assert "has changed" in again
    assert f"/{order.pk}/refund/" in client.get(page).content.decode()
    assert (str(Order.objects.get().refunded_total), Order.objects.get().version) == ("10.50", order.version + 1)
    client.post(url, dialog(client, order, "refund"))
    found = Order.objects.get()
    assert [(str(one.amount), one.reason) for one in found.known_refunds] == [("10.50", "Damaged."), ("14.50", "")]
    assert f"/{order.pk}/refund/" not in client.get(page).content.decode()


@pytest.mark.parametrize(
    ("amount", "message"),
    [("25.01", "Must be at most 25.00"), ("ten", "Must be a plain decimal number"), ("0", "more than 0")],
)
def test_a_refund_that_breaks_a_rule_is_explained(client: Client, amount: str, message: str) -> None:
    order = factories.place_order(total="25.00", status=Status.PAID)
    given = dialog(client, order, "refund") | {"amount": amount}
    page = client.post(f"/admin/orders/order/{order.pk}/refund/", given, follow=True).content.decode()

    assert message in page
    assert Order.objects.get().version == order.version


def test_notes_and_tags_are_changed_from_the_orders_page(client: Client) -> None:
    order = factories.place_order(notes="Ring.", tags=["vip", "gift"])
    given = dialog(client, order, "edit")
    assert (given["notes"], given["tags"]) == ("Ring.", "gift, vip")

    client.post(f"/admin/orders/order/{order.pk}/edit/", given | {"notes": "Knock.", "tags": "vip, fragile,"})
    found = Order.objects.get()
    assert (found.notes, found.tags) == ("Knock.", ["fragile", "vip"])
    event = Event.objects.order_by("insertion_id").last()
    assert (event.type, event.actor) == ("order.updated", "user:olga")
    stale = client.post(f"/admin/orders/order/{order.pk}/edit/", given, follow=True).content.decode()
    assert "has changed" in stale
    assert Order.objects.get().notes == "Knock."


@pytest.mark.parametrize("action", ["refund", "edit"])
def test_an_order_of_another_tenant_is_not_changed(client: Client, other_tenant: Tenant, action: str) -> None:
    with tenant_context(other_tenant.id):
        order = factories.place_order(status=Status.PAID, notes="Theirs.")
    url = f"/admin/orders/order/{order.pk}/{action}/"

    assert "Theirs." not in client.get(url).content.decode()
    client.post(url, {"_form_submitted": "on", "expected_version": order.version})
    with tenant_context(other_tenant.id):
        assert Order.objects.get().version == order.version


@pytest.mark.parametrize(
    ("status", "offered"),
    [
        (Status.NEW, ["pay", "cancel"]),
        (Status.PAID, ["ship", "cancel"]),
        (Status.SHIPPED, ["deliver"]),
        (Status.DELIVERED, []),
        (Status.CANCELLED, []),
    ],
)
def test_only_the_transitions_that_a_status_allows_are_offered(
    client: Client, status: Status, offered: list[str]
) -> None:
    order = factories.place_order(status=status)
    page = client.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    rows = client.get("/admin/orders/order/", {"status__exact": status}).content.decode()

    assert [one for one in MOVES if f"/{order.pk}/{one}/" in page] == offered
    assert [one for one in MOVES if f'value="{one}_selected"' in rows] == offered
    every = client.get("/admin/orders/order/").content.decode()
    assert all(f'value="{one}_selected"' in every for one in MOVES)


def test_cancelling_alone_looks_dangerous(client: Client) -> None:
    order = factories.place_order()
    page = client.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    buttons = re.findall(r'<li class="([^"]*)"[^>]*>\s*<a href="[^"]*/(\w+)/"', page)

    assert {"pay", "cancel"} <= {name for _, name in buttons}
    assert [name for classes, name in buttons if "bg-red-600" in classes] == ["cancel"]


def test_a_transition_that_is_not_allowed_is_explained(client: Client) -> None:
    order = factories.place_order()
    response = client.post(f"/admin/orders/order/{order.pk}/ship/", {"_form_submitted": "on"}, follow=True)

    assert "to SHIPPED." in response.content.decode()
    assert Order.objects.get().version == 1


def test_selected_orders_are_moved_and_refusals_shown(client: Client) -> None:
    new, shipped = factories.place_order(), factories.place_order(status=Status.SHIPPED)
    data = {"action": "pay_selected", "_selected_action": [str(new.pk), str(shipped.pk)]}
    page = client.post("/admin/orders/order/", data, follow=True).content.decode()

    assert "Moved 1." in page
    assert f"{shipped.number}: An order cannot change from SHIPPED" in page
    assert [Order.objects.get(pk=one.pk).status for one in (new, shipped)] == ["PAID", "SHIPPED"]


def test_a_viewer_moves_nothing() -> None:
    order = factories.place_order()
    client = Client()
    client.force_login(factories.user(role="viewer", is_staff=True))

    assert client.post(f"/admin/orders/order/{order.pk}/pay/", {"_form_submitted": "on"}).status_code == 403
    client.post("/admin/orders/order/", {"action": "pay_selected", "_selected_action": [str(order.pk)]})
    assert Order.objects.get().status == "NEW"


@pytest.mark.parametrize("text", ["ada", "ADA LOVELACE", "PO-7", "ada@example.com"])
def test_orders_are_searched(client: Client, text: str) -> None:
    wanted = factories.place_order(external_reference="PO-7")
    other = factories.place_order(customer_name="Grace", customer_email="grace@example.com")
    page = client.get("/admin/orders/order/", {"q": text}).content.decode()

    assert (wanted.number in page, other.number in page) == (True, False)


def test_changes_past_the_services_are_listed_and_cannot_be_removed(tenant: Tenant, other_tenant: Tenant) -> None:
    for owner, user in [(tenant, "eve"), (other_tenant, "mallory")]:
        with tenant_context(owner.pk), as_tamperer():
            Bypass.objects.create(
                order_id=uuid7(), operation="UPDATE", columns=["total"], database_user=user, transaction_id=7
            )
    auditor = Client()
    auditor.force_login(factories.user(role="auditor", is_staff=True))

    page = auditor.get("/admin/orders/bypass/").content.decode()
    assert ("eve" in page, "mallory" in page, "Add bypass" in page) == (True, False, False)
    row = Bypass.objects.get(database_user="eve")
    assert auditor.get(f"/admin/orders/bypass/{row.pk}/change/").status_code == 200
    assert auditor.post(f"/admin/orders/bypass/{row.pk}/delete/", {"post": "yes"}).status_code == 403
