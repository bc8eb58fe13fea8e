"""Pages of other origins: the CORS headers of every answer of the API, whatever part of the server gives it."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.conf import LazySettings
from django.test import override_settings

from config import fixed_settings
from config.asgi import application
from graphql_api.tests.server.entrances import Message, exchange, parts_of
from tenants.auth.authentication import demo_is_open

PAGE = "http://localhost:5173"
OTHER = "https://other.example"
ANSWERS = [
    ("POST", "/graphql/", b'{"query": "{ __typename }"}'),  # by the endpoint
    ("GET", "/graphql/?query=%7B__typename%7D", b""),
    ("GET", "/api/orders/", b""),  # by Django
    ("POST", "/api/orders/", b"not JSON"),
    ("POST", "/graphql/", b" " * 1_048_577),  # too large
    ("POST", "/api/orders/", b" " * 1_048_577),
]


@contextmanager
def allowing(*origins: str) -> Iterator[None]:
    """The settings that ``CORS_ORIGINS`` makes."""
    with override_settings(**fixed_settings.cors([*origins])):
        yield


async def answer_to(method: str, address: str, *, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str]]:
    """The status and the headers of the answer; header names have underscores for hyphens."""
    path, _, query = address.partition("?")
    sent = {"host": "localhost", "content-type": "application/json"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    scope: Message = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "scheme": "http",
        "client": ("127.0.0.1", 1),
        "root_path": "",
        "http_version": "1.1",
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
    }
    start, *_ = await exchange(application, scope, parts_of(body))
    found: dict[str, str] = {}
    for raw_name, raw_value in start["headers"]:
        name, value = raw_name.decode().lower(), raw_value.decode()
        found[name] = f"{found[name]}, {value}" if name in found else value
    return start["status"], found


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("method", "address", "body"), ANSWERS)
async def test_every_answer_may_be_read_by_a_listed_page_only(method: str, address: str, body: bytes) -> None:
    with allowing(PAGE):
        status, known = await answer_to(method, address, body=body, origin=PAGE)
        same_status, unknown = await answer_to(method, address, body=body, origin=OTHER)
        _, program = await answer_to(method, address, body=body)

    assert known["access-control-allow-origin"] == PAGE
    assert known["access-control-allow-credentials"] == "true"
    assert "Retry-After" in known["access-control-expose-headers"]
    assert "origin" in known["vary"]
    assert same_status == status
    assert "origin" in unknown["vary"]
    assert not [name for headers in (unknown, program) for name in headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", ["/graphql/", "/graphql", "/api/orders/"])
async def test_a_preflight_is_answered_without_the_application(path: str) -> None:
    with allowing(PAGE):
        status, headers = await answer_to("OPTIONS", path, origin=PAGE, access_control_request_method="POST")
        refused_status, refused = await answer_to("OPTIONS", path, origin=OTHER, access_control_request_method="POST")

    assert status == refused_status == 204
    assert headers["access-control-allow-origin"] == PAGE
    assert "POST" in headers["access-control-allow-methods"]
    allowed = headers["access-control-allow-headers"].split(", ")
    assert {"authorization", "content-type", "idempotency-key", "if-match", "last-event-id", "x-tenant"} <= {*allowed}
    assert headers["access-control-max-age"] == "86400"
    assert "access-control-allow-origin" not in refused


async def test_a_star_lets_every_page_in_without_credentials() -> None:
    with allowing("*"):
        _, headers = await answer_to("OPTIONS", "/graphql/", origin=OTHER, access_control_request_method="POST")

    assert headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in headers


@pytest.mark.parametrize(
    ("origin", "is_allowed"),
    [
        ("https://a.example.com", True),
        ("https://a.b.example.com", True),
        ("https://example.com", False),
        ("https://a.example.com.evil.test", False),
        ("https://evil.test/.example.com", False),
        ("https://aexample.com", False),
        ("http://a.example.com", False),
        ("https://a.example.com:8443", False),
        ("https://[", False),
        ("null", False),
    ],
)
async def test_a_wildcard_is_for_subdomains(origin: str, is_allowed: bool) -> None:
    with allowing("https://*.example.com"):
        _, headers = await answer_to("OPTIONS", "/graphql/", origin=origin, access_control_request_method="POST")
    assert ("access-control-allow-origin" in headers) is is_allowed


async def test_pages_outside_the_api_get_no_headers() -> None:
    with allowing(PAGE):
        _, headers = await answer_to("GET", "/livez", origin=PAGE)
    assert not [name for name in headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    ("origin", "is_open"), [(PAGE, True), ("https://a.example.com", True), (OTHER, False), ("null", False)]
)
def test_the_demo_is_open_to_a_trusted_page(settings: LazySettings, origin: str, is_open: bool) -> None:
    settings.EMBEDDED = settings.ORDERS_DEMO = True
    settings.CSRF_TRUSTED_ORIGINS = [PAGE, "https://*.example.com"]
    headers = {"host": "localhost:8000", "origin": origin, "sec-fetch-site": "cross-site"}
    assert demo_is_open(client_ip="127.0.0.1", headers=headers) is is_open
