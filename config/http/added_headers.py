"""The headers that Django's middleware adds to every answer, for answers that don't pass through it."""

from functools import cache
from io import BytesIO

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware

from config.http.content_policy import ContentPolicyMiddleware

# The entries of MIDDLEWARE that add headers to every answer, in the order in which an answer passes them.
ADDING = (XFrameOptionsMiddleware, ContentPolicyMiddleware, SecurityMiddleware)


@cache
def added_headers(secure: bool) -> tuple[tuple[bytes, bytes], ...]:  # the one thing it depends on
    """Their headers, as they themselves add them to an empty answer; ``secure``: to a request over TLS."""
    scheme = "https" if secure else "http"
    scope = {"type": "http", "method": "POST", "path": "/graphql/", "scheme": scheme, "headers": []}
    request, response = ASGIRequest(scope, BytesIO()), HttpResponse()
    before = set(response.headers)
    for middleware in ADDING:
        response = middleware(lambda _: HttpResponse()).process_response(request, response)  # type: ignore[assignment]
    return tuple(
        (name.lower().encode("ascii"), value.encode("latin1"))
        for name, value in response.headers.items()
        if name not in before
    )
