"""Identifies the caller of every request, and runs the request as that caller."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from structlog.contextvars import bound_contextvars

from tenants.auth.authentication import CHOSEN_TENANT, InvalidToken, anonymous, caller_at_hand, caller_for
from tenants.auth.proxies import address_of, ip_of, lower
from tenants.context import Caller, acting_as
from tenants.models import User
from tenants.values.identifiers import uuid7

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
CLIENT_NAMES = ("graphql-client-name", "apollographql-client-name")
CLIENT_VERSIONS = ("graphql-client-version", "apollographql-client-version")
CLIENT_TEXT = re.compile(r"[!-~](?:[ -~]{0,62}[!-~])?")
Response = HttpResponseBase | Awaitable[HttpResponseBase]


def request_id_of(given: str | None) -> str:
    """The id that the client or proxy sent, if it has the form of an id, else a new one."""
    return given if given and REQUEST_ID.fullmatch(given) else uuid7().hex


def traceparent_of(given: str | None) -> str:
    """The trace that the client or proxy continues, if it has the form of one (W3C Trace Context), else none."""
    return given if given and TRACEPARENT.fullmatch(given) else ""


def client_text(headers: Mapping[str, str], names: tuple[str, ...]) -> str:
    """The name or the version that a client gives itself, by the first of these headers that has the form of one."""
    for name in names:
        if (given := headers.get(name)) and CLIENT_TEXT.fullmatch(given):
            return given
    return ""


class CallerRequest(HttpRequest):
    """A request that has passed :class:`TenantMiddleware`."""

    caller: Caller
    invalid_token: InvalidToken | None


def within(caller: Caller, headers: Mapping[str, str], address: str | None, request_id: str = "") -> Caller:
    """The caller with the data of this request. ``headers`` has lower-case names."""
    return replace(
        caller,
        ip=ip_of(address),
        request_id=request_id or request_id_of(headers.get("x-request-id")),
        traceparent=traceparent_of(headers.get("traceparent")),
        client=client_text(headers, CLIENT_NAMES),
        client_version=client_text(headers, CLIENT_VERSIONS),
    )


def identified(
    headers: Mapping[str, str], address: str | None, user: User | None, chosen: object = None
) -> tuple[Caller, InvalidToken | None]:
    """The caller of a request, and why its token is invalid: then the caller is anonymous. May read the database.

    What is logged meanwhile has the id of the request.
    """
    invalid: InvalidToken | None = None
    request_id = request_id_of(headers.get("x-request-id"))
    with bound_contextvars(request_id=request_id):
        try:
            caller = caller_for(headers=headers, client_ip=address, user=user, chosen=chosen)
        except InvalidToken as error:
            caller, invalid = anonymous(), error
    return within(caller, headers, address, request_id), invalid


class SyncAndAsyncMiddleware:
    """Base of middleware that runs under WSGI and under ASGI. ``is_async`` says under which."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Response]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(cast("Callable[..., object]", self))


class TenantMiddleware(SyncAndAsyncMiddleware):
    """Sets ``request.caller`` and acts as that caller; answers with ``X-Request-Id``.

    A token that is not valid leaves an anonymous caller and ``request.invalid_token``: each API words its own refusal.
    """

    def __call__(self, request: HttpRequest) -> Response:
        if self.is_async:
            return self.acall(request)
        self.identify(request)
        with acting_as(cast(CallerRequest, request).caller) as caller:
            return self.tag(cast(HttpResponse, self.get_response(request)), caller)

    async def acall(self, request: HttpRequest) -> HttpResponseBase:
        """Handle a request under ASGI. Reads the database on another thread, and only if necessary."""
        headers, address = lower(request.headers), address_of(request)
        caller = None if request.COOKIES else caller_at_hand(headers=headers, client_ip=address)
        if caller is None:
            await sync_to_async(self.identify_in_thread, thread_sensitive=False)(request)
        else:
            vars(request).update(caller=within(caller, headers, address), invalid_token=None)
        with acting_as(cast(CallerRequest, request).caller) as caller:
            return self.tag(await cast(Awaitable[HttpResponseBase], self.get_response(request)), caller)

    def identify_in_thread(self, request: HttpRequest) -> None:
        """:meth:`identify` with Django's closing of connections around a request: the thread is reused."""
        close_old_connections()
        try:
            self.identify(request)
        finally:
            close_old_connections()

    def identify(self, request: HttpRequest) -> None:
        """Find out who is calling and set it on the request."""
        user = request.user if request.COOKIES and request.user.is_authenticated else None
        chosen = None if user is None else request.session.get(CHOSEN_TENANT)
        caller, invalid_token = identified(lower(request.headers), address_of(request), user, chosen)
        vars(request).update(caller=caller, invalid_token=invalid_token)

    def tag(self, response: HttpResponseBase, caller: Caller) -> HttpResponseBase:
        """Send the client the request's id in our logs."""
        response["X-Request-Id"] = caller.request_id
        return response
