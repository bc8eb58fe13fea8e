"""Django's CSRF check for APIs, which word their refusals themselves."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware


class SessionCsrf(CsrfViewMiddleware):
    """Django's check, which returns the reason of a refusal instead of a page."""

    def _reject(self, request: HttpRequest, reason: str) -> Any:
        return reason


def csrf_refusal(request: HttpRequest) -> str:
    """Why a request that acts by a browser's session is refused; empty if it has Django's CSRF token."""
    check = SessionCsrf(lambda _: HttpResponse())
    check.process_request(request)
    reason = check.process_view(request, lambda _: HttpResponse(), (), {})
    return f"{reason} Send the header X-CSRFToken." if reason else ""
