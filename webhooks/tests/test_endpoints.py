"""Endpoints are registered, changed, disabled and removed; a refusal changes nothing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings

from events.models import Delivery
from orders.states import Status
from tenants.context import tenant_context
from tenants.models import Tenant
from tests.factories import place_order
from webhooks import services
from webhooks.errors import EndpointNotFound, InvalidEndpoint, NotFinished, WebhookDeliveryNotFound
from webhooks.models import Attempt, Endpoint
from webhooks.signing import unlocked
from webhooks.tests.endpoints import EXAMPLE, deliveries_to, endpoint, statuses

pytestmark = [pytest.mark.django_db, pytest.mark.receivers]
Settle = Callable[[], int]


def test_the_secret_is_returned_once_and_stored_encrypted() -> None:
    made, secret = services.create_endpoint(url=EXAMPLE)

    stored = Endpoint.objects.get().secret
    assert secret.startswith("whsec_")
    assert secret not in stored
    assert unlocked(stored) == secret
    assert made.receiver == f"webhook:{made.pk.hex}"


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"url": "ftp://example.com/"}, "url"),
    ({"url": "example.com"}, "url"),
    ({"url": "https://"}, "url"),
    ({"url": "https://user:password@example.com/"}, "url"),
    ({"url": "https://example.com/#part"}, "url"),
    ({"url": "https://exämple.com/"}, "url"),
    ({"url": "https://example.com/a b"}, "url"),
    ({"url": "https://example.com/\r\nx: y"}, "url"),
    ({"url": "https://example.com:0/"}, "url"),
    ({"url": "https://example.com:99999/"}, "url"),
    ({"url": "https://[::1/"}, "url"),
    ({"url": f"https://example.com/{'x' * 2000}"}, "url"),
    ({"description": "x" * 201}, "description"),
    ({"description": "a\nb"}, "description"),
    ({"event_types": ["order.eaten"]}, "eventTypes"),
    ({"event_types": "order.paid"}, "eventTypes"),
    ({"where": {"color": {"eq": "red"}}}, "where"),
    ({"where": {"total": {"gt": "much"}}}, "where"),
    ({"document": "subscription {"}, "document"),
    ({"document": "query { viewer { actor } }"}, "document"),
    ({"document": "subscription { orderStats(window: HOUR) { cursor } }"}, "document"),
    ({"document": "subscription { orderCreated { color } }"}, "document"),
    ({"document": 'subscription { orderCreated(after: "x") { id } }'}, "document"),
    ({"document": "subscription { orderCreated { id } orderChanged { id } }"}, "document"),
    ({"document": "subscription ($a: String!) { orderCreated { order { number @include(if: $a) } } }"}, "document"),
    ({"document": "#" * 10_001}, "document"),
]


@pytest.mark.parametrize(("fields", "path"), WRONG)
def test_a_field_that_breaks_a_rule_is_named_and_nothing_is_registered(fields: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidEndpoint) as refused:
        endpoint(**{"url": EXAMPLE, **fields})

    assert {error.path for error in refused.value.errors} == {(path,)}
    assert not Endpoint.objects.exists()


def test_plain_http_needs_a_network_of_the_settings(settings: LazySettings) -> None:
    endpoint("http://127.0.0.1:9000/")

    settings.WEBHOOKS_NETWORKS = []
    with pytest.raises(InvalidEndpoint, match="https"):
        endpoint("http://127.0.0.1:9000/")


def test_a_tenant_has_at_most_twenty_endpoints(other_tenant: Tenant) -> None:
    for _ in range(services.MOST_ENDPOINTS):
        endpoint()

    with pytest.raises(InvalidEndpoint, match="at most 20"):
        endpoint()
    with tenant_context(other_tenant.pk):
        assert endpoint().pk


def test_a_change_that_breaks_a_rule_changes_nothing() -> None:
    made = endpoint(description="before")

    with pytest.raises(InvalidEndpoint):
        services.update_endpoint(made.pk, description="after", url="no url")

    assert Endpoint.objects.get().description == "before"


def test_disabled_the_waiting_deliveries_are_skipped_and_enabled_it_gets_what_happens_then(settle: Settle) -> None:
    made = endpoint(event_types=["order.created"])
    place_order()
    settle()
    services.update_endpoint(made.pk, enabled=False)
    place_order()
    settle()
    assert statuses(made) == ["SKIPPED"]

    services.update_endpoint(made.pk, enabled=True)
    place_order()
    settle()
    assert statuses(made) == ["SKIPPED", "PENDING"]


def test_a_removed_endpoint_leaves_its_deliveries_skipped(settle: Settle) -> None:
    made = endpoint(event_types=["order.created"])
    place_order()
    settle()
    Attempt.objects.create(endpoint_id=made.pk, duration_seconds=1, outcome="REFUSED")

    services.delete_endpoint(made.pk)

    assert statuses(made) == ["SKIPPED"]
    assert not Endpoint.objects.exists()
    assert not Attempt.objects.exists()


def test_another_tenants_endpoint_counts_as_missing(other_tenant: Tenant) -> None:
    with tenant_context(other_tenant.pk):
        theirs = endpoint()

    for call in (
        lambda: services.update_endpoint(theirs.pk, enabled=False),
        lambda: services.delete_endpoint(theirs.pk),
        lambda: services.rotate_secret(theirs.pk, overlap=timedelta(0)),
        lambda: services.resend_since(theirs.pk, after=None, occurred_at={}, limit=10),
    ):
        with pytest.raises(EndpointNotFound):
            call()
    with tenant_context(other_tenant.pk):
        assert Endpoint.objects.get().enabled


@pytest.mark.parametrize("hours", [-1, 169])
def test_secrets_overlap_for_at_most_a_week(hours: int) -> None:
    made = endpoint()

    with pytest.raises(InvalidEndpoint):
        services.rotate_secret(made.pk, overlap=timedelta(hours=hours))

    assert Endpoint.objects.get().secret == made.secret


def succeeded(made: Endpoint) -> None:
    Delivery.objects.filter(receiver=made.receiver).update(status="SUCCEEDED")


def test_one_delivery_is_sent_again_under_its_id(settle: Settle) -> None:
    made = endpoint(event_types=["order.created"])
    place_order()
    settle()
    succeeded(made)
    [delivery] = deliveries_to(made)

    again = services.resend(delivery.pk)

    assert (again.pk, again.status, again.attempts) == (delivery.pk, "PENDING", 0)


def test_a_delivery_that_waits_is_not_sent_again(settle: Settle) -> None:
    made = endpoint(event_types=["order.created"])
    place_order()
    settle()

    with pytest.raises(NotFinished):
        services.resend(deliveries_to(made)[0].pk)


def test_only_deliveries_to_endpoints_are_sent_again(settle: Settle) -> None:
    place_order()
    settle()
    mail = Delivery.objects.get(receiver="notifications")

    for unknown in (mail.pk, uuid4()):
        with pytest.raises(WebhookDeliveryNotFound):
            services.resend(unknown)
    assert Delivery.objects.get(pk=mail.pk).status == "SUCCEEDED"


def test_the_events_since_a_position_are_sent_again_and_those_that_were_missed_for_the_first_time(
    settle: Settle,
) -> None:
    place_order(status=Status.PAID)
    settle()
    made = endpoint(event_types=["order.created"])
    place_order(status=Status.PAID)
    settle()
    succeeded(made)

    done = services.resend_since(made.pk, after=0, occurred_at={}, limit=100)

    assert (done.events, done.reopened, done.opened, done.more) == (2, 1, 1, False)
    assert statuses(made) == ["PENDING", "PENDING"]
    assert {row.event.type for row in deliveries_to(made)} == {"order.created"}


def test_only_events_since_a_time_are_sent_again(settle: Settle) -> None:
    made = endpoint(event_types=["order.created"])
    place_order()
    settle()
    succeeded(made)

    done = services.resend_since(made.pk, after=None, occurred_at={"gte": datetime(2100, 1, 1, tzinfo=UTC)}, limit=9)

    assert (done.events, statuses(made)) == (0, ["SUCCEEDED"])


def test_nothing_is_sent_again_to_a_disabled_endpoint(settle: Settle) -> None:
    made = endpoint(enabled=False)

    with pytest.raises(InvalidEndpoint, match="disabled"):
        services.resend_since(made.pk, after=0, occurred_at={}, limit=100)
