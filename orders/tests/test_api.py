"""The REST API: creating, reading and changing orders."""

from collections.abc import Callable
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.handlers.asgi import ASGIRequest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from audit.models import AuditLog
from events.models import Event
from orders.models import IdempotencyRecord, Order
from orders.states import Status
from orders.views import OrderViewSet
from tenants.auth.authentication import demo_caller
from tenants.context import tenant_context
from tenants.models import Tenant
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.receivers_off_too]

URL = "/api/orders/"
LINE = {"sku": "TEA-1", "name": "Tea", "quantity": 2, "unit_price": "12.50"}


def post(url: str, body: Any = None, **headers: str) -> Any:
    """POST JSON as the open demo; a header is written ``if_match``."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Client().post(url, {} if body is None else body, content_type="application/json", headers=named)


def get(url: str, **params: Any) -> Any:
    """GET as the open demo."""
    return Client().get(url, params)


# --- Create -----------------------------------------------------------------------------------------------------------


@pytest.mark.receivers
def test_the_handbooks_order_is_created(settle: Callable[[], int]) -> None:
    response = post(URL, {"total": 100, "status": "NEW"})

    order, body = Order.objects.get(), response.json()
    assert response.status_code == 201
    assert response["Location"] == f"http://testserver/api/orders/{order.id}"
    assert (response["ETag"], response["Cache-Control"]) == ('"1"', "no-store")
    assert (body["id"], body["total"], body["status"], body["lines"]) == (str(order.id), "100.00", "NEW", [])
    settle()
    assert AuditLog.objects.count() == 1


def test_the_address_works_without_its_slash() -> None:
    assert post("/api/orders", {"total": 1}).status_code == 201
    assert get("/api/orders").json()["results"][0]["total"] == "1.00"


def test_an_order_with_lines_has_their_total_and_every_field() -> None:
    given = {
        "lines": [LINE, {"sku": "CUP-1", "quantity": 1, "unit_price": 4.2}],
        "currency": "USD",
        "customer_email": "ada@example.com",
        "customer_name": "Ada <b>Lovelace</b> 🫖",
        "external_reference": "PO-7'; DROP TABLE orders--",
        "metadata": {"weight": 0.1, "tags": ["a", None, True]},
    }
    body = post(URL, given).json()

    written = {name: body[name] for name in given if name != "lines"}
    assert written == {name: value for name, value in given.items() if name != "lines"}
    assert body["total"] == "29.20"
    assert body["lines"] == [
        {"sku": "TEA-1", "name": "Tea", "quantity": 2, "unit_price": "12.50", "total": "25.00"},
        {"sku": "CUP-1", "name": None, "quantity": 1, "unit_price": "4.20", "total": "4.20"},
    ]
    assert body["available_transitions"] == ["PAID", "CANCELLED"]
    assert (body["version"], body["processing_status"]) == (1, "PENDING")
    assert body["created_at"] == body["updated_at"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("0.1", "0.10"),
        ("100", "100.00"),
        ("100.0", "100.00"),
        ('"99999999.99"', "99999999.99"),
        ("0", "0.00"),
        ("1.500", "1.50"),
    ],
)
def test_amounts_count_exactly(written: str, read: str) -> None:
    response = Client().post(URL, f'{{"total": {written}}}', content_type="application/json")

    assert (response.status_code, response.json()["total"]) == (201, read)


def test_null_is_the_same_as_left_out() -> None:
    absent = ("customer_email", "customer_name", "external_reference", "notes")
    body = post(URL, {"total": "1.00", "lines": None, **dict.fromkeys(absent)}).json()

    assert {name: body[name] for name in absent} == dict.fromkeys(absent)
    assert body["currency"] == "EUR"


def test_the_event_has_the_actor_and_the_address() -> None:
    text = factories.token()
    headers = {"authorization": f"Bearer {text}", "x-request-id": "erp-run-4711"}
    Client().post(URL, {"total": 1}, content_type="application/json", headers=headers)

    event = Event.objects.get(type="order.created")
    assert (event.actor, event.ip, event.request_id) == (f"token:{text[:12]}", "127.0.0.1", "erp-run-4711")


def test_a_request_without_a_valid_peer_address_is_served() -> None:
    """A server may give no address, or the text that a client wrote."""
    token = factories.token()
    client = Client(REMOTE_ADDR="\xff\xff", HTTP_AUTHORIZATION=f"Bearer {token}")

    response = client.post(URL, {"total": 1}, content_type="application/json")

    assert (response.status_code, Event.objects.get(type="order.created").ip) == (201, None)


def test_a_body_in_chunks_is_read() -> None:
    headers = [(b"host", b"testserver"), (b"content-type", b"application/json"), (b"transfer-encoding", b"chunked")]
    request = ASGIRequest({"type": "http", "method": "POST", "path": URL, "headers": headers}, BytesIO(b'{"total": 3}'))
    vars(request).update(caller=demo_caller(), invalid_token=False, user=AnonymousUser())

    response = OrderViewSet.as_view({"post": "create"})(request)
    assert (response.status_code, response.data["total"]) == (201, "3.00")


# --- Read -------------------------------------------------------------------------------------------------------------


def test_an_order_is_read_with_its_version_as_etag() -> None:
    order = factories.place_order(status=Status.PAID)
    response = get(f"{URL}{order.id}/")

    assert (response.json()["number"], response["ETag"]) == (order.number, '"2"')


def test_pages_are_walked_forth_and_back_without_gap_or_repeat() -> None:
    newest_first = [str(factories.place_order().id) for _ in range(5)][::-1]
    first = get(URL, limit=2)
    second = Client().get(first.json()["next"])
    third = Client().get(second.json()["next"])
    again = Client().get(second.json()["previous"])

    pages = [[order["id"] for order in page.json()["results"]] for page in (first, second, third, again)]
    assert pages == [newest_first[:2], newest_first[2:4], newest_first[4:], newest_first[:2]]
    assert (first.json()["previous"], third.json()["next"], again.json()["previous"]) == (None, None, None)
    assert first["Link"] == f'<{first.json()["next"]}>; rel="next"'
    assert second["Link"] == f'<{second.json()["next"]}>; rel="next", <{second.json()["previous"]}>; rel="prev"'


def test_orders_of_the_same_instant_are_paged_too() -> None:
    Order.objects.bulk_create([Order(total=number) for number in range(4)])
    Order.unguarded.update(created_at="2026-01-01T00:00:00Z")
    seen, url = [], f"{URL}?limit=1"
    while url:
        page = Client().get(url).json()
        seen += [order["total"] for order in page["results"]]
        url = page["next"]

    assert sorted(seen) == ["0.00", "1.00", "2.00", "3.00"]


def test_a_page_keeps_its_filter() -> None:
    wanted = [factories.place_order(status=Status.PAID) for _ in range(3)]
    factories.place_order()
    first = get(URL, limit=2, status="PAID").json()
    second = Client().get(first["next"]).json()

    found = [order["id"] for order in first["results"] + second["results"]]
    assert found == [str(order.id) for order in reversed(wanted)]


def test_the_list_is_filtered() -> None:
    new, paid = factories.place_order(external_reference="PO-1"), factories.place_order(status=Status.PAID)

    def ids(**params: Any) -> set[str]:
        return {order["id"] for order in get(URL, **params).json()["results"]}

    assert ids(number=paid.number) == {str(paid.id)}
    assert ids(external_reference="PO-1") == {str(new.id)}
    assert ids(status=["NEW", "PAID"]) == {str(new.id), str(paid.id)}
    assert ids(status="SHIPPED") == set()


def test_the_list_is_filtered_by_amount_time_currency_and_search() -> None:
    tea = factories.place_order(lines=[factories.line("TEA-1", unit_price="9.50", quantity=1)], customer_name="Ada")
    cup = factories.place_order(total="40.00", currency="USD", customer_name="Grace")

    def ids(**params: Any) -> set[str]:
        return {order["id"] for order in get(URL, **params).json()["results"]}

    assert ids(currency=["USD", "SEK"]) == {str(cup.id)}
    assert ids(total_least="9.51") == {str(cup.id)}
    assert ids(total_most="9.5") == {str(tea.id)}
    assert ids(created_before=cup.created_at.isoformat()) == {str(tea.id)}
    assert ids(created_from=cup.created_at.isoformat()) == {str(cup.id)}
    assert [ids(search=text) for text in ("tea-1", "grace", "TEA", "EAT", "")] == [
        {str(tea.id)},
        {str(cup.id)},
        {str(tea.id)},
        set(),
        {str(tea.id), str(cup.id)},
    ]


def test_a_page_costs_the_same_statements_whatever_its_length(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(5):
        factories.place_order(lines=[factories.line(), factories.line("CUP-1")])
    for limit in (1, 5):
        with django_assert_num_queries(2):  # the orders, their lines
            get(URL, limit=limit)


# --- Change of status -------------------------------------------------------------------------------------------------


def test_an_order_goes_through_its_life() -> None:
    url = f"{URL}{factories.place_order().id}"
    paid = post(f"{url}/pay/")
    shipped = post(f"{url}/ship", {"tracking_code": "DE42"})
    delivered = post(f"{url}/deliver/", {"expected_version": 3})

    assert [answer.json()["status"] for answer in (paid, shipped, delivered)] == ["PAID", "SHIPPED", "DELIVERED"]
    assert [answer["ETag"] for answer in (paid, shipped, delivered)] == ['"2"', '"3"', '"4"']
    assert Event.objects.get(type="order.shipped").payload["details"] == {"tracking_code": "DE42"}


def test_a_move_needs_no_body() -> None:
    order = factories.place_order()

    assert Client().generic("POST", f"{URL}{order.id}/pay/").json()["status"] == "PAID"


def test_an_order_is_cancelled_for_a_reason() -> None:
    order = factories.place_order()

    assert post(f"{URL}{order.id}/cancel/", {"reason": "Twice."}).json()["status"] == "CANCELLED"
    assert Event.objects.get(type="order.cancelled").payload["details"] == {"reason": "Twice."}


def test_the_etag_lets_a_change_through_that_read_the_latest() -> None:
    order = factories.place_order()

    assert post(f"{URL}{order.id}/pay/", if_match='"1"').status_code == 200
    assert post(f"{URL}{order.id}/ship/", if_match="*").status_code == 200


# --- Idempotency ------------------------------------------------------------------------------------------------------


def test_a_repeated_create_returns_the_same_and_writes_nothing() -> None:
    first = post(URL, {"total": 100}, idempotency_key="k1")
    second = post(URL, {"total": "100.00"}, idempotency_key="k1")

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    assert ("Idempotent-Replayed" in first, second["Idempotent-Replayed"]) == (False, "true")
    assert (Order.objects.count(), IdempotencyRecord.objects.count()) == (1, 1)


def test_a_repeated_move_returns_the_same_and_writes_nothing() -> None:
    order = factories.place_order()
    first, second = (post(f"{URL}{order.id}/pay/", idempotency_key="k1") for _ in range(2))

    assert (first.status_code, second.status_code) == (200, 200)
    assert (second.json()["version"], second["Idempotent-Replayed"]) == (2, "true")
    assert Event.objects.filter(type="order.paid").count() == 1


def test_a_tenants_key_is_its_own(other_tenant: Tenant) -> None:
    post(URL, {"total": 100}, idempotency_key="k1")
    headers = {"authorization": f"Bearer {factories.token(of=other_tenant)}", "idempotency-key": "k1"}
    response = Client().post(URL, {"total": 7}, content_type="application/json", headers=headers)

    assert (response.status_code, "Idempotent-Replayed" in response) == (201, False)


# --- Tenants ----------------------------------------------------------------------------------------------------------


def test_another_tenants_order_is_answered_like_an_unknown_order(other_tenant: Tenant) -> None:
    with tenant_context(other_tenant.pk):
        theirs = factories.place_order(external_reference="PO-9")

    def without_request_id(response: Any) -> Any:
        return response.status_code, {**response.json(), "requestId": ""}

    for path in ("", "/pay/", "/ship/", "/deliver/", "/cancel/"):
        ask = post if path else get
        answers = [without_request_id(ask(f"{URL}{name}{path}")) for name in (theirs.id, uuid4(), "not-an-id")]
        assert answers[0] == answers[1] == answers[2]
        assert answers[0][0] == 404
    assert get(URL).json()["results"] == []
    assert get(URL, number=theirs.number).json()["results"] == []
    with tenant_context(other_tenant.pk):
        assert Order.objects.get().version == 1


def test_a_token_reads_its_own_tenants_orders(other_tenant: Tenant) -> None:
    factories.place_order()
    with tenant_context(other_tenant.pk):
        theirs = factories.place_order()
    headers = {"authorization": f"bearer {factories.token(of=other_tenant)}"}

    found = Client().get(URL, headers=headers).json()["results"]
    assert [order["id"] for order in found] == [str(theirs.id)]
