"""Puts the caller and its tenant round every request."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from tenants.authentication import InvalidToken, anonymous, caller_for
from tenants.context import Caller, acting_as
from tenants.ids import uuid7

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
Response = HttpResponseBase | Awaitable[HttpResponseBase]


def request_id_of(given: str | None) -> str:
    """The id the client or proxy gave, where it has the form of one, else a new one."""
    return given if given and REQUEST_ID.fullmatch(given) else uuid7().hex


class CallerRequest(HttpRequest):
    """A request that has passed :class:`TenantMiddleware`."""

    caller: Caller
    invalid_token: bool


class TenantMiddleware:
    """Sets ``request.caller`` and acts as that caller; answers with ``X-Request-Id``.

    A token that is not valid leaves an anonymous caller and ``request.invalid_token``: each door words its refusal.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Response]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Response:
        if self.is_async:
            return self.acall(request)
        self.identify(request)
        with acting_as(cast(CallerRequest, request).caller) as caller:
            return self.tag(cast(HttpResponse, self.get_response(request)), caller)

    async def acall(self, request: HttpRequest) -> HttpResponseBase:
        """The same under ASGI; asks the database on another thread, and only if there are credentials."""
        if "authorization" in request.headers or request.COOKIES:
            await sync_to_async(self.identify_in_thread, thread_sensitive=False)(request)
        else:
            self.identify(request)
        with acting_as(cast(CallerRequest, request).caller) as caller:
            return self.tag(await cast(Awaitable[HttpResponseBase], self.get_response(request)), caller)

    def identify_in_thread(self, request: HttpRequest) -> None:
        """:meth:`identify` with what Django does round a request: the thread is used again, its connection may die."""
        close_old_connections()
        try:
            self.identify(request)
        finally:
            close_old_connections()

    def identify(self, request: HttpRequest) -> None:
        """Find out who is calling and set it on the request."""
        request = cast(CallerRequest, request)
        headers = {name.lower(): value for name, value in request.headers.items()}
        address = request.META.get("REMOTE_ADDR") or None
        user = request.user if request.COOKIES and request.user.is_authenticated else None
        request.invalid_token = False
        try:
            caller = caller_for(headers=headers, client_ip=address, user=user)
        except InvalidToken:
            caller, request.invalid_token = anonymous(), True
        request.caller = replace(
            caller,
            ip=address,
            request_id=request_id_of(headers.get("x-request-id")),
            traceparent=headers.get("traceparent", "")[:55],
        )

    def tag(self, response: HttpResponseBase, caller: Caller) -> HttpResponseBase:
        """Tell the client the id that our logs know this request by."""
        response["X-Request-Id"] = caller.request_id
        return response
