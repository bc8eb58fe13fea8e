"""GraphQL over HTTP as a Django view: for browsers, their sessions and the page, and where Django runs alone."""

from collections.abc import Awaitable, Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from graphql_server.http.handler import Answer, HttpHandler, fault
from graphql_server.http.requests import Request
from graphql_server.ports import HttpAuthentication

Page = Callable[[HttpRequest], HttpResponseBase]
View = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


def django_view(handler: HttpHandler, authentication: HttpAuthentication) -> View:
    """The view. The application's authentication checks Django's CSRF token itself, where one is needed."""

    @csrf_exempt
    async def graphql(request: HttpRequest) -> HttpResponseBase:
        if handler.page and handler.wants_page(request.method, request.headers.get("accept", "*/*")):
            return handler.page(request)
        body = body_of(request, handler.executor.limits.bodies.bytes)
        identity = authentication.identify_request(request)
        if isinstance(body, Exception):
            return response(fault(body, identity.caller.request_id))
        headers = {name.lower(): value for name, value in request.headers.items()}
        query_string = request.META.get("QUERY_STRING", "")
        return response(await handler.answer(Request(request.method or "", headers, query_string, body, identity)))

    return graphql


def body_of(request: HttpRequest, most: int) -> bytes | Exception:
    """The body, or why it can't be read, such as that it breaks off.

    Middleware keeps large bodies from coming in (:class:`~graphql_server.http.body_limit.BodyLimit`). Without it, a
    body is cut off one byte after ``most``.
    """
    try:
        return request.read(most + 1)
    except Exception as error:
        return error


def response(answer: Answer) -> HttpResponse:
    """The answer as Django has it. It is one caller's, so caches on the way may not store it."""
    return HttpResponse(
        answer.body,
        status=answer.status,
        content_type=f"{answer.media_type}; charset=utf-8",
        headers={"Cache-Control": "no-store", **answer.headers},
    )
