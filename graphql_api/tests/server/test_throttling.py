"""Callers without points are refused with the time to wait, on every transport, and other callers are not affected."""

from collections.abc import Callable
from typing import Any, cast
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.test import AsyncClient

from graphql_api.access.context import Context
from graphql_api.server import server
from graphql_server.execution.executor import Executor, Operation
from graphql_server.http.requests import GRAPHQL_JSON
from graphql_server.testing.peer import Closed, Peer
from graphql_server.tests.asking import post
from tenants.auth.authentication import anonymous, demo_caller
from tenants.context import Caller
from tenants.ratelimit import throttling
from tenants.values.identifiers import uuid7

pytestmark = [pytest.mark.urls("graphql_api.tests.server.toy_urls"), pytest.mark.usefixtures("executor", "context")]

TOO_MUCH = "Rate limit exceeded. Try again in 1 s."


@pytest.fixture
def throttle(settings: LazySettings) -> Callable[..., None]:
    """Sets the rates; buckets hold the points of ten seconds."""

    def set_rates(**rates: int) -> None:
        settings.THROTTLE = {"caller": 0, "tenant": 0, "address": 0} | rates
        throttling.forget()

    return set_rates


def ask(executor: Executor, caller: Caller | None = None, text: str = "{ hello }") -> dict[str, Any]:
    """The response to a caller."""
    return executor.run(Operation(text), Context(caller=caller or demo_caller(), request_id="r-1"))


def codes(response: dict[str, Any]) -> list[str]:
    """The codes of its errors."""
    return [error["extensions"]["code"] for error in response.get("errors", ())]


def test_a_response_has_its_cost_and_the_points_left(executor: Executor, throttle: Callable[..., None]) -> None:
    throttle(caller=10, tenant=20)
    ask(executor)  # The first request with a text pays for its reading.

    [first, second] = [ask(executor)["extensions"]["cost"] for _ in range(2)]

    assert first["requestedQueryCost"] == 1
    assert first["maximumQueryCost"] == executor.limits.documents.cost
    status = first["throttleStatus"]
    assert (status["maximumAvailable"], status["restoreRate"]) == (100, 10)
    assert 96 <= second["throttleStatus"]["currentlyAvailable"] <= status["currentlyAvailable"] <= 98


def test_without_a_limit_only_the_cost_is_shown(executor: Executor, throttle: Callable[..., None]) -> None:
    throttle()

    assert set(ask(executor)["extensions"]["cost"]) == {"requestedQueryCost", "maximumQueryCost"}


def test_a_caller_without_points_is_refused_and_others_are_not(
    executor: Executor, throttle: Callable[..., None]
) -> None:
    throttle(caller=1)
    ask(executor)
    tenant_id = demo_caller().tenant_id

    responses = [ask(executor) for _ in range(20)]

    assert [codes(one) for one in responses] == [[]] * 8 + [["THROTTLED"]] * 12
    assert responses[-1]["errors"][0]["extensions"]["retryAfterSeconds"] == 1
    assert responses[-1]["errors"][0]["message"] == TOO_MUCH
    for other in (Caller(tenant_id=tenant_id, token_id=uuid7()), Caller(tenant_id=tenant_id, user_id=1)):
        assert codes(ask(executor, other)) == []


def test_a_tenants_callers_share_its_bucket(executor: Executor, throttle: Callable[..., None]) -> None:
    throttle(tenant=1)
    tenant_id, other_id = uuid4(), uuid4()

    responses = [ask(executor, Caller(tenant_id=tenant_id, token_id=uuid7())) for _ in range(20)]

    assert [codes(one) for one in responses] == [[]] * 9 + [["THROTTLED"]] * 11
    assert codes(ask(executor, Caller(tenant_id=other_id, token_id=uuid7()))) == []


def test_anonymous_callers_share_their_addresss_bucket(executor: Executor, throttle: Callable[..., None]) -> None:
    throttle(address=1)
    near, far = (Caller(actor="anonymous", ip=ip) for ip in ("192.0.2.1", "192.0.2.2"))

    assert [codes(ask(executor, near)) for _ in range(10)][-1] == ["THROTTLED"]
    assert codes(ask(executor, far)) == codes(ask(executor, anonymous())) == ["UNAUTHENTICATED"]


def test_a_flood_of_new_texts_is_not_even_read(
    executor: Executor, throttle: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    throttle(caller=10)
    texts = [f"{{ hello }} # {number} {'x' * 500}" for number in range(4)]

    assert [codes(ask(executor, text=text)) for text in texts] == [[], ["THROTTLED"], ["THROTTLED"], ["THROTTLED"]]
    assert [executor.documents.known(text) is None for text in texts] == [False, True, True, True]


@pytest.mark.parametrize(("media_type", "status"), [("application/json", 200), (GRAPHQL_JSON, 429)])
async def test_over_http(http: AsyncClient, throttle: Callable[..., None], media_type: str, status: int) -> None:
    throttle(caller=1)
    headers = {"accept": media_type}

    for _ in range(9):
        assert "Retry-After" not in await post(http, {"query": "{ hello }"}, headers=headers)
    response = await post(http, {"query": "{ hello }"}, headers=headers)

    assert (response.status_code, response["Retry-After"]) == (status, "1")
    [error] = response.json()["errors"]
    assert error == {
        "message": TOO_MUCH,
        "extensions": {"code": "THROTTLED", "retryAfterSeconds": 1, "requestedQueryCost": 1},
    }


@pytest.mark.parametrize("query", ["{ hello }", "subscription { count(to: 0) }"])
async def test_over_a_socket_the_operation_ends_and_the_socket_stays_open(
    throttle: Callable[..., None], query: str
) -> None:
    throttle(caller=1)

    async with Peer(server.websocket, headers={"host": "localhost"}, address="127.0.0.1") as peer:
        await peer.initialises()
        heard: list[dict[str, Any]] = []
        for number in range(12):
            await peer.subscribes(str(number), query)
            heard.append(cast("dict[str, Any]", await peer.hears()))
            if heard[-1]["type"] == "next":
                await peer.hears()
        assert await peer.is_alive()

    assert [message["type"] for message in heard[-2:]] == ["error", "error"]
    [error] = heard[-1]["payload"]
    assert (error["message"], error["extensions"]["code"]) == (TOO_MUCH, "THROTTLED")
    assert error["extensions"]["retryAfterSeconds"] == 1


async def test_over_a_socket_messages_are_charged_before_they_are_read(throttle: Callable[..., None]) -> None:
    throttle(caller=10)
    async with Peer(server.websocket, headers={"host": "localhost"}, address="127.0.0.1") as peer:
        await peer.initialises()
        await peer.says('{"type":"pong"}'.ljust(60_000), "not JSON".ljust(60_000))
        closed = await peer.hears()
    assert closed == Closed(1013, f"Throttled: {TOO_MUCH.replace('1 s', '2 s')}")
