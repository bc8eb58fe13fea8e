"""A person with several tenants chooses one to act for; other tenants are refused like unknown ones."""

import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test import AsyncClient, Client
from django.test.utils import CaptureQueriesContext

from graphql_api.server import server
from graphql_api.tests.server.entrances import ENTRANCES
from graphql_server.testing.peer import Closed, Peer
from graphql_server.tests.asking import post, refusal
from tenants.auth.authentication import CHOSEN_TENANT, caller_for
from tenants.auth.recent_callers import recent_callers
from tenants.models import Membership, Tenant, User
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

WHERE = "{ viewer { tenant { slug } } }"
HOST = "testserver"
NOT_THEIRS = ["foreign", "closed", "unknown", "OTHER", " ", "x" * 5000]
REFUSED = Closed(4403, "Forbidden: you may not act for this tenant")
Role = Membership.Role


@pytest.fixture(autouse=True)
def tenants(other_tenant: Tenant) -> None:
    """Beside the demo tenant: another one, one without this person, and an inactive one."""
    factories.tenant(slug="foreign")
    factories.tenant(slug="closed", is_active=False)


@pytest.fixture
def ada(other_tenant: Tenant) -> User:
    """A person who may read in the demo tenant, and do everything in the other."""
    person = factories.user(username="ada", role=Role.VIEWER)
    Membership.objects.create(user=person, tenant=other_tenant, role=Role.ADMIN)
    Membership.objects.create(user=person, tenant=Tenant.objects.get(slug="closed"), role=Role.ADMIN)
    return person


@pytest.fixture(params=ENTRANCES)
def http(request: pytest.FixtureRequest) -> AsyncClient:
    """A client of either entrance to GraphQL over HTTP."""
    client: AsyncClient = request.param()
    return client


async def logged_in(http: AsyncClient, person: User) -> dict[str, str]:
    """The headers of a page on which this person has logged in."""
    await http.aforce_login(person)
    http.cookies["csrftoken"] = "a" * 32
    return {"x-csrftoken": "a" * 32}


async def where(http: AsyncClient, headers: dict[str, str]) -> Any:
    """The tenant that a client acts for, or the whole answer if the client is refused."""
    response = await post(http, {"query": WHERE}, headers=headers)
    data = json.loads(response.content).get("data")
    return data["viewer"]["tenant"]["slug"] if data else refusal(response)


@pytest.mark.parametrize(("asked", "got"), [({}, "demo"), ({"x-tenant": "other"}, "other"), ({"x-tenant": ""}, "demo")])
async def test_person_acts_for_the_tenant_that_they_choose(
    http: AsyncClient, ada: User, asked: dict[str, str], got: str
) -> None:
    assert await where(http, await logged_in(http, ada) | asked) == got


async def test_the_choice_of_a_session_holds_where_no_other_is_made(
    http: AsyncClient, ada: User, other_tenant: Tenant
) -> None:
    headers = await logged_in(http, ada)
    session = await http.asession()
    await session.aset(CHOSEN_TENANT, str(other_tenant.pk))
    await session.asave()
    ours = {"origin": f"http://{HOST}", "cookie": f"sessionid={http.cookies['sessionid'].value}"}

    assert await where(http, headers) == await socket({}, ours) == "other"
    assert await where(http, headers | {"x-tenant": "demo"}) == await socket({"tenant": "demo"}, ours) == "demo"
    await Membership.objects.filter(user=ada, tenant=other_tenant).adelete()
    assert await where(http, headers) == await socket({}, ours) == "demo"


@pytest.mark.parametrize("slug", NOT_THEIRS)
async def test_another_tenant_is_refused_like_an_unknown_tenant(http: AsyncClient, ada: User, slug: str) -> None:
    answer = await where(http, await logged_in(http, ada) | {"x-tenant": slug})

    assert answer == (403, "FORBIDDEN", "You do not belong to the tenant that you selected.")


def test_the_choice_costs_the_same_statements(ada: User) -> None:
    asked = []
    for slug in ("demo", "foreign", "unknown"):
        with CaptureQueriesContext(connection) as queries:
            caller_for(headers={"x-tenant": slug}, client_ip="192.0.2.1", user=ada)
        asked.append([query["sql"] for query in queries])

    assert asked[0] == asked[1] == asked[2]
    assert len(asked[0]) == 1


@pytest.mark.parametrize("remembered", [True, False])
async def test_token_acts_for_its_tenant_alone(http: AsyncClient, other_tenant: Tenant, remembered: bool) -> None:
    token = {"authorization": f"Bearer {await sync_to_async(factories.token)(of=other_tenant)}"}
    if remembered:
        assert await where(http, token) == "other"
    else:
        recent_callers.forget()

    refused = [await where(http, token | {"x-tenant": slug}) for slug in ("demo", "unknown")]

    assert await where(http, token | {"x-tenant": "other"}) == "other"
    assert refused[0] == refused[1] == (403, "FORBIDDEN", "You do not belong to the tenant that you selected.")


async def test_open_demo_is_the_demo_tenant_alone(http: AsyncClient) -> None:
    assert await where(http, {"x-tenant": "demo"}) == "demo"
    assert (await where(http, {"x-tenant": "other"}))[:2] == (403, "FORBIDDEN")


def test_over_rest_the_rights_are_those_in_the_chosen_tenant(ada: User) -> None:
    client = Client()
    client.force_login(ada)

    def ask(**headers: str) -> int:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.post("/api/orders/", {"total": 1}, content_type="application/json", headers=named).status_code

    assert (ask(), ask(x_tenant="other"), ask(x_tenant="foreign"), ask(x_tenant="unknown")) == (403, 201, 403, 403)


def test_over_rest_a_wrong_choice_is_an_error() -> None:
    token = factories.token()

    def ask(slug: str) -> tuple[int, Any]:
        headers = {"authorization": f"Bearer {token}", "x-tenant": slug, "x-request-id": "the-same-id"}
        response = Client().get("/api/orders/", headers=headers)
        return response.status_code, response.json()

    assert ask("demo")[0] == 200
    assert ask("other") == ask("unknown")
    assert (ask("other")[0], ask("other")[1]["detail"]) == (403, "You do not belong to the tenant that you selected.")


async def socket(payload: dict[str, Any], headers: dict[str, str]) -> object:
    """The tenant that a socket acts for, or how it is closed."""
    async with Peer(server.websocket, headers={"host": HOST, **headers}) as peer:
        await peer.says({"type": "connection_init", "payload": payload})
        answer = await peer.hears()
        if isinstance(answer, Closed):
            return answer
        await peer.subscribes("1", WHERE)
        heard = await peer.hears()
        assert isinstance(heard, dict)
        return heard["payload"]["data"]["viewer"]["tenant"]["slug"]


async def test_over_websocket_the_tenant_is_chosen_by_a_field_or_by_the_header(ada: User) -> None:
    page = AsyncClient()
    await page.aforce_login(ada)
    ours = {"origin": f"http://{HOST}", "cookie": f"sessionid={page.cookies['sessionid'].value}"}

    assert await socket({}, ours) == "demo"
    assert await socket({"tenant": "other"}, ours) == "other"
    assert await socket({}, ours | {"x-tenant": "other"}) == "other"
    assert await socket({"tenant": "demo"}, ours | {"x-tenant": "foreign"}) == "demo"
    for slug in [*NOT_THEIRS, "\x00"]:
        assert await socket({"tenant": slug}, ours) == REFUSED
    assert await socket({"tenant": 7}, ours) == Closed(
        4400, "'connection_init' payload expects 'tenant' to be a string"
    )


async def test_over_websocket_a_token_acts_for_its_tenant_alone(other_tenant: Tenant) -> None:
    token = {"authorization": f"Bearer {await sync_to_async(factories.token)(of=other_tenant)}"}

    assert await socket(token | {"tenant": "other"}, {}) == "other"
    assert await socket(token | {"tenant": "demo"}, {}) == REFUSED
    assert await socket(token | {"tenant": "unknown"}, {}) == REFUSED
