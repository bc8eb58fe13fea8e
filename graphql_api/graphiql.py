"""The GraphiQL page that browsers get from /graphql/, and how any page built by ``frontend_demo`` is read."""

from http import HTTPStatus
from pathlib import Path
from typing import cast

from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token

NOT_BUILT = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<title>Not built yet · Order System</title>
<h1>This page is not built yet</h1>
<p>Run <code>./dev up</code>, or <code>npm ci</code> and <code>npm run build</code> in <code>frontend_demo/</code>,
and load it again.</p>
</html>
"""


def page(request: HttpRequest) -> HttpResponse:
    """GraphiQL, all from this server. Its editor writes style sheets as it goes, and the policy allows for that."""
    return cast(HttpResponse, graphiql_page(request))


@csp_update({"style-src": "'unsafe-inline'"})
def graphiql_page(request: HttpRequest) -> HttpResponse:
    return built_page(request, "graphiql.html")


def built_page(request: HttpRequest, name: str) -> HttpResponse:
    """A page that the front end's build left in ``FRONTEND_DIST``, or one that says how to build it.

    The page names its scripts by their content. Browsers request the page each time and cache the scripts permanently.
    The response sets the CSRF cookie for signed-in users.
    """
    get_token(request)
    try:
        html, status = (Path(settings.FRONTEND_DIST) / name).read_bytes(), HTTPStatus.OK
    except FileNotFoundError:
        html, status = NOT_BUILT.encode(), HTTPStatus.SERVICE_UNAVAILABLE
    return HttpResponse(html, status=status, headers={"Cache-Control": "no-cache"})
