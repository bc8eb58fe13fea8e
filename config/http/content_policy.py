"""The content security policy of each page: django-csp's policy, with the exceptions that a path needs."""

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
    """Allows more below some paths, whose pages come from views of libraries."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        """The policy's parts, as in django-csp, with the path's additions."""
        parts = super().get_policy_parts(request, response, report_only)
        for name, allowed in ALLOWED_BELOW.items():
            if f"{request.path}/".startswith(reverse(name)):
                parts.update = {**(parts.update or {}), **allowed}
        return parts
