"""Which page may run what: django-csp's policy, with the exceptions that a path needs."""

from collections.abc import Mapping, Sequence

from csp.middleware import CSPMiddleware, PolicyParts
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

# The admin's theme, Alpine.js, evaluates the expressions in its pages; the page of REST has a style sheet in it.
ALLOWED_BELOW: Mapping[str, Mapping[str, Sequence[str]]] = {
    "admin:index": {"script-src": ["'unsafe-eval'"], "style-src": ["'unsafe-inline'"]},
    "docs": {"style-src": ["'unsafe-inline'"]},
}


class ContentPolicyMiddleware(CSPMiddleware):
    """Allows more below some paths: their pages come from views that are not ours."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        """The policy's parts, as of django-csp, and what the path adds."""
        parts = super().get_policy_parts(request, response, report_only)
        for name, allowed in ALLOWED_BELOW.items():
            if f"{request.path}/".startswith(reverse(name)):
                parts.update = {**(parts.update or {}), **allowed}
        return parts
