"""Browsers that have signed in to an account: others who guess at it don't slow them down.

A signed cookie for each account, which the login page alone is sent. It opens nothing: a password is needed with it.
"""

import secrets
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from tenants.auth.failed_attempts import of_account

SALT: Final = "tenants.browsers"
KNOWN_SECONDS: Final = 180 * 24 * 3600


def cookie_of(name: str) -> str:
    """The cookie of an account."""
    return f"browser_{of_account(name)[:16]}"


def known_browser(request: HttpRequest, name: str) -> str | None:
    """The browser, if it has signed in to the account of this name within the last half year."""
    kept = request.get_signed_cookie(cookie_of(name), default="", salt=SALT, max_age=KNOWN_SECONDS)
    return kept or None


def remember(request: HttpRequest, response: HttpResponseBase, name: str) -> None:
    """Know the browser again at its next login."""
    response.set_signed_cookie(
        cookie_of(name),
        known_browser(request, name) or secrets.token_hex(8),
        salt=SALT,
        max_age=KNOWN_SECONDS,
        path=reverse("login"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
