"""Django's own refusals: an unknown address, an invalid request, an uncaught error."""

import sys
from http import HTTPStatus
from typing import cast

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse

from orders.rest.problems import MASKED, MEDIA_TYPE, UNAVAILABLE, problem
from tenants.middleware import CallerRequest, request_id_of


def refusal(request: HttpRequest, status: HTTPStatus, detail: str) -> HttpResponse:
    """A problem document under ``/api/``, a line of plain text elsewhere."""
    if not request.path_info.startswith("/api/"):
        return HttpResponse(f"{status.value} {status.phrase}\n", status=status, content_type="text/plain")
    # A request that was refused before TenantMiddleware has no caller.
    caller = getattr(cast(CallerRequest, request), "caller", None)
    request_id = caller.request_id if caller else request_id_of(request.headers.get("x-request-id"))
    document = problem(status, detail, request_id=request_id)
    return JsonResponse(document, status=status, content_type=MEDIA_TYPE, headers={"X-Request-Id": request_id})


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
