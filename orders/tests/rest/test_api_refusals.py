"""The REST API's refusals: their status and wording, and that they change nothing."""

import base64
import time
from typing import Any
from unittest.mock import patch

import pytest
from django.db import OperationalError
from django.test import Client, override_settings
from rest_framework.exceptions import Throttled

from orders import selectors
from orders.models import Order
from orders.rest.paginator import COLUMNS, OLDER
from orders.tests.rest.refusals import JSON, URL, errors, post, refused
from tenants.context import tenant_context
from tenants.models import Tenant
from tenants.pagination.keyset import Keyset
from tests import factories

pytestmark = pytest.mark.django_db
LINE = {"sku": "A", "quantity": 1, "unit_price": "1.00"}


@pytest.mark.parametrize(
    ("body", "code", "path"),
    [
        ({}, "REQUIRED", ["total"]),
        ({"total": 1, "status": "PAID"}, "INVALID", ["status"]),
        ({"total": "1e2"}, "INVALID", ["total"]),
        ({"total": "-1"}, "INVALID", ["total"]),
        ({"total": "1.005"}, "INVALID", ["total"]),
        ({"total": "1.000"}, "INVALID", ["total"]),
        ({"lines": [LINE | {"unit_price": "1.0000"}]}, "INVALID", ["lines", "0", "unit_price"]),
        ({"total": "١٢"}, "INVALID", ["total"]),
        ({"total": True}, "INVALID", ["total"]),
        ({"total": "100000000"}, "LIMIT_EXCEEDED", ["total"]),
        ({"total": 1, "totel": 2}, "INVALID", ["totel"]),
        ({"total": 1, "version": 7}, "INVALID", ["version"]),
        ({"total": 1, "currency": "eur"}, "INVALID", ["currency"]),
        ({"total": 1, "customer_email": "a@b.de\r\nBcc: x@y.de"}, "INVALID", ["customer_email"]),
        ({"total": 1, "customer_name": "a\u0000b"}, "INVALID", ["customer_name"]),
        ({"total": 1, "customer_name": ["a"]}, "INVALID", ["customer_name"]),
        ({"total": 1, "metadata": "a"}, "INVALID", ["metadata"]),
        ({"total": 1, "lines": [LINE]}, "INVALID", ["total"]),
        ({"lines": "A"}, "INVALID", ["lines"]),
        ({"lines": [7]}, "INVALID", ["lines", "0"]),
        ({"lines": [LINE, None]}, "REQUIRED", ["lines", "1"]),
        ({"lines": [LINE, {"sku": "A", "unit_price": 1}]}, "REQUIRED", ["lines", "1", "quantity"]),
        ({"lines": [LINE | {"quantity": 1.5}]}, "INVALID", ["lines", "0", "quantity"]),
        ({"lines": [LINE | {"quantity": "1"}]}, "INVALID", ["lines", "0", "quantity"]),
        ({"lines": [LINE | {"unit_price": None}]}, "REQUIRED", ["lines", "0", "unit_price"]),
        ({"lines": [LINE | {"price": 1}]}, "INVALID", ["lines", "0", "price"]),
        ({"lines": [LINE] * 501}, "LIMIT_EXCEEDED", ["lines"]),
    ],
)
@pytest.mark.usefixtures("unchanged")
def test_a_field_that_breaks_a_rule_is_named(body: Any, code: str, path: list[str]) -> None:
    assert errors(post(body), 400) == [(code, path)]


@pytest.mark.usefixtures("unchanged")
def test_all_errors_are_returned_together() -> None:
    found = errors(post({"total": "x", "currency": "XX", "customer_email": "y"}), 400)

    assert sorted(path[0] for _, path in found) == ["currency", "customer_email", "total"]


def test_a_taken_reference_is_a_conflict() -> None:
    factories.place_order(external_reference="PO-1")

    assert errors(post({"total": 1, "external_reference": "PO-1"}), 409) == [("TAKEN", ["external_reference"])]
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"a"',
        b"null",
        b'{"total": NaN}',
        b'{"total": Infinity}',
        b'{"total": 1e400}',
        b'{"total": 1e999999999999999999999}',
        b'{"total": ' + b"9" * 100_000 + b"}",
        b'{"total": 0.' + b"1" * 100_000 + b"}",
        b'{"total": "' + b"9" * 100_000 + b'"}',
        b'{"total": 1, "total": 2}',
        b'{"total": 1, "customer_name": "\\ud800"}',
        b'{"total": 1, "metadata": {"\\udfff": 1}}',
        b'{"total": 1, "metadata": {"a": 1e400}}',
        b'{"total": 1, "metadata": {"a": "\\u0000"}}',
        b'{"total": 1, "\\ud800": 2}',
        b'{"total": 1, "customer_name": "\xff"}',
        b'{"total": 1, "metadata": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}",
        b"[" * 500_000,
    ],
)
@pytest.mark.usefixtures("unchanged")
def test_a_malformed_body_is_refused_quickly(body: bytes) -> None:
    began = time.thread_time()  # A slow machine is no defect.
    response = post(body)

    refused(response, 400)
    assert time.thread_time() - began < 2


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
@pytest.mark.usefixtures("unchanged")
def test_only_json_is_taken(media_type: str) -> None:
    refused(Client().post(URL, b"total=1", content_type=media_type), 415)


@pytest.mark.usefixtures("unchanged")
def test_a_large_body_is_refused() -> None:
    refused(post(b'{"customer_name": "' + b"a" * 1024 * 1024 + b'"}'), 413)


@pytest.mark.parametrize("method", ["put", "delete"])
def test_an_order_changes_by_its_services_only(method: str) -> None:
    order = factories.place_order()
    response = getattr(Client(), method)(f"{URL}{order.id}/", {"status": "PAID"}, content_type=JSON)

    refused(response, 405)
    assert response["Allow"] == "GET, HEAD, PATCH, OPTIONS"
    assert Order.objects.get().status == "NEW"


def test_an_unknown_address_is_a_problem_too() -> None:
    refused(Client().get("/api/nothing/"), 404)


@override_settings(ALLOWED_HOSTS=["orders.example"])
def test_an_unknown_host_is_a_problem_too() -> None:
    response = Client().get(URL)

    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")


def test_only_json_is_answered() -> None:
    refused(Client().get(URL, headers={"accept": "text/html"}), 406)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("limit", value) for value in ("0", "101", "-1", "x", "", "1e1", "٣", "9" * 5000)),
        *(("cursor", value) for value in ("", "x", "AAAA", "ä", "A" * 44, "_" * 34, "P" * 100_000)),
        ("status", "LOST"),
        ("status", ""),
        ("number", "a\x00b"),
        *(("total_least", value) for value in ("", ".", "1.", ".5", "-1", "1e3", "٣", "1" * 16, "1,5")),
        *(("created_from", value) for value in ("", "yesterday", "2026-11-30", "2026-11-30T12:00:00")),
        *(("search", value) for value in ("a" * 201, "a " * 11)),
        ("search", ["a", "b"]),
        ("state", "NEW"),
        ("format", "xml"),
        ("limit", ["2", "3"]),
    ],
)
def test_a_malformed_query_parameter_is_named(name: str, value: str | list[str]) -> None:
    assert errors(Client().get(URL, {name: value}), 400) == [("INVALID", [name])]


def test_another_tenants_cursor_and_a_changed_cursor_are_refused(tenant: Tenant, other_tenant: Tenant) -> None:
    with tenant_context(other_tenant.id):
        theirs = factories.place_order()
    ours = factories.place_order()
    cursor = OLDER.cursor(tenant.pk, ours)
    of_graphql = Keyset("orders.CREATED_AT.DESC", COLUMNS, descending=True).cursor(tenant.pk, ours)
    changed = [cursor[:-1] + "A", cursor[:-1] + "Q", OLDER.cursor(other_tenant.pk, theirs), of_graphql]

    assert Client().get(URL, {"cursor": cursor}).json()["results"] == []
    for wrong in {*changed} - {cursor}:
        assert errors(Client().get(URL, {"cursor": wrong}), 400) == [("INVALID", ["cursor"])]


def test_a_cursor_that_was_made_by_hand_is_refused() -> None:
    order = factories.place_order()
    key = int(order.created_at.timestamp() * 1_000_000).to_bytes(8, "big") + order.pk.bytes
    made = base64.urlsafe_b64encode(b">" + key).decode().rstrip("=")

    assert errors(Client().get(URL, {"cursor": made}), 400) == [("INVALID", ["cursor"])]


def test_an_internal_error_is_masked() -> None:
    with patch.object(selectors, "existing", side_effect=RuntimeError("password=hunter2")):
        response = Client().get(f"{URL}{factories.place_order().id}")

    assert "hunter2" not in response.content.decode()
    assert refused(response, 500)["title"] == "Internal Server Error"


def test_an_unreachable_database_gives_retry_after() -> None:
    with patch.object(selectors, "existing", side_effect=OperationalError("could not connect to 10.0.0.7")):
        response = Client().get(f"{URL}{factories.place_order().id}")

    assert "10.0.0.7" not in response.content.decode()
    refused(response, 503)
    assert response["Retry-After"] == "1"


@pytest.mark.parametrize(("error", "status"), [(OperationalError("10.0.0.7"), 503), (RuntimeError("hunter2"), 500)])
def test_an_internal_error_before_the_view_is_masked_too(error: Exception, status: int) -> None:
    client = Client(raise_request_exception=False)
    with patch("tenants.middleware.caller_for", side_effect=error):
        response = client.get(URL)

    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")
    assert not any(secret in response.content.decode() for secret in ("10.0.0.7", "hunter2"))


def test_too_many_requests_give_retry_after() -> None:
    with patch.object(selectors, "existing", side_effect=Throttled(wait=7)):
        response = Client().get(f"{URL}{factories.place_order().id}")

    refused(response, 429)
    assert response["Retry-After"] == "7"
