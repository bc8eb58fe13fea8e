"""Authenticates WebSockets.

Channels' session and authentication middleware is not used: it reads the database on one shared thread and wraps each
message sent.
"""

from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from io import BytesIO

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, get_user
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from graphql_api.access.http import is_served
from graphql_server.asgi_types import Scope
from graphql_server.connections import healthy_connections
from graphql_server.http.headers import headers_of
from graphql_server.websocket.client_messages import JsonObject, Malformed
from graphql_server.websocket.closing import CloseCode, Closing
from tenants.auth.authentication import (
    CHOSEN_TENANT,
    TENANT_HEADER,
    InvalidToken,
    TooManyFailures,
    caller_at_hand,
    caller_for,
)
from tenants.context import Caller, Session
from tenants.middleware import CLIENT_NAMES, CLIENT_VERSIONS, within
from tenants.models import User

_forms = CsrfViewMiddleware(lambda _: HttpResponse())


async def authenticate(scope: Scope, payload: JsonObject) -> Caller:
    """The caller who opened the socket: by token, by the session of this site's page, or on loopback as the open demo.

    The token is ``connection_init``'s ``authorization`` or the handshake's header, and is valid from any page. A
    browser sends a session cookie for any page, so the cookie and the demo are valid from this site's pages only.

    Raises:
        Closing: 4401 without credentials, 4403 with credentials that are not valid or not allowed for this page or
            host, 1013 while the database can't be reached.
    """
    request = handshake(scope)
    headers = handshake_headers(scope, payload)
    try:
        caller = caller_at_hand(headers=headers, client_ip=None) if "authorization" in headers else None
        if caller is None and ("authorization" in headers or settings.SESSION_COOKIE_NAME in request.COOKIES):
            caller = await sync_to_async(identify_in_thread, thread_sensitive=False)(request, headers)
        elif caller is None:  # Then the database is not read.
            caller = identify(request, headers)
    except TooManyFailures as error:
        raise Closing(CloseCode.FORBIDDEN, f"Forbidden: {error}") from None
    except InvalidToken:
        raise Closing(CloseCode.FORBIDDEN, "Forbidden: the token is not valid") from None
    except (OperationalError, InterfaceError):
        raise Closing(CloseCode.TRY_AGAIN_LATER, "The service is not available at the moment") from None
    if caller.wrong_tenant:
        raise Closing(CloseCode.FORBIDDEN, "Forbidden: you may not act for this tenant")
    return opened_by(caller, headers, request.META.get("REMOTE_ADDR"))


def authenticate_at_once(scope: Scope, payload: JsonObject) -> Caller | None:
    """The caller of a token that was looked up within the last second; None: call :func:`authenticate`."""
    try:
        headers = handshake_headers(scope, payload)
        if "authorization" not in headers or not is_served(headers.get("host", "")):
            return None
        caller = caller_at_hand(headers=headers, client_ip=None)
    except (Malformed, TooManyFailures, InvalidToken):
        return None
    client = scope.get("client")
    return None if caller is None or caller.wrong_tenant else opened_by(caller, headers, client[0] if client else None)


def opened_by(caller: Caller, headers: Mapping[str, str], address: str | None) -> Caller:
    """The caller with the address, the trace and the request id of this socket."""
    return within(caller, headers, address)


def handshake(scope: Scope) -> ASGIRequest:
    """The handshake as Django's request, so that Django checks host, origin, cookies and the proxies' TLS.

    Raises:
        Closing: 4403, this host name is not served here.
    """
    scheme = "https" if scope.get("scheme") == "wss" else "http"
    request = ASGIRequest({**scope, "method": "GET", "scheme": scheme}, BytesIO())
    try:
        request.get_host()
    except DisallowedHost:
        raise Closing(CloseCode.FORBIDDEN, "Forbidden: this host name is not served here") from None
    return request


def handshake_headers(scope: Scope, payload: JsonObject) -> dict[str, str]:
    """The handshake's headers in lower case, with the payload's ``authorization`` and ``tenant`` where it has them.

    ``Sec-Fetch-Site`` is left out: browsers disagree on it for WebSockets, and always send Origin.

    Raises:
        Malformed: a value in the payload is not a string.
    """
    headers = headers_of(scope)
    headers.pop("sec-fetch-site", None)
    return with_payload(headers, payload)


def with_payload(headers: dict[str, str], payload: JsonObject) -> dict[str, str]:
    """The headers, with the payload's ``authorization`` and ``tenant`` where it has them, and the client's own name.

    Raises:
        Malformed: a value in the payload is not a string.
    """
    sent: dict[str, object] = {
        "authorization": payload.get("authorization", payload.get("Authorization")),
        TENANT_HEADER: payload.get("tenant"),
        **{name: payload.get(name) for name in (*CLIENT_NAMES, *CLIENT_VERSIONS)},
    }
    for name, value in sent.items():
        if value is not None and not isinstance(value, str):
            shown = "tenant" if name == TENANT_HEADER else name
            raise Malformed(f"'connection_init' payload expects '{shown}' to be a string")
    return headers | {name: value for name, value in sent.items() if isinstance(value, str) and value}


def identify(request: ASGIRequest, headers: Mapping[str, str]) -> Caller:
    """The caller of the handshake's credentials.

    Raises:
        InvalidToken: a token was sent and is not valid.
        Closing: nothing that was sent counts.
    """
    has_token, has_page = "authorization" in headers, "origin" in headers
    if has_page and not has_token and not origin_is_ours(request):
        raise Closing(CloseCode.FORBIDDEN, "Forbidden: a page of another origin needs a token")
    user = session_user(request) if has_page and not has_token else None
    chosen = None if user is None else request.session.get(CHOSEN_TENANT)
    caller = caller_for(headers=headers, client_ip=request.META.get("REMOTE_ADDR"), user=user, chosen=chosen)
    if caller.tenant_id is not None or caller.wrong_tenant:
        return caller if user is None else replace(caller, session=session_of(request))
    if user is not None:
        raise Closing(CloseCode.FORBIDDEN, "Forbidden: you belong to no tenant")
    raise Closing(CloseCode.UNAUTHORIZED, "Unauthorized: send a token in connection_init, or log in")


def identify_in_thread(request: ASGIRequest, headers: Mapping[str, str]) -> Caller:
    """Call :func:`identify` on a thread, with healthy database connections."""
    with healthy_connections():
        return identify(request, headers)


def origin_is_ours(request: ASGIRequest) -> bool:
    """Whether the page is this site's or a trusted site's, by Django's rule for posted forms."""
    return bool(_forms._origin_verified(request))  # type: ignore[attr-defined]  # the stubs leave private methods out


def session_user(request: ASGIRequest) -> User | None:
    """The user of the handshake's session cookie."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if key is None:
        return None
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    user = get_user(request)
    return user if isinstance(user, User) else None


def session_of(request: ASGIRequest) -> Session:
    """The session that identified the user."""
    return Session(request.session.session_key or "", request.session[HASH_SESSION_KEY])


class Authentication:
    """The GraphQL server's port :class:`~graphql_server.ports.callers.SocketAuthentication`."""

    async def authenticate(self, scope: Scope, payload: JsonObject) -> Caller:
        """See :func:`authenticate`."""
        return await authenticate(scope, payload)

    def authenticate_at_once(self, scope: Scope, payload: JsonObject) -> Caller | None:
        """See :func:`authenticate_at_once`."""
        return authenticate_at_once(scope, payload)
