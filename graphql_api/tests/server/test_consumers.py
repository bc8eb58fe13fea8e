"""GraphQL over WebSocket: which credentials count, and how operations run."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import LazySettings
from django.db import OperationalError
from django.test import AsyncClient
from pytest_django.plugin import DjangoDbBlocker

from graphql_api.access import sockets as consumers
from graphql_api.server import server
from graphql_server.testing.peer import Closed, Peer
from graphql_server.tests import toy
from graphql_server.tests.asking import uncharged
from tenants.auth.authentication import authenticate_token
from tenants.models import ApiToken, Membership, User
from tests import factories

pytestmark = pytest.mark.usefixtures("executor")

HOST = "localhost:8000"
OURS = {"origin": f"http://{HOST}"}
FOREIGN = Closed(4403, "Forbidden: a page of another origin needs a token")
ANONYMOUS = Closed(4401, "Unauthorized: send a token in connection_init, or log in")
BAD_TOKEN = Closed(4403, "Forbidden: the token is not valid")
NO_TENANT = Closed(4403, "Forbidden: you belong to no tenant")


def peer_with(headers: Mapping[str, str] | None = None, *, address: str = "127.0.0.1") -> Peer:
    """A client of the real socket."""
    return Peer(server.websocket, headers={"host": HOST, **(headers or {})}, address=address)


async def welcome(peer: Peer, payload: dict[str, Any] | None = None) -> object:
    """The caller that the server sees in this client, or how it refuses the client."""
    async with peer:
        await peer.says({"type": "connection_init", "payload": payload})
        answer = await peer.hears()
        if isinstance(answer, Closed):
            return answer
        await peer.subscribes("1", "{who}")
        heard = await peer.hears()
        assert isinstance(heard, dict)
        return heard["payload"]["data"]["who"]


@pytest.fixture
def person(transactional_db: None) -> User:
    """A person of the demo tenant."""
    return factories.user(username="ada")


@pytest.fixture(params=["new", "seen a moment ago"])
def token(request: pytest.FixtureRequest, transactional_db: None) -> str:
    """A token of the demo tenant: one that the database must look up, and one that is cached."""
    token = factories.token()
    if request.param != "new":
        authenticate_token(f"Bearer {token}")
    return token


def session_of(http: AsyncClient) -> dict[str, str]:
    """The cookie header of a client that has logged in."""
    return {"cookie": f"sessionid={http.cookies['sessionid'].value}"}


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.9", "::1"])
async def test_the_demo_is_open_on_loopback(address: str) -> None:
    assert await welcome(peer_with(address=address)) == "demo"


async def test_the_demo_is_open_to_this_sites_page() -> None:
    assert await welcome(peer_with(OURS)) == "demo"


async def test_the_demo_needs_no_statement(django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.block():
        assert await welcome(peer_with(OURS)) == "demo"


async def test_the_demo_is_closed_to_another_host() -> None:
    assert await welcome(peer_with(address="192.0.2.1")) == ANONYMOUS


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "x-real-ip", "cf-ray", "x-forwarded-proto"])
async def test_the_demo_is_closed_to_forwarded_requests(header: str) -> None:
    assert await welcome(peer_with({header: "127.0.0.1"})) == ANONYMOUS


async def test_the_demo_can_be_switched_off(settings: LazySettings) -> None:
    settings.ORDERS_DEMO = False
    assert await welcome(peer_with(OURS)) == ANONYMOUS


ORIGINS = [
    "https://evil.example",
    "null",
    "http://localhost:3000",
    "https://localhost:8000",
    f"http://{HOST}.evil.example",
]


@pytest.mark.parametrize("origin", ORIGINS)
async def test_another_sites_page_does_not_get_the_demo(origin: str) -> None:
    assert await welcome(peer_with({"origin": origin})) == FOREIGN


async def test_a_page_that_reached_us_under_its_own_host_name_is_refused(token: str) -> None:
    rebound = peer_with({"host": "evil.example:8000", "origin": "http://evil.example:8000"})
    answer = await welcome(rebound, {"authorization": f"Bearer {token}"})
    assert answer == Closed(4403, "Forbidden: this host name is not served here")


@pytest.mark.parametrize("key", ["authorization", "Authorization"])
async def test_a_token_in_connection_init_counts(token: str, key: str) -> None:
    assert await welcome(peer_with(address="192.0.2.1"), {key: f"Bearer {token}"}) == f"token:{token[:12]}"


async def test_a_token_in_the_handshake_counts(token: str) -> None:
    assert await welcome(peer_with({"authorization": f"Bearer {token}"})) == f"token:{token[:12]}"


async def test_a_token_in_connection_init_counts_before_one_in_the_handshake(token: str) -> None:
    peer = peer_with({"authorization": "Bearer nonsense"})
    assert await welcome(peer, {"authorization": f"Bearer {token}"}) == f"token:{token[:12]}"


@pytest.mark.parametrize("origin", ORIGINS)
async def test_a_token_counts_from_any_page(token: str, origin: str) -> None:
    assert await welcome(peer_with({"origin": origin}), {"authorization": f"Bearer {token}"}) == f"token:{token[:12]}"


@pytest.mark.parametrize("given", ["Bearer nonsense", "Bearer", "nonsense", "Basic YTpi", "Bearer é", "Bearer \x00"])
async def test_a_bad_token_is_refused_even_where_the_demo_is_open(transactional_db: None, given: str) -> None:
    assert await welcome(peer_with(), {"authorization": given}) == BAD_TOKEN


@pytest.mark.parametrize("token", ["new"], indirect=True)
@pytest.mark.parametrize("column", ["revoked_at", "expires_at"])
async def test_a_token_that_has_ended_is_refused(token: str, column: str) -> None:
    await ApiToken.objects.aupdate(**{column: datetime(2020, 1, 1, tzinfo=UTC)})
    assert await welcome(peer_with(), {"authorization": f"Bearer {token}"}) == BAD_TOKEN


@pytest.mark.parametrize("given", [1, True, [], {}])
async def test_a_token_that_is_no_text_is_malformed(given: object) -> None:
    answer = await welcome(peer_with(), {"authorization": given})
    assert answer == Closed(4400, "'connection_init' payload expects 'authorization' to be a string")


@pytest.mark.parametrize("given", ["", None])
async def test_an_empty_token_is_none(given: object) -> None:
    assert await welcome(peer_with(), {"authorization": given}) == "demo"


async def test_a_session_counts_for_this_sites_page(http: AsyncClient, person: User) -> None:
    await http.aforce_login(person)
    assert await welcome(peer_with({**session_of(http), **OURS}, address="192.0.2.1")) == "user:ada"


@pytest.mark.parametrize("origin", ORIGINS)
async def test_a_session_does_not_count_for_another_sites_page(http: AsyncClient, person: User, origin: str) -> None:
    await http.aforce_login(person)
    assert await welcome(peer_with({**session_of(http), "origin": origin})) == FOREIGN


async def test_a_session_counts_for_a_trusted_page(
    http: AsyncClient, person: User, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://*.example.com"]
    monkeypatch.setattr(consumers, "_forms", type(consumers._forms)(consumers._forms.get_response))
    await http.aforce_login(person)
    trusted = peer_with({**session_of(http), "origin": "https://shop.example.com"})
    assert await welcome(trusted) == "user:ada"


async def test_a_session_counts_over_tls(http: AsyncClient, person: User) -> None:
    await http.aforce_login(person)
    peer = peer_with({**session_of(http), "origin": f"https://{HOST}"})
    peer.scope["scheme"] = "wss"
    assert await welcome(peer) == "user:ada"


async def test_a_session_without_an_origin_does_not_count(http: AsyncClient, person: User) -> None:
    await http.aforce_login(person)
    assert await welcome(peer_with(session_of(http), address="192.0.2.1")) == ANONYMOUS


async def test_a_token_counts_before_a_session(http: AsyncClient, person: User, token: str) -> None:
    await http.aforce_login(person)
    peer = peer_with({**session_of(http), **OURS})
    assert await welcome(peer, {"authorization": f"Bearer {token}"}) == f"token:{token[:12]}"


async def test_a_session_that_was_logged_out_does_not_count(http: AsyncClient, person: User) -> None:
    await http.aforce_login(person)
    headers = {**session_of(http), **OURS}
    await http.alogout()
    assert await welcome(peer_with(headers, address="192.0.2.1")) == ANONYMOUS


async def test_a_person_without_a_tenant_is_refused(http: AsyncClient, person: User) -> None:
    await http.aforce_login(person)
    await Membership.objects.filter(user=person).adelete()
    assert await welcome(peer_with({**session_of(http), **OURS})) == NO_TENANT


async def test_an_unreachable_database_closes_the_socket_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(**_: object) -> None:
        raise OperationalError("connection to 10.0.0.1 refused")

    monkeypatch.setattr(consumers, "caller_for", unreachable)
    answer = await welcome(peer_with(), {"authorization": "Bearer x"})
    assert answer == Closed(1013, "The service is not available at the moment")


async def answers(query: str) -> list[dict[str, Any]]:
    """The messages that the demo gets for one operation, to its end."""
    async with peer_with() as peer:
        await peer.initialises()
        await peer.subscribes("1", query)
        heard: list[dict[str, Any]] = []
        while not heard or heard[-1]["type"] == "next":
            message = await peer.hears()
            assert isinstance(message, dict)
            if "extensions" in message.get("payload", {}):
                message["payload"] = uncharged(message["payload"])
            heard.append({key: value for key, value in message.items() if key != "id"})
        return heard


def next_(data: object) -> dict[str, Any]:
    return {"type": "next", "payload": {"data": data}}


COMPLETE = {"type": "complete"}


async def test_a_query_runs_in_a_thread_of_the_executor() -> None:
    assert await answers("{transport thread}") == [next_({"transport": "ws", "thread": "graphql_0"}), COMPLETE]


async def test_a_mutation_runs() -> None:
    assert await answers('mutation {note(text: "written")}') == [next_({"note": "written"}), COMPLETE]
    assert toy.calls == ["written"]


async def test_a_subscription_runs_for_the_caller_and_is_closed() -> None:
    assert await answers("subscription {actors}") == [next_({"actors": "demo"}), COMPLETE]
    assert await answers("subscription {count(to: 2)}") == [next_({"count": 0}), next_({"count": 1}), COMPLETE]
    assert toy.calls == ["count closed"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{nope}", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription {nope}", "GRAPHQL_VALIDATION_FAILED"),
        ("{" + "node {child " * 30 + "{name}" + "}" * 31, "QUERY_TOO_EXPENSIVE"),
    ],
)
async def test_an_operation_that_does_not_run_is_an_error_with_its_code(query: str, code: str) -> None:
    [heard] = await answers(query)
    assert (heard["type"], [error["extensions"]["code"] for error in heard["payload"]]) == ("error", [code])


async def test_a_source_that_lags_ends_its_subscription_with_the_cursor() -> None:
    error = {"message": "Too slow.", "extensions": {"code": "STREAM_LAGGED", "cursor": "c1"}}
    assert await answers("subscription {lagged}") == [next_({"lagged": 1}), {"type": "error", "payload": [error]}]


async def test_an_internal_error_is_masked_under_its_operations_request_id() -> None:
    ids = []
    for _ in range(2):
        event, end = await answers("subscription {broken}")
        assert event == next_({"broken": 1})
        ids.append(end["payload"][0]["extensions"].pop("requestId"))
        assert end["payload"] == [{"message": "Internal server error.", "extensions": {"code": "INTERNAL"}}]
    assert [bool(re.fullmatch("[0-9a-f]{32}", one)) for one in ids] == [True, True]
    assert ids[0] != ids[1]


async def test_a_result_that_json_cannot_hold_is_masked() -> None:
    [heard] = await answers("{surrogate}")
    assert (heard["type"], heard["payload"][0]["extensions"]["code"]) == ("error", "INTERNAL")


async def test_queries_of_a_socket_wait_for_no_thread_of_asgirefs() -> None:
    toy.gate.clear()
    blocked = sync_to_async(toy.gate.wait)(5)  # The one thread that asgiref shares.
    assert await answers("{hello}") == [next_({"hello": "hello world"}), COMPLETE]
    toy.gate.set()
    assert await blocked
