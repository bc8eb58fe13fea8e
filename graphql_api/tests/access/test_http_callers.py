"""GraphQL over HTTP: which credentials count, and pages of other sites."""

import pytest
from django.test import AsyncClient

from graphql_api.tests.server.entrances import ENTRANCES
from graphql_server.tests import toy
from graphql_server.tests.asking import NOTE, URL, post, refusal, uncharged
from tenants.models import User
from tests import factories

pytestmark = [pytest.mark.urls("graphql_api.tests.server.toy_urls"), pytest.mark.usefixtures("executor")]


@pytest.fixture(params=ENTRANCES)
def http(request: pytest.FixtureRequest) -> AsyncClient:
    """A client of either entrance, on loopback and without credentials."""
    client: AsyncClient = request.param()
    return client


async def test_foreign_host_is_refused(http: AsyncClient) -> None:
    response = await post(http, {"query": NOTE}, headers={"host": "evil.example"})

    assert response.status_code == 400
    assert toy.calls == []


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://localhost:3000"},
        {"x-forwarded-for": "203.0.113.9"},
    ],
)
async def test_open_demo_is_closed_to_pages_of_other_sites(http: AsyncClient, headers: dict[str, str]) -> None:
    response = await post(http, {"query": NOTE}, headers=headers)

    assert [error["extensions"]["code"] for error in response.json()["errors"]] == ["UNAUTHENTICATED"]
    assert toy.calls == []


async def test_open_demo_serves_this_sites_page(http: AsyncClient) -> None:
    response = await post(
        http, {"query": NOTE}, headers={"origin": "http://testserver", "sec-fetch-site": "same-origin"}
    )

    assert uncharged(response.json()) == {"data": {"note": "written"}}


@pytest.fixture
def person(transactional_db: None) -> User:
    """A person who may write in the demo tenant."""
    return factories.user(username="ada")


async def test_session_needs_the_csrf_token_for_a_post(http: AsyncClient, person: User) -> None:
    await http.aforce_login(person)

    status, code, _ = refusal(await post(http, {"query": NOTE}))
    assert (status, code) == (403, "FORBIDDEN")
    assert toy.calls == []
    assert uncharged((await http.get(URL, {"query": "{ who }"})).json()) == {"data": {"who": "user:ada"}}

    http.cookies["csrftoken"] = token = "a" * 32
    response = await post(http, {"query": 'mutation { note(text: "mine") }'}, headers={"x-csrftoken": token})
    assert uncharged(response.json()) == {"data": {"note": "mine"}}


async def test_session_of_another_sites_page_is_refused_even_with_the_token(http: AsyncClient, person: User) -> None:
    await http.aforce_login(person)
    http.cookies["csrftoken"] = token = "a" * 32

    response = await post(http, {"query": NOTE}, headers={"x-csrftoken": token, "origin": "https://evil.example"})

    assert refusal(response)[0:2] == (403, "FORBIDDEN")
    assert toy.calls == []


@pytest.fixture
def token(transactional_db: None) -> str:
    """A token of the demo tenant."""
    return factories.token()


async def test_token_needs_no_csrf_token_from_any_page(http: AsyncClient, token: str) -> None:
    headers = {"authorization": f"Bearer {token}", "origin": "https://erp.example"}

    assert uncharged((await post(http, {"query": NOTE}, headers=headers)).json()) == {"data": {"note": "written"}}

    response = await post(http, {"query": "{ who }"}, headers=headers)
    assert uncharged(response.json()) == {"data": {"who": f"token:{token[:12]}"}}


@pytest.mark.django_db(transaction=True)
async def test_token_that_is_not_valid_is_refused(http: AsyncClient) -> None:
    response = await post(http, {"query": NOTE}, headers={"authorization": "Bearer ord_unknown"})

    assert refusal(response) == (401, "UNAUTHENTICATED", "The token is not valid.")
    assert response["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert toy.calls == []
