"""Django's entrance to the GraphQL door: for browsers, their sessions and the page, and wherever Django runs alone."""

from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.views.decorators.csrf import csrf_exempt

from graphql_api import graphiql
from graphql_server.http import handler
from graphql_server.http.handler import Answer
from graphql_server.http.requests import Request
from tenants.middleware import CallerRequest


@csrf_exempt  # by the view itself, for those it concerns: see forged
async def graphql(request: HttpRequest) -> HttpResponseBase:
    """Answer through the door, or show a browser the GraphiQL page."""
    request = cast(CallerRequest, request)
    if handler.wants_page(request.method, request.headers.get("accept", "*/*")):
        return graphiql.page(request)
    try:
        answer = await handler.answer(asked(request))
    except Exception as error:  # a body that breaks off, for one
        answer = handler.fault(error, request.caller.request_id)
    return response(answer)


def asked(request: CallerRequest) -> Request:
    """The request, as the door takes it. ``BodyLimit`` keeps large bodies from coming in; without it one is cut off."""
    body = request.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    return Request(
        method=request.method or "",
        headers={name.lower(): value for name, value in request.headers.items()},
        query_string=request.META.get("QUERY_STRING", ""),
        body=body,
        caller=request.caller,
        invalid_token=request.invalid_token,
        forged=forged(request),
    )


class SessionCsrf(CsrfViewMiddleware):
    """Django's check, which tells its reason instead of answering with a page."""

    def _reject(self, request: HttpRequest, reason: str) -> Any:
        return reason


def forged(request: CallerRequest) -> str:
    """Why a POST does not count that a browser's session cookie says the caller of: it lacks Django's CSRF token.

    A bearer token is not sent by the browser of its own accord, and the open demo is closed to another site's page
    (:func:`tenants.auth.authentication.demo_is_open`): they need none.
    """
    caller = request.caller
    if request.method != "POST" or caller.user_id is None or caller.token_id is not None:
        return ""
    check = SessionCsrf(lambda _: HttpResponse())
    check.process_request(request)
    reason = check.process_view(request, lambda _: HttpResponse(), (), {})
    return str(reason or "")


def response(answer: Answer) -> HttpResponse:
    """The answer, not to be stored by anyone between: it is one caller's."""
    return HttpResponse(
        answer.body,
        status=answer.status,
        content_type=f"{answer.media_type}; charset=utf-8",
        headers={"Cache-Control": "no-store", **answer.headers},
    )
