"""Endpoints in the admin: registered by the same rules, the secret shown once, the tenant's alone."""

import pytest
from django.test import Client
from django.urls import reverse

from tenants.context import tenant_context
from tenants.models import Membership, Tenant
from tests import factories
from webhooks.models import Attempt, Endpoint
from webhooks.signing import unlocked
from webhooks.tests.consumer import consumer
from webhooks.tests.endpoints import EXAMPLE, endpoint

pytestmark = pytest.mark.django_db

LIST, ADD = "/admin/webhooks/endpoint/", "/admin/webhooks/endpoint/add/"


def signed_in(client: Client, role: str = Membership.Role.ADMIN) -> Client:
    """A client of a person with this role."""
    client.force_login(factories.user(role=role, is_staff=True), backend="tenants.backends.PeopleBackend")
    return client


def test_an_endpoint_is_registered_and_its_secret_shown_once(client: Client) -> None:
    signed_in(client)
    page = client.post(ADD, {"url": EXAMPLE, "event_types": ["order.paid"], "enabled": "on"})

    made = Endpoint.objects.get()
    secret = unlocked(made.secret)
    assert page.status_code == 200
    assert secret in page.content.decode()
    assert (made.url, made.event_types, made.where) == (EXAMPLE, ["order.paid"], None)
    shown = client.get(reverse("admin:webhooks_endpoint_change", args=[made.pk])).content.decode()
    assert EXAMPLE in shown
    assert secret not in shown


@pytest.mark.parametrize(
    ("name", "value"), [("url", "ftp://a"), ("document", "query { a }"), ("where", '{"color": 1}')]
)
def test_a_field_that_breaks_a_rule_is_named(client: Client, name: str, value: str) -> None:
    signed_in(client)
    page = client.post(ADD, {"url": EXAMPLE, "enabled": "on", name: value})

    assert [*page.context["adminform"].form.errors] == [name]
    assert not Endpoint.objects.exists()


def test_an_endpoint_is_changed_and_removed(client: Client) -> None:
    signed_in(client)
    made = endpoint()
    client.post(reverse("admin:webhooks_endpoint_change", args=[made.pk]), {"url": EXAMPLE, "description": "ERP"})
    changed = Endpoint.objects.get()
    assert (changed.description, changed.enabled, changed.secret) == ("ERP", False, made.secret)

    client.post(reverse("admin:webhooks_endpoint_delete", args=[made.pk]), {"post": "yes"})
    assert not Endpoint.objects.exists()


def test_a_secret_is_rotated_and_shown(client: Client) -> None:
    signed_in(client)
    made = endpoint()
    page = client.post(LIST, {"action": "rotate", "_selected_action": [str(made.pk)]})

    rotated = Endpoint.objects.get()
    assert unlocked(rotated.secret) in page.content.decode()
    assert rotated.previous_secret == made.secret


@pytest.mark.receivers
def test_a_test_is_sent_and_its_outcome_shown_and_listed(client: Client) -> None:
    signed_in(client)
    factories.place_order()
    with consumer(lambda request: 503) as running:
        made = endpoint(running.url)
        page = client.post(LIST, {"action": "test", "_selected_action": [str(made.pk)]}, follow=True)

    assert "REFUSED 503" in page.content.decode()
    attempts = client.get(reverse("admin:webhooks_attempt_changelist")).content.decode()
    assert "REFUSED" in attempts.upper()
    assert client.get(reverse("admin:webhooks_attempt_change", args=[Attempt.objects.get().pk])).status_code == 200


def test_only_admins_see_endpoints_and_only_their_tenants(client: Client, other_tenant: Tenant) -> None:
    with tenant_context(other_tenant.pk):
        theirs = endpoint("https://theirs.example.com/")
    signed_in(client)
    assert "theirs.example.com" not in client.get(LIST).content.decode()
    assert client.get(reverse("admin:webhooks_endpoint_change", args=[theirs.pk])).status_code != 200

    client.logout()
    signed_in(client, Membership.Role.OPERATOR)
    assert client.get(LIST).status_code == 403
