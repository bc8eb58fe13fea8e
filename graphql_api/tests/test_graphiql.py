"""The GraphiQL page: read as it was built, never kept by a cache, with the policy that its editor needs."""

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


def get_page() -> HttpResponse:
    return graphiql.page(RequestFactory().get("/graphql/"))


def test_page_is_what_the_build_left(dist: Path) -> None:
    (dist / "graphiql.html").write_text("<!doctype html><title>GraphiQL</title>")

    response = get_page()

    assert response.status_code == 200
    assert response.content == b"<!doctype html><title>GraphiQL</title>"
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert response["Cache-Control"] == "no-cache"


def test_page_that_is_not_built_says_how_to_build_it(dist: Path) -> None:
    response = get_page()

    assert response.status_code == 503
    assert b"npm run build" in response.content


def test_a_later_build_is_seen_at_once(dist: Path) -> None:
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
