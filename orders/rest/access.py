"""Access to the REST API: authentication, rights, rate limit, and the form of refusals."""

from http import HTTPStatus
from typing import Any, cast

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle

from orders.errors import FieldError, KeyInProgress, KeyReused, OrderError, OrderNotFound, StaleVersion
from orders.rest.json_bodies import BodyTooLarge
from orders.rest.problems import MASKED, MEDIA_TYPE, UNAVAILABLE, problem
from tenants.auth.authentication import WRONG_TENANT, TooManyFailures
from tenants.auth.csrf import csrf_refusal
from tenants.context import Caller
from tenants.middleware import CallerRequest
from tenants.pagination.keyset import DEFAULT_SIZE, MAX_SIZE
from tenants.ratelimit import throttling

log = structlog.get_logger(__name__)

POINTS_OF_ORDER = 3
"""With its lines. A view may say otherwise as ``points_of_row``."""
BYTES_PER_POINT = 1_000
"""The size of a body that is parsed afterwards."""
FIELD_CODES = {"required": "REQUIRED", "null": "REQUIRED", "max_length": "LIMIT_EXCEEDED"}


def caller_of(request: Request) -> Caller:
    """The caller, which TenantMiddleware has identified."""
    return cast(CallerRequest, request._request).caller


class TooMuch(exceptions.Throttled):
    """Too many requests, or too many failed attempts, within a short time."""

    def __init__(self, detail: str, *, wait: int) -> None:
        super().__init__()
        self.detail = exceptions.ErrorDetail(detail, self.default_code)
        self.wait = wait


class CallerThrottle(BaseThrottle):
    """Charges the caller, from the same buckets as GraphQL does; counts after authentication and rights."""

    def allow_request(self, request: Request, view: object) -> bool:
        """Take the points for a request.

        Raises:
            TooMuch: there are too few.
        """
        try:
            throttling.take(caller_of(request), points_of(request, getattr(view, "points_of_row", POINTS_OF_ORDER)))
        except throttling.Throttled as error:
            raise TooMuch(str(error), wait=error.retry_after) from None
        return True


def points_of(request: Request, of_row: int) -> int:
    """The points of a request: 2 and ``of_row`` per row of a page, or 10 and 1 per 1,000 bytes of a change's body."""
    if request.method not in SAFE_METHODS:
        return 10 + len(request._request.body) // BYTES_PER_POINT
    limit = request.query_params.get("limit", "")
    size = min(int(limit), MAX_SIZE) if limit.isascii() and limit.isdigit() and len(limit) < 10 else DEFAULT_SIZE
    return 2 + of_row * size


class CallerAuthentication(BaseAuthentication):
    """Uses the caller of TenantMiddleware; a session, which a browser sends for any page, needs a CSRF token."""

    def authenticate(self, request: Request) -> tuple[Any, Caller] | None:
        """The user and the caller, or None for a request without credentials."""
        invalid = cast(CallerRequest, request._request).invalid_token
        if isinstance(invalid, TooManyFailures):
            raise TooMuch(str(invalid), wait=invalid.retry_after)
        if invalid:
            raise exceptions.AuthenticationFailed("The token is not valid.")
        caller = caller_of(request)
        if caller.wrong_tenant:
            raise exceptions.PermissionDenied(WRONG_TENANT)
        if caller.tenant_id is None and not request._request.user.is_authenticated:
            return None
        if caller.token_id is None and not caller.is_demo:
            self.check_csrf(request._request)
        return request._request.user, caller

    def authenticate_header(self, request: Request) -> str:
        """The challenge of a 401."""
        invalid = cast(CallerRequest, request._request).invalid_token
        return 'Bearer error="invalid_token"' if invalid else "Bearer"

    def check_csrf(self, request: HttpRequest) -> None:
        """Refuse a call by session that lacks Django's CSRF token."""
        if refusal := csrf_refusal(request):
            raise exceptions.PermissionDenied(refusal)


class IsTenantMember(BasePermission):
    """Callers who act in a tenant and have the scope: ``orders:read`` to read, ``orders:write`` for the rest."""

    def has_permission(self, request: Request, view: object) -> bool:
        """Whether this caller may."""
        caller = caller_of(request)
        scope = "orders:read" if request.method in SAFE_METHODS else "orders:write"
        self.message = f"This needs the scope {scope}." if caller.tenant_id else "You belong to no tenant."
        return caller.tenant_id is not None and scope in caller.scopes


# --- Refusals ---------------------------------------------------------------------------------------------------------


class PreconditionFailed(StaleVersion):
    """The order has changed since you read the ETag."""


def problem_handler(error: Exception, context: dict[str, Any]) -> Response:
    """Answer every exception of a view with a problem document; internal errors are logged and masked."""
    request_id = caller_of(context["request"]).request_id
    status, detail, more, headers = worded(error)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("api_request_failed", request_id=request_id, exc_info=error)
    document = problem(status, detail, request_id=request_id, **more)
    return Response(document, status=status, headers=headers, content_type=MEDIA_TYPE)


Worded = tuple[HTTPStatus, str, dict[str, Any], dict[str, str]]

NOT_OURS: list[tuple[tuple[type[Exception], ...], Worded]] = [
    ((RequestDataTooBig,), (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, BodyTooLarge.default_detail, {}, {})),
    ((Http404,), (HTTPStatus.NOT_FOUND, "Nothing is at this address.", {}, {})),
    ((PermissionDenied,), (HTTPStatus.FORBIDDEN, "You may not do this.", {}, {})),
    ((SuspiciousOperation,), (HTTPStatus.BAD_REQUEST, "The request can't be understood.", {}, {})),
    ((OperationalError, InterfaceError), (HTTPStatus.SERVICE_UNAVAILABLE, UNAVAILABLE, {}, {"Retry-After": "1"})),
    ((Exception,), (HTTPStatus.INTERNAL_SERVER_ERROR, MASKED, {}, {})),
]


def worded(error: Exception) -> Worded:
    """The status, the detail, the document's further members and the headers for an exception."""
    match error:
        case OrderError():
            return of_order_error(error)
        case exceptions.ValidationError():
            found = field_errors(error.detail)
            return HTTPStatus.BAD_REQUEST, summary(found), {"code": "INVALID", "errors": found}, {}
        case exceptions.APIException():
            return HTTPStatus(error.status_code), str(error.detail), getattr(error, "members", {}), headers_for(error)
    return next(words for kinds, words in NOT_OURS if isinstance(error, kinds))


def of_order_error(error: OrderError) -> Worded:
    """The status, the detail, the document's further members and the headers for a service's error."""
    found = [FieldError(one.code, rest_path(one.path), one.message) for one in error.errors]
    codes = {one.code for one in found}
    more: dict[str, Any] = {"code": found[0].code if len(codes) == 1 else "INVALID", "errors": found}
    match error:
        case OrderNotFound():
            return HTTPStatus.NOT_FOUND, str(error), more, {}
        case StaleVersion():
            stale = isinstance(error, PreconditionFailed)
            status = HTTPStatus.PRECONDITION_FAILED if stale else HTTPStatus.CONFLICT
            return status, str(error), more | {"currentVersion": error.current_version}, {}
        case KeyReused():
            return HTTPStatus.UNPROCESSABLE_ENTITY, str(error), more, {}
        case KeyInProgress():
            return HTTPStatus.CONFLICT, str(error), more, {"Retry-After": "1"}
    conflict = codes <= {"TAKEN", "INVALID_TRANSITION"}
    return HTTPStatus.CONFLICT if conflict else HTTPStatus.BAD_REQUEST, summary(found), more, {}


def rest_path(path: tuple[str, ...]) -> tuple[str, ...]:
    """A path as REST has it; names inside metadata are the client's own."""
    return path if path[:1] == ("metadata",) else tuple(map(snake, path))


def snake(name: str) -> str:
    """A field's name in REST: the services use ``customerEmail``, REST ``customer_email``."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def summary(found: list[FieldError]) -> str:
    """A sentence about the errors, for ``detail``."""
    return found[0].message if len(found) == 1 else f"{len(found)} things are wrong; see errors."


def headers_for(error: exceptions.APIException) -> dict[str, str]:
    """The headers that go with a refusal of the framework."""
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = f"{wait:.0f}"
    return headers


def field_errors(detail: Any, path: tuple[str, ...] = ()) -> list[FieldError]:
    """A serializer's nested errors as a flat list."""
    if isinstance(detail, dict):
        return [
            one
            for name, inner in detail.items()
            for one in field_errors(inner, path if name == "non_field_errors" else (*path, str(name)))
        ]
    if isinstance(detail, list):
        nested = isinstance(detail, list) and any(isinstance(inner, dict) for inner in detail)
        places = [(*path, str(index)) if nested else path for index in range(len(detail))]
        return [one for inner, place in zip(detail, places, strict=True) for one in field_errors(inner, place)]
    return [FieldError(FIELD_CODES.get(getattr(detail, "code", ""), "INVALID"), path, str(detail))]
