"""Clients that guess tokens are refused at every entrance, and only they; for logins see test_throttled_logins.py."""

import json
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import AsyncClient, Client
from django.utils import timezone

from graphql_api.server import server
from graphql_api.tests.server.entrances import ENTRANCES
from graphql_server.http.requests import GRAPHQL_JSON
from graphql_server.testing.peer import Closed, Peer
from tenants.auth import failed_attempts as failures
from tenants.auth.recent_callers import recent_callers
from tenants.models import ApiToken
from tenants.ratelimit import throttling
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

SLOW = "Too many failed attempts. Try again in {} s."


@pytest.fixture(autouse=True)
def strict(settings: LazySettings) -> None:
    """Three failures a minute."""
    settings.THROTTLE = {"failures": 3}
    throttling.forget()


def rest(client: Client, token: str, address: str = "192.0.2.1") -> Any:
    """A request with a token."""
    return client.get("/api/orders/", headers={"authorization": f"Bearer {token}"}, REMOTE_ADDR=address)


def test_rest_refuses_only_clients_that_fail_too_often(client: Client) -> None:
    good, new = factories.token(), factories.token()
    assert rest(client, good).status_code == 200

    assert [rest(client, f"guess{number}").status_code for number in range(5)] == [401] * 3 + [429] * 2

    held = rest(client, "guess")
    assert (held.status_code, held["Retry-After"], held.json()["detail"]) == (429, "20", SLOW.format(20))
    assert rest(client, good).status_code == 200  # it was valid before
    assert rest(client, new).status_code == 429  # it might be a guess
    assert rest(client, new, "192.0.2.2").status_code == 200
    assert rest(client, "guess", "192.0.2.2").status_code == 401


def test_rest_is_open_again_after_a_while(client: Client) -> None:
    new = factories.token()
    for number in range(4):
        rest(client, f"guess{number}")
    assert rest(client, new).status_code == 429

    failures.take(("address:192.0.2.1", 3), -1)  # what a third of a minute refills

    assert rest(client, new).status_code == 200


def test_a_valid_token_costs_no_point(client: Client) -> None:
    assert [rest(client, factories.token()).status_code for _ in range(5)] == [200] * 5
    assert [rest(client, f"guess{number}").status_code for number in range(4)] == [401] * 3 + [429]


def test_a_revoked_token_counts_again(client: Client) -> None:
    token = factories.token()
    assert rest(client, token).status_code == 200
    ApiToken.objects.update(revoked_at=timezone.now())
    recent_callers.forget()

    assert [rest(client, token).status_code for _ in range(6)] == [401] * 4 + [429] * 2


@pytest.mark.parametrize("http_client", ENTRANCES)
async def test_graphql(http_client: Any) -> None:
    http: AsyncClient = http_client()
    headers = {"authorization": "Bearer guess", "accept": GRAPHQL_JSON}
    body = json.dumps({"query": "{ viewer { actor } }"})

    responses = [await http.post("/graphql/", body, content_type="application/json", headers=headers) for _ in range(5)]

    assert [response.status_code for response in responses] == [401] * 3 + [429] * 2
    assert responses[-1]["Retry-After"] == "20"
    [error] = responses[-1].json()["errors"]
    assert error["message"] == SLOW.format(20)
    assert (error["extensions"]["code"], error["extensions"]["retryAfterSeconds"]) == ("THROTTLED", 20)


async def test_sockets() -> None:
    heard = []
    for _ in range(5):
        async with Peer(server.websocket, headers={"host": "localhost"}, address="192.0.2.1") as peer:
            await peer.says({"type": "connection_init", "payload": {"authorization": "Bearer guess"}})
            heard.append(await peer.hears())

    bad, slow = Closed(4403, "Forbidden: the token is not valid"), Closed(4403, f"Forbidden: {SLOW.format(20)}")
    assert heard == [bad] * 3 + [slow] * 2


def test_addresses_of_one_network_of_ipv6_count_together() -> None:
    keys = {failures.of_address(f"2001:db8::{number}") for number in range(9)}

    assert len(keys) == 1
    assert failures.of_address("2001:db8:1::1") not in keys
    assert failures.of_address(None) == failures.of_address("nonsense") == "unknown"


def test_rest_is_charged_like_graphql(client: Client, settings: LazySettings) -> None:
    settings.THROTTLE = {"caller": 10, "tenant": 0}
    throttling.forget()
    token = factories.token()
    page, other = [
        {"headers": {"authorization": f"Bearer {one}"}, "REMOTE_ADDR": "192.0.2.1"}
        for one in (token, factories.token())
    ]

    statuses = [client.get("/api/orders/?limit=10", **page).status_code for _ in range(5)]  # type: ignore[arg-type]  # a header and an address

    assert statuses == [200] * 3 + [429] * 2
    refused = client.post("/api/orders/", {}, content_type="application/json", **page)  # type: ignore[arg-type]  # as above
    assert (refused.status_code, refused["Content-Type"]) == (429, "application/problem+json")
    assert refused.json()["detail"] == "Rate limit exceeded. Try again in 1 s."
    assert refused["Retry-After"] == "1"
    assert client.get("/api/orders/?limit=10", **other).status_code == 200  # type: ignore[arg-type]  # as above


def test_a_body_over_rest_is_charged_by_its_size_before_it_is_read(client: Client, settings: LazySettings) -> None:
    settings.THROTTLE = {"caller": 10, "tenant": 0}  # The bucket holds 100.
    throttling.forget()
    headers = {"headers": {"authorization": f"Bearer {factories.token()}"}, "REMOTE_ADDR": "192.0.2.1"}

    large, small = [
        client.post("/api/orders/", {"numbers": ["1"] * count}, content_type="application/json", **headers)  # type: ignore[arg-type]  # as above
        for count in (20_000, 1)
    ]

    assert (large.status_code, small.status_code) == (400, 429)
