"""The GraphiQL page that browsers get from /graphql/, and how any page built by ``frontend_demo`` is read."""

from http import HTTPStatus
from pathlib import Path
from typing import cast

from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from servestatic.utils import parse_accept_encoding

FORMS = {"br": ".br", "gzip": ".gz"}
"""The compressed forms that the build puts beside a page, the smallest first, by the name of their encoding."""

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
    The response sets the CSRF cookie for signed-in users. The page is the same for all, so that its compressed size
    gives no secret away; answers with data are not compressed.
    """
    get_token(request)
    page, headers = Path(settings.FRONTEND_DIST) / name, {"Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
    accepted = parse_accept_encoding(request.headers.get("Accept-Encoding", ""))
    for encoding, suffix in FORMS.items():
        form = page.with_name(f"{name}{suffix}")
        if encoding in accepted and form.is_file():
            return HttpResponse(form.read_bytes(), headers=headers | {"Content-Encoding": encoding})
    try:
        html, status = page.read_bytes(), HTTPStatus.OK
    except FileNotFoundError:
        html, status = NOT_BUILT.encode(), HTTPStatus.SERVICE_UNAVAILABLE
    return HttpResponse(html, status=status, headers=headers)
