"""The other checks of graphql-cop: open entrances, and messages that reveal too much."""

import json

import httpx
import pytest

from tests.security.target import TRANSPORTS, Target, Transport

pytestmark = pytest.mark.e2e

URL = "/graphql/"
BOMB = "{ orders { nodes { idd numbr } } }"
CREATE = 'mutation { createOrder(input: {total: "1"}) { order { id } } }'


def auth(token: str, **more: str) -> dict[str, str]:
    """The headers of a caller with this token."""
    return {"Authorization": f"Bearer {token}", **more}


@pytest.mark.parametrize("query", ["{ __schema { queryType { name } } }", '{ __type(name: "Order") { name } }'])
def test_introspection_is_closed(transport: Transport, query: str) -> None:
    assert transport.codes(query) == {"GRAPHQL_VALIDATION_FAILED"}


def test_no_field_is_suggested(transport: Transport) -> None:
    messages = [error["message"] for error in transport.ask(BOMB)["errors"]]
    assert messages
    assert not [message for message in messages if "Did you mean" in message]


NEARLY = [
    "{ orders(frist: 1) { totalCount } }",
    "{ orders(where: {status: {eq: NWE}}) { totalCount } }",
    "{ orders { nodes { ... on Ordr { id } } } }",
    "query ($a: Strng) { order(by: {number: $a}) { id } }",
]


@pytest.mark.parametrize("query", NEARLY)
def test_no_argument_enum_or_type_is_suggested(transport: Transport, query: str) -> None:
    assert "Did you mean" not in json.dumps(transport.ask(query))


def test_no_trace_and_no_stack(transport: Transport) -> None:
    said = json.dumps(
        [
            transport.ask(query)
            for query in ("{ nope }", '{ node(id: "x") { id } }', "{", "{ orders(first: 999) { totalCount } }")
        ]
    )
    for word in ("Traceback", "traceback", "stacktrace", 'File \\"', "tracing", "site-packages", "psycopg", "sqlite"):
        assert word not in said


def test_callers_without_credentials_are_refused(target: Target) -> None:
    assert TRANSPORTS["HTTP"](target, None).codes("{ orders { totalCount } }") == {"UNAUTHENTICATED"}
    assert TRANSPORTS["HTTP"](target, None).codes(CREATE) == {"UNAUTHENTICATED"}
    assert TRANSPORTS["WebSocket"](target, None).ask("{ __typename }")["closed"] == 4401


@pytest.mark.parametrize("wrong", ["ord_wrong", "ord_" + "a" * 43, "' OR 1=1 --", "a" * 5_000])
def test_callers_with_a_wrong_token_are_refused(target: Target, wrong: str) -> None:
    response = target.http.post(URL, json={"query": "{ __typename }"}, headers=auth(wrong))
    assert response.status_code in {401, 429}
    assert TRANSPORTS["WebSocket"](target, wrong).ask("{ __typename }")["closed"] in {4403, 4429}


def test_graphiql_is_closed(target: Target) -> None:
    page = target.http.get(URL, headers={"Accept": "text/html"})
    assert page.status_code in {400, 406}
    assert "graphiql" not in page.text.lower()


def test_no_mutation_by_get(target: Target, token: str) -> None:
    response = target.http.get(URL, params={"query": CREATE}, headers=auth(token))
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")


FORM = '--x\r\nContent-Disposition: form-data; name="query"\r\n\r\n{ __typename }\r\n--x--\r\n'
OTHER_BODIES = {
    "application/x-www-form-urlencoded": "query={__typename}",
    "multipart/form-data; boundary=x": FORM,
    "text/plain": '{"query": "{ __typename }"}',
    "application/graphql": "{ __typename }",
    "": '{"query": "{ __typename }"}',
}


@pytest.mark.parametrize("content_type", OTHER_BODIES)
def test_only_json_so_that_no_form_of_another_site_counts(target: Target, token: str, content_type: str) -> None:
    headers = auth(token, **({"Content-Type": content_type} if content_type else {}))
    response = target.http.post(URL, content=OTHER_BODIES[content_type], headers=headers)
    assert response.status_code == 415, response.text


def test_no_batches(target: Target, token: str) -> None:
    response = target.http.post(URL, json=[{"query": "{ __typename }"}] * 10, headers=auth(token))
    assert response.status_code == 400


def test_no_compressed_bodies(target: Target, token: str) -> None:
    for coding in ("gzip", "deflate", "br", "zstd", "gzip, gzip"):
        headers = auth(token, **{"Content-Encoding": coding, "Content-Type": "application/json"})
        assert target.http.post(URL, content=b"\x1f\x8b" + b"0" * 100, headers=headers).status_code == 415


def test_no_large_bodies(target: Target, token: str) -> None:
    def endless():
        for _ in range(64):
            yield b" " * 65_536

    headers = auth(token, **{"Content-Type": "application/json"})
    assert target.http.post(URL, content=b" " * (2**20 + 1), headers=headers).status_code == 413
    try:
        assert target.http.post(URL, content=endless(), headers=headers).status_code == 413
    except (httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
        return  # The server closed the connection while we were still sending, which is equally good.


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "OPTIONS"])
def test_other_methods(target: Target, token: str, method: str) -> None:
    response = target.http.request(method, URL, headers=auth(token))
    assert response.status_code == 405
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost:80@evil.example"])
@pytest.mark.parametrize("path", ["/graphql/", "/api/orders/", "/", "/admin/", "/login/"])
def test_a_foreign_host_is_not_served(target: Target, token: str, host: str, path: str) -> None:
    """Neither a rebound DNS name nor a poisoned link reaches anything."""
    response = target.http.get(path, headers=auth(token, Host=host))
    assert response.status_code == 400
    assert host not in response.text


@pytest.mark.parametrize(
    "path", ["/", "/graphql/", "/api/orders/", "/api/docs/", "/admin/login/", "/login/", "/nothing"]
)
def test_headers_of_every_answer(target: Target, path: str) -> None:
    headers = target.http.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src 'self'" in policy
    assert "http:" not in policy
    assert "Server" not in headers or not any(character.isdigit() for character in headers["Server"])


def test_no_file_outside_is_served(target: Target) -> None:
    for path in (
        "/static/../manage.py",
        "/static/%2e%2e/manage.py",
        "/media/../db.sqlite3",
        "/var/secret_key",
        "/.env",
        "/.git/config",
    ):
        assert target.http.get(path).status_code in {400, 403, 404}


def test_no_debug_page(target: Target) -> None:
    page = target.http.get("/api/orders/nothing/nothing/nothing")
    assert page.status_code == 404
    assert "urlpatterns" not in page.text
    assert "DEBUG" not in page.text
