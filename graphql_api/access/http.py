"""The callers of HTTP requests, and the requests that Django's middleware has to handle."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, cast

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host

from graphql_server.errors import ApiError, Code
from graphql_server.ports.callers import Identity
from tenants.auth.authentication import WRONG_TENANT, InvalidToken, TooManyFailures, caller_at_hand
from tenants.auth.csrf import csrf_refusal
from tenants.context import Caller
from tenants.middleware import CallerRequest, identified, request_id_of, within

LONGEST_KEPT_HOST: Final = 200
"""Characters of a host name up to which the judgement is remembered."""


class HttpAuthentication:
    """Implements :class:`graphql_server.ports.callers.HttpAuthentication` over :mod:`tenants`."""

    def request_id(self, headers: Mapping[str, str]) -> str:
        """The client's id for the request, if it has the form of an id, else a new one."""
        return request_id_of(headers.get("x-request-id"))

    def needs_django(self, headers: Mapping[str, str], *, secure: bool) -> bool:
        """Whether Django answers: an unknown host name, a redirect to TLS, a browser's session."""
        return (
            not is_served(headers.get("host", ""))
            or (settings.SECURE_SSL_REDIRECT and not secure)
            or ("authorization" not in headers and settings.SESSION_COOKIE_NAME in headers.get("cookie", ""))
        )

    def identify_at_once(self, headers: Mapping[str, str], address: str | None) -> Identity | None:
        """The identity of a token that was used a moment ago, or of a caller without credentials."""
        caller = caller_at_hand(headers=headers, client_ip=address)
        return None if caller is None else identity_of(within(caller, headers, address), None)

    def identify(self, headers: Mapping[str, str], address: str | None) -> Identity:
        """The identity; reads the database."""
        return identity_of(*identified(headers, address, None))

    def identify_request(self, request: HttpRequest) -> Identity:
        """The identity that :class:`tenants.middleware.TenantMiddleware` has found.

        A POST by a browser's session needs Django's CSRF token. A bearer token does not, as no browser sends it of its
        own accord; nor does the open demo, which is closed to another site's page
        (:func:`tenants.auth.authentication.demo_is_open`).
        """
        seen = cast(CallerRequest, request)
        identity = identity_of(seen.caller, seen.invalid_token)
        caller = seen.caller
        if identity.denied or request.method != "POST" or caller.user_id is None or caller.token_id is not None:
            return identity
        refusal = csrf_refusal(request)
        return Identity(caller, ApiError(Code.FORBIDDEN, refusal)) if refusal else identity


def identity_of(caller: Caller, invalid_token: InvalidToken | None) -> Identity:
    """The caller, and why its credentials do not count, if they do not."""
    if isinstance(invalid_token, TooManyFailures):
        seconds = invalid_token.retry_after
        return Identity(caller, ApiError(Code.THROTTLED, str(invalid_token), retryAfterSeconds=seconds))
    if invalid_token:
        return Identity(caller, ApiError(Code.UNAUTHENTICATED, "The token is not valid."))
    if caller.wrong_tenant:
        return Identity(caller, ApiError(Code.FORBIDDEN, WRONG_TENANT))
    return Identity(caller)


def is_served(host: str) -> bool:
    """Whether this site serves the host name, by Django's rule."""
    check = is_allowed if len(host) <= LONGEST_KEPT_HOST else is_allowed.__wrapped__
    return check(host, tuple(settings.ALLOWED_HOSTS))


@lru_cache(maxsize=100)
def is_allowed(host: str, allowed: tuple[str, ...]) -> bool:
    """Whether the host name is one of those allowed."""
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, allowed)
