"""Webhooks over GraphQL: for admins, each tenant's alone; and their bodies are what subscribers receive."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest

from events.models import Delivery, Event
from graphql_api.ids import global_id
from graphql_api.tests.client import caller_of, data_of, refusal_of
from orders.states import Status
from tenants.auth.authentication import demo_caller
from tenants.models import Tenant
from tests.factories import place_order
from webhooks.models import Attempt, Endpoint
from webhooks.tests.consumer import Answers, consumer

pytestmark = [pytest.mark.django_db, pytest.mark.receivers]
Settle = Callable[[], int]

CREATE = """mutation ($input: CreateWebhookEndpointInput!) {
  createWebhookEndpoint(input: $input) {
    endpoint { id url description eventTypes where document enabled disabledReason receiver } secret
    userErrors { code field message }
  }
}"""
UPDATE = """mutation ($input: UpdateWebhookEndpointInput!) {
  updateWebhookEndpoint(input: $input) {
    endpoint { url description eventTypes where document enabled } userErrors { code field message }
  }
}"""
LIST = """{ webhookEndpoints { id url previousSecretUntil
  attempts(first: 5) { nodes { deliveryId eventId outcome statusCode error answer } } } }"""
ROTATE = """mutation ($id: ID!, $hours: Int!) {
  rotateWebhookSecret(input: {id: $id, overlapHours: $hours}) {
    endpoint { previousSecretUntil } secret userErrors { code field }
  }
}"""
DELETE = """mutation ($id: ID!) {
  deleteWebhookEndpoint(input: {id: $id}) { deletedId userErrors { code field } }
}"""
TEST = """mutation ($id: ID!) {
  testWebhookEndpoint(input: {id: $id}) { attempt { outcome statusCode answer deliveryId } userErrors { code field } }
}"""
RESEND = """mutation ($id: ID!) {
  resendWebhook(input: {deliveryId: $id}) { delivery { status receiver } userErrors { code field } }
}"""
RESEND_SINCE = """mutation ($id: ID!, $after: String) {
  resendWebhooks(input: {id: $id, after: $after}) {
    events reopened opened hasMore endCursor userErrors { code field }
  }
}"""
URL = "https://hooks.example.com/orders"


def create(**given: Any) -> dict[str, Any]:
    caller = given.pop("caller", None)
    made: dict[str, Any] = data_of(CREATE, {"input": {"url": URL, **given}}, caller=caller)["createWebhookEndpoint"]
    return made


def test_an_endpoint_is_registered_and_shown_with_null_for_what_is_not_given() -> None:
    made = create()

    assert made["userErrors"] == []
    assert made["secret"].startswith("whsec_")
    assert made["endpoint"] == {
        "id": global_id("WebhookEndpoint", Endpoint.objects.get().pk),
        "url": URL,
        "description": None,
        "eventTypes": None,
        "where": None,
        "document": None,
        "enabled": True,
        "disabledReason": None,
        "receiver": Endpoint.objects.get().receiver,
    }


WHERE = {
    "status": {"in": ["NEW", "PAID"]},
    "total": {"gte": "12.50"},
    "createdAt": {"gt": "2026-01-01T00:00:00+00:00"},
    "OR": [{"currency": {"eq": "EUR"}}, {"NOT": {"customerEmail": {"eq": "a@example.com"}}}],
}


def test_a_filter_is_stored_as_it_was_given(settle: Settle) -> None:
    made = create(eventTypes=["ORDER_CREATED"], where=WHERE)

    assert (made["endpoint"]["where"], made["endpoint"]["eventTypes"]) == (WHERE, ["ORDER_CREATED"])
    place_order(total="12.49")
    dear = place_order(total="12.50")
    settle()
    found = Delivery.objects.filter(receiver=made["endpoint"]["receiver"])
    assert [row.order_id for row in found] == [dear.pk]


def test_what_breaks_a_rule_is_returned_with_its_path() -> None:
    made = create(url="http//", description="x" * 201, document="query { viewer { actor } }")

    assert (made["endpoint"], made["secret"], Endpoint.objects.count()) == (None, None, 0)
    assert [(error["code"], error["field"]) for error in made["userErrors"]] == [
        ("INVALID", ["url"]),
        ("LIMIT_EXCEEDED", ["description"]),
        ("INVALID", ["document"]),
    ]


def test_a_change_leaves_what_it_does_not_name_and_clears_what_is_null() -> None:
    made = create(description="for the ERP", eventTypes=["ORDER_PAID"], where={"status": {"eq": "PAID"}})

    changed = data_of(UPDATE, {"input": {"id": made["endpoint"]["id"], "where": None, "enabled": False}})

    assert changed["updateWebhookEndpoint"] == {
        "endpoint": {
            "url": URL,
            "description": "for the ERP",
            "eventTypes": ["ORDER_PAID"],
            "where": None,
            "document": None,
            "enabled": False,
        },
        "userErrors": [],
    }


def test_a_rotated_secret_is_shown_once() -> None:
    made = create()

    rotated = data_of(ROTATE, {"id": made["endpoint"]["id"], "hours": 1})["rotateWebhookSecret"]
    refused = data_of(ROTATE, {"id": made["endpoint"]["id"], "hours": 1000})["rotateWebhookSecret"]

    assert rotated["secret"] not in {None, made["secret"]}
    assert rotated["endpoint"]["previousSecretUntil"] is not None
    assert refused == {
        "endpoint": None,
        "secret": None,
        "userErrors": [{"code": "INVALID", "field": ["overlapHours"]}],
    }


def test_a_test_is_answered_with_the_attempt_and_logged(settle: Settle) -> None:
    place_order()
    settle()
    with consumer(lambda request: Answers(418, body=b"no tea")) as running:
        made = create(url=running.url)
        tested = data_of(TEST, {"id": made["endpoint"]["id"]})["testWebhookEndpoint"]

    assert tested["attempt"] == {"outcome": "REFUSED", "statusCode": 418, "answer": "no tea", "deliveryId": None}
    [listed] = data_of(LIST)["webhookEndpoints"]
    assert [one["answer"] for one in listed["attempts"]["nodes"]] == ["no tea"]


def test_deliveries_are_sent_again_one_or_all_since_a_cursor(settle: Settle) -> None:
    made = create(eventTypes=["ORDER_CREATED"])
    place_order()
    place_order()
    settle()
    rows = Delivery.objects.filter(receiver=made["endpoint"]["receiver"])
    rows.update(status="SUCCEEDED")
    first = rows.order_by("sequence")[0]

    again = data_of(RESEND, {"id": global_id("Delivery", first.pk)})["resendWebhook"]
    assert again == {
        "delivery": {"status": "PENDING", "receiver": made["endpoint"]["receiver"]},
        "userErrors": [],
    }
    waits = data_of(RESEND, {"id": global_id("Delivery", first.pk)})["resendWebhook"]
    assert waits["userErrors"] == [{"code": "INVALID_TRANSITION", "field": ["id"]}]
    since = data_of(RESEND_SINCE, {"id": made["endpoint"]["id"], "after": None})["resendWebhooks"]
    assert (since["events"], since["reopened"], since["opened"], since["hasMore"]) == (2, 1, 0, False)
    assert {row.status for row in rows} == {"PENDING"}


def test_a_removed_endpoint_is_gone(settle: Settle) -> None:
    made = create()

    removed = data_of(DELETE, {"id": made["endpoint"]["id"]})["deleteWebhookEndpoint"]
    again = data_of(DELETE, {"id": made["endpoint"]["id"]})["deleteWebhookEndpoint"]

    assert removed == {"deletedId": made["endpoint"]["id"], "userErrors": []}
    assert again == {"deletedId": None, "userErrors": [{"code": "NOT_FOUND", "field": ["id"]}]}
    assert data_of(LIST) == {"webhookEndpoints": []}


OPERATIONS: list[tuple[str, dict[str, Any]]] = [
    (LIST, {}),
    (CREATE, {"input": {"url": URL}}),
    (UPDATE, {"input": {"id": global_id("WebhookEndpoint", Tenant().pk)}}),
    (ROTATE, {"id": global_id("WebhookEndpoint", Tenant().pk), "hours": 1}),
    (DELETE, {"id": global_id("WebhookEndpoint", Tenant().pk)}),
    (TEST, {"id": global_id("WebhookEndpoint", Tenant().pk)}),
    (RESEND, {"id": global_id("Delivery", Tenant().pk)}),
    (RESEND_SINCE, {"id": global_id("WebhookEndpoint", Tenant().pk)}),
]


@pytest.mark.parametrize(("operation", "variables"), OPERATIONS)
def test_every_operation_needs_the_scope_admin(operation: str, variables: dict[str, Any]) -> None:
    others = demo_caller().scopes - {"admin"}

    code, _ = refusal_of(operation, variables, caller=replace(demo_caller(), scopes=others))

    assert code == "FORBIDDEN"
    assert not Endpoint.objects.exists()


def test_another_tenants_endpoint_and_attempts_count_as_missing(other_tenant: Tenant) -> None:
    theirs = caller_of(other_tenant)
    made = create(caller=theirs)["endpoint"]["id"]

    assert data_of(LIST) == {"webhookEndpoints": []}
    assert data_of("query ($id: ID!) { node(id: $id) { id } }", {"id": made}) == {"node": None}
    for operation, name in (
        (DELETE, "deleteWebhookEndpoint"),
        (TEST, "testWebhookEndpoint"),
        (RESEND_SINCE, "resendWebhooks"),
    ):
        errors = data_of(operation, {"id": made})[name]["userErrors"]
        assert errors == [{"code": "NOT_FOUND", "field": ["id"]}]
    assert len(data_of(LIST, caller=theirs)["webhookEndpoints"]) == 1


DOCUMENTS = [
    "subscription { orderEvents { id type sequence cursor occurredAt actor changedFields order { number status } } }",
    "subscription { orderCreated { order { number total { amount currency } lines { sku quantity } metadata } } }",
    "subscription A { e: orderEvents(types: [ORDER_PAID]) { ...f } } fragment f on OrderEvent { __typename id }",
    "subscription { orderEvents { order { number events(first: 2) { nodes { type } } } } }",
]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_body_is_made_of_what_the_event_shows(document: str, settle: Settle) -> None:
    """Equality with a socket's payload is tested in :mod:`graphql_api.tests.live.test_webhook_bodies`."""
    with consumer() as running:
        made = create(url=running.url, document=document)
        assert made["userErrors"] == []
        order = place_order(status=Status.PAID)
        settle()
        data_of(TEST, {"id": made["endpoint"]["id"]})
        [request] = running.requests

    assert request.headers["content-type"] == "application/json"
    body = orjson.loads(request.body)
    assert "errors" not in body
    assert order.number in str(body) or "OrderEvent" in str(body)
    assert Event.objects.count() == Event.objects.filter(sequence__isnull=False).count()
    assert Attempt.objects.get().outcome == "DELIVERED"


def test_a_dry_run_checks_an_endpoint_and_makes_none(tenant: Tenant) -> None:
    query = CREATE.replace("input: $input)", "input: $input, dryRun: true)")

    def errors(**given: Any) -> list[Any]:
        made = data_of(query, {"input": {"url": URL, **given}})["createWebhookEndpoint"]
        assert (made["endpoint"], made["secret"], Endpoint.objects.count()) == (None, None, 0)
        return [one["field"] for one in made["userErrors"]]

    assert errors(document="subscription { orderEvents { sequence } }") == []
    assert errors(document="subscription { orderEvents { colour } }") == [["document"]]
    assert errors(url="ftp://a") == [["url"]]
