"""The ASGI endpoint: what it reads, when it stops, and that it gives the same answers as Django."""

import asyncio
import json
import re
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import OperationalError
from django.test import AsyncClient
from pytest_django.plugin import DjangoDbBlocker

from graphql_api.access import http as http_auth
from graphql_api.server import server
from graphql_api.tests.server.entrances import GONE, Message, application, by_django, by_endpoint, exchange, parts_of
from graphql_server.execution.executor import Executor
from graphql_server.http import endpoint
from graphql_server.http.headers import headers_of
from graphql_server.http.requests import GRAPHQL_JSON
from graphql_server.tests import toy
from graphql_server.tests.asking import JSON, NOTE, URL, post, uncharged
from graphql_server.tests.executors import set_limits
from tenants.auth.authentication import authenticate_token
from tests import factories

pytestmark = [pytest.mark.urls("graphql_api.tests.server.toy_urls"), pytest.mark.usefixtures("executor")]

BODY = json.dumps({"query": NOTE}).encode()


def scope_of(*headers: tuple[bytes, bytes], **changes: Any) -> Message:
    """A POST to the endpoint."""
    usual = [(b"host", b"localhost"), (b"content-type", b"application/json"), *headers]
    scope = {"type": "http", "method": "POST", "path": URL, "scheme": "http", "client": ("127.0.0.1", 1)}
    return scope | {"headers": usual} | changes


def body_of(sent: list[Message]) -> Any:
    """The status and the content of the answer, without its cost."""
    start, content = sent
    body = json.loads(content["body"])
    return start["status"], uncharged(body) if "extensions" in body else body


# --- What is read -----------------------------------------------------------------------------------------------------


async def test_a_body_in_parts_is_joined() -> None:
    sent = await exchange(application(), scope_of(), parts_of(BODY[:5], BODY[5:9], BODY[9:]))

    assert body_of(sent) == (200, {"data": {"note": "written"}})


async def test_a_client_that_hangs_up_within_its_body_is_not_answered() -> None:
    assert await exchange(application(), scope_of(), [*parts_of(BODY, b" ")[:1], GONE]) == []
    assert toy.calls == []


async def test_a_body_that_grows_over_the_limit_is_not_read_on(executor: Executor) -> None:
    set_limits(executor, "bodies", bytes=10)
    parts = parts_of(b"123456", b"78901", b"never read")

    status, comparable = body_of(await exchange(application(), scope_of(), parts))

    assert (status, comparable["errors"][0]["message"]) == (413, "The body is larger than 10 bytes.")


async def test_a_slow_body_is_cut_off(executor: Executor) -> None:
    set_limits(executor, "bodies", seconds=0.2)

    async def send_slowly() -> Message:
        await asyncio.sleep(0.05)
        return {"type": "http.request", "body": b" ", "more_body": True}

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await application()(scope_of(), send_slowly, send)

    status, comparable = body_of(sent)
    assert (status, comparable["errors"][0]["message"]) == (408, "The body took longer than 0.2 s to arrive.")
    assert dict(sent[0]["headers"])[b"connection"] == b"close"


async def test_an_announced_body_over_the_limit_is_not_read_at_all(executor: Executor) -> None:
    set_limits(executor, "bodies", bytes=10)

    start, _ = await asyncio.wait_for(exchange(application(), scope_of((b"content-length", b"11")), []), 20)

    assert (start["status"], dict(start["headers"])[b"connection"]) == (413, b"close")


async def test_a_disconnect_ends_the_operation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "WATCH_AFTER_SECONDS", 0)
    slow = json.dumps({"query": '{ wait trace(name: "later") }'}).encode()

    assert await asyncio.wait_for(exchange(application(), scope_of(), [*parts_of(slow), GONE]), 20) == []

    toy.gate.set()
    assert (
        body_of(await exchange(application(), scope_of(), parts_of(BODY)))[0] == 200
    )  # the only thread has become free
    assert "later" not in toy.calls


async def test_a_client_that_waits_gets_a_late_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "WATCH_AFTER_SECONDS", 0)
    asyncio.get_running_loop().call_later(0.05, toy.gate.set)

    sent = await exchange(application(), scope_of(), parts_of(b'{"query": "{ wait }"}'))

    assert body_of(sent) == (200, {"data": {"wait": True}})


async def test_extra_messages_of_a_server_cause_no_busy_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "WATCH_AFTER_SECONDS", 0)
    asyncio.get_running_loop().call_later(0.05, toy.gate.set)
    sent: list[Message] = []
    heard = 0

    async def receive() -> Message:
        nonlocal heard
        heard += 1
        assert heard < 10
        return parts_of(b'{"query": "{ wait }"}')[0]

    async def send(message: Message) -> None:
        sent.append(message)

    await application()(scope_of(), receive, send)

    assert body_of(sent)[0] == 200


def test_headers_are_read_as_django_reads_them() -> None:
    headers = [(b"accept", b"a/b"), (b"accept", b"c/d"), (b"x_forwarded_for", b"1.2.3.4"), (b"x-name", b"\xe4")]

    assert headers_of({"headers": headers}) == {"accept": "a/b,c/d", "x-name": "ä"}


# --- The caller -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
async def test_a_token_that_was_just_looked_up_needs_no_statement(
    django_db_blocker: DjangoDbBlocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await asyncio.to_thread(factories.token)
    bearer = (b"authorization", f"Bearer {token}".encode())
    asked = scope_of(bearer, client=("192.0.2.1", 1))
    question = parts_of(b'{"query": "{ who }"}')
    expected = (200, {"data": {"who": f"token:{token[:12]}"}})
    assert body_of(await exchange(application(), asked, question)) == expected

    monkeypatch.setattr(http_auth, "identified", None)
    assert body_of(await exchange(application(), asked, question)) == expected


async def test_an_unreachable_database_is_an_error_in_json(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise OperationalError("connection to 10.0.0.1 refused")

    monkeypatch.setattr(http_auth, "identified", away)
    asked = scope_of((b"authorization", b"Bearer ord_x"), (b"x-request-id", b"request-1"))

    start, content = await exchange(application(), asked, parts_of(BODY))

    [error] = json.loads(content["body"])["errors"]
    assert (start["status"], dict(start["headers"])[b"retry-after"]) == (503, b"1")
    assert error["message"] == "The service is not available at the moment. Try again."
    assert error["extensions"] == {"code": "UNAVAILABLE", "requestId": "request-1"}


# --- Both entrances ---------------------------------------------------------------------------------------------------

REQUESTS: dict[str, dict[str, Any]] = {
    "a query": {"body": {"query": "{ hello }"}},
    "in GraphQL's media type": {"body": {"query": "{ hello }"}, "accept": GRAPHQL_JSON},
    "a mutation": {"body": {"query": NOTE}},
    "a query by GET": {"parameters": {"query": "{ hello }"}},
    "a mutation by GET": {"parameters": {"query": NOTE}},
    "nothing by GET": {"parameters": {}},
    "too many parameters": {"parameters": {f"p{number}": "" for number in range(1001)}},
    "a malformed document": {"body": {"query": "{"}, "accept": GRAPHQL_JSON},
    "a subscription": {"body": {"query": "subscription { count(to: 1) }"}, "accept": GRAPHQL_JSON},
    "a fault": {"body": {"query": "{ node { requiredFault } }"}},
    "no JSON": {"body": b"{"},
    "a form": {"body": b"query={hello}", "content_type": "application/x-www-form-urlencoded"},
    "another charset": {"body": {"query": NOTE}, "content_type": "application/json; charset=utf-16"},
    "an unheard-of encoding": {"body": {"query": NOTE}, "accept": "text/html; x*=nope''y"},
    "compressed": {"body": {"query": NOTE}, "content-encoding": "gzip"},
    "too large": {"body": b" " * 1_048_577},
    "an unknown media type": {"body": {"query": NOTE}, "accept": "image/png"},
    "an unknown host": {"body": {"query": NOTE}, "host": "evil.example"},
    "a foreign page": {"body": {"query": NOTE}, "origin": "https://evil.example"},
    "another site's frame": {"body": {"query": NOTE}, "sec-fetch-site": "cross-site"},
    "through a proxy": {"body": {"query": NOTE}, "x-forwarded-for": "192.0.2.1"},
    "an unknown session": {"body": {"query": NOTE}, "cookie": "sessionid=none"},
    "a malformed request id": {"body": {"query": "{ hello }"}, "x-request-id": "no id"},
    "PUT": {"method": "put"},
    "HEAD": {"method": "head"},
    "OPTIONS": {"method": "options"},
    "DELETE": {"method": "delete"},
}


async def ask(http: AsyncClient, request: dict[str, Any]) -> Any:
    """Send one of the requests above."""
    given = dict(request)
    body, parameters, method = given.pop("body", None), given.pop("parameters", None), given.pop("method", None)
    content_type = given.pop("content_type", JSON)
    headers = {"x-request-id": "request-1", **given}
    if body is not None:
        return await post(http, body, headers=headers, content_type=content_type)
    if parameters is not None:
        return await http.get(URL, parameters, headers=headers)
    return await getattr(http, method)(URL, headers=headers)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
async def test_both_entrances_give_equal_answers(request_: dict[str, Any]) -> None:
    ours, djangos = [await ask(client(), request_) for client in (by_endpoint, by_django)]

    def comparable(response: Any) -> Any:
        headers = {name.lower(): value for name, value in response.headers.items()}
        if "origin" in request_:  # config.http.cors adds it in front of both; this client of Django's is behind it.
            headers.pop("vary", None)
        made_up = headers.pop("x-request-id") if request_.get("x-request-id") else "none"
        body = response.content.replace(made_up.encode(), b"")
        if left := re.search(rb'"currentlyAvailable":\d+', body):  # the only thing that the first request changes
            assert int(headers.pop("content-length")) == len(response.content)
            body = body.replace(left[0], b"")
        return response.status_code, headers, body

    assert comparable(ours) == comparable(djangos)


@pytest.mark.parametrize("secure", [True, False])
async def test_both_entrances_give_equal_answers_over_tls(settings: LazySettings, *, secure: bool) -> None:
    answers = [
        await client().post(
            URL,
            data=BODY,
            content_type=JSON,
            secure=secure,
            headers={"x-request-id": "request-1", "host": "testserver"},
        )
        for client in (by_endpoint, by_django)
    ]
    first, second = ({name.lower(): value for name, value in one.headers.items()} for one in answers)
    assert first == second


async def test_plain_http_is_redirected_if_so_configured(settings: LazySettings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    passed: list[Message] = []

    async def django(scope: Message, *_: object) -> None:
        passed.append(scope)

    beside_django = server.beside(django)
    await exchange(beside_django, scope_of(), parts_of(BODY))
    assert (len(passed), toy.calls) == (1, [])

    await exchange(beside_django, scope_of(scheme="https"), parts_of(BODY))
    assert (len(passed), toy.calls) == (1, ["written"])


def test_each_of_djangos_middlewares_is_accounted_for(settings: LazySettings) -> None:
    """Handle another one in ``endpoint.py`` or ``config/http/added_headers.py``, and then add it here."""
    assert [path.rpartition(".")[2] for path in settings.MIDDLEWARE] == [
        "SecurityMiddleware",  # adds headers; Django handles redirects to TLS
        "StaticFiles",  # other paths
        "ContentPolicyMiddleware",  # its header is added
        "SessionMiddleware",  # Django handles sessions
        "CommonMiddleware",  # Django handles host names that we don't serve; the length is set here
        "CsrfViewMiddleware",  # for sessions
        "AuthenticationMiddleware",  # for sessions, too
        "TenantMiddleware",  # done here
        "AdminTenantMiddleware",  # other paths
        "MessageMiddleware",  # for pages
        "XFrameOptionsMiddleware",  # its header is added
    ]


async def test_a_token_is_known_to_all_entrances(transactional_db: None) -> None:
    token = await asyncio.to_thread(factories.token)
    await asyncio.to_thread(authenticate_token, f"Bearer {token}")
    for client in (by_endpoint, by_django):
        response = await post(client(), {"query": "{ who }"}, headers={"authorization": f"Bearer {token}"})
        assert uncharged(response.json()) == {"data": {"who": f"token:{token[:12]}"}}
