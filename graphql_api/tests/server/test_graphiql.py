"""The GraphiQL page: served as it was built, never cached, with the policy that its editor needs."""

from pathlib import Path
from typing import Any

import pytest
from csp.middleware import CSPMiddleware
from django.http import HttpResponse
from django.test import RequestFactory

from graphql_api import graphiql


@pytest.fixture
def dist(settings: Any, tmp_path: Path) -> Path:
    settings.FRONTEND_DIST = tmp_path
    return tmp_path


def get_page(**headers: str) -> HttpResponse:
    return graphiql.page(RequestFactory().get("/graphql/", headers=headers))


def test_page_is_the_built_page(dist: Path) -> None:
    (dist / "graphiql.html").write_text("<!doctype html><title>GraphiQL</title>")

    response = get_page()

    assert response.status_code == 200
    assert response.content == b"<!doctype html><title>GraphiQL</title>"
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert response["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("accepted", "encoding", "content"),
    [("gzip, br", "br", b"brotli"), ("gzip", "gzip", b"gzip"), ("gzip;q=0", None, b"page"), ("", None, b"page")],
)
def test_browser_gets_the_form_that_it_accepts(dist: Path, accepted: str, encoding: str | None, content: bytes) -> None:
    for suffix, form in (("", b"page"), (".br", b"brotli"), (".gz", b"gzip")):
        (dist / f"graphiql.html{suffix}").write_bytes(form)

    response = get_page(accept_encoding=accepted)

    assert (response.content, response.get("Content-Encoding")) == (content, encoding)
    assert "Accept-Encoding" in response["Vary"]


def test_page_that_is_not_built_says_how_to_build_it(dist: Path) -> None:
    response = get_page()

    assert response.status_code == 503
    assert b"npm run build" in response.content


def test_a_later_build_is_served_immediately(dist: Path) -> None:
    assert get_page().status_code == 503
    (dist / "graphiql.html").write_text("built")

    assert get_page().content == b"built"


def test_only_this_page_may_write_style_sheets(dist: Path) -> None:
    request = RequestFactory().get("/graphql/")
    response = CSPMiddleware(lambda _: HttpResponse()).process_response(request, graphiql.page(request))
    policy = response["Content-Security-Policy"]
    directives = dict(directive.strip().split(" ", 1) for directive in policy.split(";"))

    assert directives["style-src"] == "'self' 'unsafe-inline'"
    assert directives.get("script-src", directives["default-src"]) == "'self'"
