"""GraphQL over HTTP: methods, media types, statuses, bodies, credentials, and pages of other sites."""

import json

import pytest
from django.http import HttpResponse
from django.test import AsyncClient

from graphql_api.server import server
from graphql_api.tests.server.entrances import ENTRANCES
from graphql_server.execution.executor import Executor
from graphql_server.http import handler as http_handler
from graphql_server.http.requests import GRAPHQL_JSON, Request
from graphql_server.tests import toy
from graphql_server.tests.asking import JSON, NOTE, URL, post, refusal, uncharged
from graphql_server.tests.executors import set_limits

pytestmark = [pytest.mark.urls("graphql_api.tests.server.toy_urls"), pytest.mark.usefixtures("executor")]


@pytest.fixture(params=ENTRANCES)
def http(request: pytest.FixtureRequest) -> AsyncClient:
    """A client of either entrance, on loopback and without credentials."""
    client: AsyncClient = request.param()
    return client


@pytest.fixture(autouse=True)
def page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replaces GraphiQL's page."""
    monkeypatch.setattr(server.handler, "page", lambda request: HttpResponse("the page"))


async def test_post_answers_json(http: AsyncClient) -> None:
    response = await post(http, {"query": "query Q($n: String!) { hello(name: $n) }", "variables": {"n": "Ada"}})

    assert (response.status_code, response["Content-Type"]) == (200, "application/json; charset=utf-8")
    assert response["Cache-Control"] == "no-store"
    assert uncharged(response.json()) == {"data": {"hello": "hello Ada"}}


async def test_get_answers_a_query(http: AsyncClient) -> None:
    parameters = {"query": "query A($n: String!) { hello(name: $n) } query B { who }", "operationName": "A"}

    response = await http.get(URL, {**parameters, "variables": '{"n": "Ada"}', "extensions": "{}"})

    assert uncharged(response.json()) == {"data": {"hello": "hello Ada"}}


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", JSON),
        ("application/*", JSON),
        (GRAPHQL_JSON, GRAPHQL_JSON),
        (f"{GRAPHQL_JSON}, {JSON};q=0.9", GRAPHQL_JSON),
        (f"{GRAPHQL_JSON};q=0.5, {JSON}", JSON),
        (f"{GRAPHQL_JSON}; charset=utf-8, */*;q=0.1", GRAPHQL_JSON),
        (f"{GRAPHQL_JSON}; charset=utf-8, {JSON}; charset=utf-8", GRAPHQL_JSON),
        (f"{JSON}; charset=utf-8", JSON),
        (f"{GRAPHQL_JSON};charset=UTF-8;q=0.5, {JSON};q=0.4", GRAPHQL_JSON),
    ],
)
async def test_media_type_is_negotiated(http: AsyncClient, accept: str, media_type: str) -> None:
    response = await post(http, {"query": "{ hello }"}, headers={"accept": accept})

    assert (response.status_code, response["Content-Type"]) == (200, f"{media_type}; charset=utf-8")


async def test_unsupported_media_type_is_refused(http: AsyncClient) -> None:
    response = await post(http, {"query": NOTE}, headers={"accept": "text/plain"})

    message = f"The response formats are {JSON}, {GRAPHQL_JSON}, text/event-stream."
    assert refusal(response) == (406, "BAD_USER_INPUT", message)
    assert toy.calls == []


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("{ hello }", 200),
        ("{ refused }", 200),
        ("{ atLeast(number: null) }", 400),
        ("{", 400),
        ("{ nope }", 400),
        ("query Q($n: Int!) { atLeast(number: $n) }", 400),
        ("subscription { count(to: 1) }", 400),
    ],
)
async def test_status_shows_errors_in_graphql_json_and_is_200_in_json(
    http: AsyncClient, query: str, status: int
) -> None:
    for accept, expected in ((GRAPHQL_JSON, status), (JSON, 200)):
        response = await post(http, {"query": query}, headers={"accept": accept})
        assert (response.status_code, "data" in response.json()) == (expected, status == 200)


async def test_deadline_is_503_in_graphql_json(http: AsyncClient, executor: Executor) -> None:
    set_limits(executor, "operations", deadline_seconds=0.05)

    response = await post(http, {"query": "{ wait }"}, headers={"accept": GRAPHQL_JSON})

    assert response.headers["Content-Type"] == f"{GRAPHQL_JSON}; charset=utf-8"
    assert refusal(response) == (503, "UNAVAILABLE", "The operation took too long and was given up.")


async def test_mutation_by_get_is_refused(http: AsyncClient) -> None:
    response = await http.get(URL, {"query": NOTE})

    assert refusal(response) == (405, "BAD_USER_INPUT", "Mutations must be sent by POST.")
    assert response["Allow"] == "POST"
    assert toy.calls == []


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "head"])
async def test_other_methods_are_refused(http: AsyncClient, method: str) -> None:
    response = await getattr(http, method)(URL)

    assert (response.status_code, response["Allow"]) == (405, "GET, POST")
    assert response["Content-Type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b" ", "The body is not JSON: "),
        (b'{"query": ', "The body is not JSON: "),
        (b'{"query": "{ hello }", "variables": {"n": NaN}}', "The body is not JSON: "),
        (b'{"query": "\\ud800"}', "The body is not JSON: "),
        (b'{"query": "\xff"}', "The body is not JSON: "),
        (b"[" * 100_000, "The body is not JSON: "),
        (b'"{ hello }"', "The body must be a JSON object."),
        (b"{}", "The parameter query must be a GraphQL document."),
        (b'{"query": 1}', "The parameter query must be a GraphQL document."),
        (b'{"query": ""}', "The parameter query must be a GraphQL document."),
        (b'{"query": "{ hello }", "operationName": 1}', "The parameter operationName must be a string."),
        (b'{"query": "{ hello }", "variables": []}', "The parameter variables must be an object."),
        (b'{"query": "{ hello }", "extensions": "x"}', "The parameter extensions must be an object."),
        (b'[{"query": "{ hello }"}]', "Batching is not supported: send one operation per request."),
    ],
)
async def test_malformed_body_is_refused(http: AsyncClient, body: bytes, message: str) -> None:
    status, code, said = refusal(await post(http, body))

    assert (status, code) == (400, "BAD_USER_INPUT")
    assert said.startswith(message)


async def test_malformed_query_string_is_refused(http: AsyncClient) -> None:
    assert refusal(await http.get(URL))[0::2] == (400, "The parameter query must be a GraphQL document.")
    response = await http.get(URL, {"query": "{ hello }", "variables": "{"})
    assert refusal(response)[2].startswith("The parameter variables is not JSON: ")


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "",
        "json",
    ],
)
async def test_body_that_is_not_json_is_never_read(http: AsyncClient, content_type: str) -> None:
    response = await post(http, {"query": NOTE}, content_type=content_type)

    assert refusal(response) == (415, "BAD_USER_INPUT", "The content type must be application/json.")
    assert toy.calls == []


async def test_other_charset_and_compression_are_refused(http: AsyncClient) -> None:
    response = await post(http, {"query": NOTE}, content_type="application/json; charset=utf-16")
    assert refusal(response) == (415, "BAD_USER_INPUT", "Send JSON in UTF-8.")

    response = await post(http, {"query": NOTE}, headers={"content-encoding": "gzip"})
    assert refusal(response) == (415, "BAD_USER_INPUT", "Send the body uncompressed.")
    assert toy.calls == []


async def test_large_body_is_refused(http: AsyncClient, executor: Executor) -> None:
    set_limits(executor, "bodies", bytes=100)
    body = json.dumps({"query": NOTE}).encode()

    assert (await post(http, body.ljust(100))).status_code == 200
    response = await post(http, body.ljust(101))

    assert refusal(response) == (413, "BAD_USER_INPUT", "The body is larger than 100 bytes.")
    assert toy.calls == ["written"]


async def test_browser_gets_the_page_for_a_query_too(http: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    query, answered = {"query": "{ hello }"}, {"data": {"hello": "hello world"}}

    assert (await http.get(URL, headers=browser)).content == b"the page"
    assert (await http.get(URL, query, headers=browser)).content == b"the page"
    assert uncharged((await http.get(URL, query, headers={"accept": "*/*"})).json()) == answered

    monkeypatch.setattr(server.handler, "page", None)
    assert uncharged((await http.get(URL, query, headers=browser)).json()) == answered
    assert refusal(await http.get(URL, headers=browser))[0] == 400
    assert refusal(await http.get(URL, headers={"accept": "text/html"}))[0] == 406


async def test_internal_error_in_the_view_is_json(http: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(request: Request) -> None:
        raise KeyError("secret")

    monkeypatch.setattr(http_handler, "operation_of", broken)

    assert refusal(await post(http, {"query": "{ hello }"})) == (500, "INTERNAL", "Internal server error.")


async def test_value_that_json_cannot_hold_is_answered(http: AsyncClient) -> None:
    response = await post(http, {"query": "{ surrogate }"})

    assert refusal(response)[1:] == ("INTERNAL", "Internal server error.")


@pytest.mark.parametrize("name", ["query", "variables", "operationName", "extensions"])
@pytest.mark.parametrize("text", ["%ED%A0%80", "%22%5Cud800%22", "%FF"], ids=["encoded", "escaped", "not UTF-8"])
async def test_a_lone_surrogate_in_a_get_is_refused(http: AsyncClient, name: str, text: str) -> None:
    query = "" if name == "query" else "query=%7B%20hello%20%7D&"
    response = await http.get(f"/graphql/?{query}{name}={text}", headers={"accept": GRAPHQL_JSON})
    assert response.status_code == 400
    code = "GRAPHQL_PARSE_FAILED" if name == "query" else "BAD_USER_INPUT"
    assert json.loads(response.content)["errors"][0]["extensions"]["code"] == code
