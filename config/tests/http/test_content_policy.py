"""Which page may run what."""

import pytest
from django.conf import LazySettings
from django.http import HttpResponse
from django.test import RequestFactory

from config.http.content_policy import ContentPolicyMiddleware

STRICT = {"DIRECTIVES": {"default-src": ["'self'"], "script-src": ["'self'"], "style-src": ["'self'"]}}


def policy_of(path: str) -> dict[str, str]:
    middleware = ContentPolicyMiddleware(lambda _: HttpResponse())
    policy = middleware.process_response(RequestFactory().get(path), HttpResponse())["Content-Security-Policy"]
    return dict(directive.strip().split(" ", 1) for directive in policy.split(";"))


@pytest.mark.parametrize(
    ("path", "script", "style"),
    [
        ("/", "'self'", "'self'"),
        ("/graphql/", "'self'", "'self'"),
        ("/admin/orders/order/", "'self' 'unsafe-eval'", "'self' 'unsafe-inline'"),
        ("/administration/", "'self'", "'self'"),
        ("/api/docs/", "'self'", "'self' 'unsafe-inline'"),
        ("/api/docs", "'self'", "'self' 'unsafe-inline'"),
    ],
)
def test_path_is_allowed_what_it_needs(settings: LazySettings, path: str, script: str, style: str) -> None:
    settings.CONTENT_SECURITY_POLICY = STRICT

    policy = policy_of(path)

    assert (policy["script-src"], policy["style-src"]) == (script, style)
