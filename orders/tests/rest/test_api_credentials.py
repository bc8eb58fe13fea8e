"""Refusals of the REST API for a caller: credentials, scopes, CSRF."""

import pytest
from django.test import Client, override_settings

from orders.models import Order
from orders.tests.rest.refusals import JSON, URL, post, refused
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("unchanged")
@override_settings(ORDERS_DEMO=False)
def test_an_anonymous_caller_is_asked_for_credentials() -> None:
    response = post({"total": 1})

    refused(response, 401)
    assert response["WWW-Authenticate"] == "Bearer"


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("credentials", ["Bearer nope", "Basic ZGVtbzpkZW1v", "Bearer", "Bearer ä"])
def test_a_token_that_is_not_valid_is_refused_even_on_loopback(credentials: str) -> None:
    response = post({"total": 1}, authorization=credentials)

    refused(response, 401)
    assert response["WWW-Authenticate"] == 'Bearer error="invalid_token"'


@pytest.mark.usefixtures("unchanged")
def test_a_token_without_the_scope_is_refused() -> None:
    reader = f"Bearer {factories.token(scopes=['orders:read'])}"

    assert refused(post({"total": 1}, authorization=reader), 403)["detail"] == "This needs the scope orders:write."
    assert Client().get(URL, headers={"authorization": reader}).status_code == 200
    auditor = f"Bearer {factories.token(scopes=['audit:read'])}"
    refused(Client().get(URL, headers={"authorization": auditor}), 403)


def test_a_session_needs_the_csrf_token_to_write() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(factories.user())

    assert "CSRF" in refused(client.post(URL, {"total": 1}, content_type=JSON), 403)["detail"]
    assert client.get(URL).status_code == 200
    client.get("/graphql/", headers={"accept": "text/html"})  # The GET sets the cookie.
    token = client.cookies["csrftoken"].value
    sent = client.post(URL, {"total": 1}, content_type=JSON, headers={"x-csrftoken": token})
    assert (sent.status_code, Order.objects.count()) == (201, 1)


def test_a_token_beside_a_session_needs_no_csrf_token() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(factories.user())
    headers = {"authorization": f"Bearer {factories.token()}"}

    assert client.post(URL, {"total": 1}, content_type=JSON, headers=headers).status_code == 201


@pytest.mark.usefixtures("unchanged")
def test_a_person_without_a_tenant_is_refused() -> None:
    person = factories.user()
    person.memberships.all().delete()
    client = Client()
    client.force_login(person)

    assert refused(client.get(URL), 403)["detail"] == "You belong to no tenant."


@pytest.mark.usefixtures("unchanged")
def test_a_page_of_another_site_does_not_act_as_the_demo() -> None:
    refused(post({"total": 1}, origin="https://evil.example"), 401)
