"""Refusals: Django's own, and those of a request before Django sees it.

Each is a problem document under ``/api/`` (RFC 9457), and elsewhere a page for browsers, or a line of plain text.
"""

import sys
from http import HTTPStatus
from typing import cast

import orjson
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

from graphql_server.asgi_types import Send
from orders.rest.problems import MASKED, MEDIA_TYPE, UNAVAILABLE, problem
from tenants.middleware import CallerRequest, request_id_of
from tenants.values.identifiers import uuid7
from tenants.values.languages import in_the_persons_language

API = "/api/"


def refusal(request: HttpRequest, status: HTTPStatus, detail: str) -> HttpResponse:
    """Django's answer."""
    # A request that was refused before TenantMiddleware has no caller.
    caller = getattr(cast(CallerRequest, request), "caller", None)
    request_id = caller.request_id if caller else request_id_of(request.headers.get("x-request-id"))
    vars(request)["request_id"] = request_id  # for the log
    if not request.path_info.startswith(API):
        if "text/html" in request.headers.get("accept", ""):
            return page(request, status, detail, request_id=request_id)
        return HttpResponse(f"{status.value} {status.phrase}\n", status=status, content_type="text/plain")
    document = problem(status, detail, request_id=request_id)
    return JsonResponse(document, status=status, content_type=MEDIA_TYPE, headers={"X-Request-Id": request_id})


@in_the_persons_language
def page(request: HttpRequest, status: HTTPStatus, detail: str, *, request_id: str) -> HttpResponse:
    """The page of a refusal: the reason and ways to go on; it needs no database."""
    context = {"status": status, "detail": detail, "request_id": request_id}
    return HttpResponse(render_to_string("tenants/refused.html", context), status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: an unknown host name, a malformed header."""
    return refusal(request, HTTPStatus.BAD_REQUEST, "The request can't be understood.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return refusal(request, HTTPStatus.FORBIDDEN, "You may not do this.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    return refusal(request, HTTPStatus.NOT_FOUND, "Nothing is at this address.")


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 while the database is unreachable: Django has logged it; the client gets the request's id."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        response = refusal(request, HTTPStatus.SERVICE_UNAVAILABLE, UNAVAILABLE)
        response["Retry-After"] = "1"
        return response
    return refusal(request, HTTPStatus.INTERNAL_SERVER_ERROR, MASKED)


async def refuse(
    send: Send, status: HTTPStatus, detail: str, *, retry_after: int, path: str = API, request_id: str = ""
) -> None:
    """Refuse a request that may be sent again after ``retry_after`` seconds. With a 503 the connection is closed."""
    request_id = request_id or uuid7().hex
    media_type, body = "text/plain; charset=utf-8", f"{detail}\n".encode()
    if path.startswith(API):
        media_type, body = MEDIA_TYPE, orjson.dumps(problem(status, detail, request_id=request_id))
    headers = [
        (b"content-type", media_type.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"retry-after", b"%d" % retry_after),
        (b"x-request-id", request_id.encode()),
        *([(b"connection", b"close")] if status == HTTPStatus.SERVICE_UNAVAILABLE else []),
    ]
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": body})
