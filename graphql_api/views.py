"""The HTTP door of GraphQL (https://graphql.github.io/graphql-over-http/draft/)."""

from http import HTTPStatus
from typing import Any, cast

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.views.decorators.csrf import csrf_exempt
from graphql import OperationType

from graphql_api import graphiql
from graphql_api.context import Context
from graphql_api.errors import Code, failure
from graphql_api.execution import execute, kind_of
from graphql_api.requests import GRAPHQL_JSON, JSON, Refused, operation_of
from graphql_api.responses import Response, encode
from tenants.middleware import CallerRequest

logger = structlog.get_logger(__name__)

HTML = "text/html"
STATUS_OF_CODE = {
    Code.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    Code.TOKEN_EXPIRED: HTTPStatus.UNAUTHORIZED,
    Code.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Code.THROTTLED: HTTPStatus.TOO_MANY_REQUESTS,
    Code.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Code.INTERNAL: HTTPStatus.INTERNAL_SERVER_ERROR,
}


@csrf_exempt  # by the view itself, for those it concerns: see check_csrf
async def graphql(request: HttpRequest) -> HttpResponseBase:
    """Run the operation that a POST (JSON) or a GET (queries only) asks for, or show a browser the GraphiQL page.

    Every refusal is JSON in GraphQL's form, with the request's id.
    """
    request = cast(CallerRequest, request)
    media_type = JSON
    try:
        check_method(request)
        media_type = negotiated(request)
        if media_type == HTML:
            return graphiql.page(request)
        result = await run(request)
    except Refused as refused:
        error = failure(refused.error, request.caller.request_id)
        error["errors"][0]["extensions"]["requestId"] = request.caller.request_id
        return respond(error, request, JSON if media_type == HTML else media_type, refused.status, refused.headers)
    except Exception as error:  # an API client gets JSON, whatever happens
        return respond(failure(error, request.caller.request_id), request, media_type, HTTPStatus.INTERNAL_SERVER_ERROR)
    return respond(result, request, media_type, status_of(result, media_type))


async def run(request: CallerRequest) -> Response:
    """Read the operation, check that this request may ask for it, and execute it."""
    if request.invalid_token:
        challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        raise Refused(HTTPStatus.UNAUTHORIZED, "The token is not valid.", Code.UNAUTHENTICATED, challenge)
    operation = operation_of(request)
    if request.method == "POST":
        check_csrf(request)
    elif kind_of(operation) is OperationType.MUTATION:
        raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, "Send a mutation by POST.", headers={"Allow": "POST"})
    context = Context(caller=request.caller, request_id=request.caller.request_id)
    return await execute(operation, context, allow_mutations=request.method == "POST")


def check_method(request: HttpRequest) -> None:
    """GET and POST are all there is."""
    if request.method not in {"GET", "POST"}:
        raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, "Send a GET or a POST.", headers={"Allow": "GET, POST"})


def negotiated(request: HttpRequest) -> str:
    """The media type to answer in. A browser gets HTML, where GraphiQL is on: it opens the operation of the address."""
    takes_page = request.method == "GET" and settings.ORDERS_GRAPHIQL
    offered = [JSON, GRAPHQL_JSON, *([HTML] if takes_page else [])]
    for accepted in request.accepted_types:  # Best first. Django's own choice minds parameters, such as charset=UTF-8.
        for media_type in offered:
            main, _, sub = media_type.partition("/")
            if accepted.main_type in {"*", main} and accepted.sub_type in {"*", sub}:
                return media_type
    raise Refused(HTTPStatus.NOT_ACCEPTABLE, f"We answer in {GRAPHQL_JSON} or {JSON}.")


class SessionCsrf(CsrfViewMiddleware):
    """Django's check, which tells its reason instead of answering with a page."""

    def _reject(self, request: HttpRequest, reason: str) -> Any:
        return reason


def check_csrf(request: CallerRequest) -> None:
    """Ask for Django's CSRF token where a browser's session cookie says who is calling.

    A bearer token is not sent by the browser of its own accord, and the open demo is closed to another site's page
    (:func:`tenants.authentication.demo_is_open`): they need none.
    """
    caller = request.caller
    if caller.user_id is None or caller.token_id is not None:
        return
    check = SessionCsrf(lambda _: HttpResponse())
    check.process_request(request)
    reason = check.process_view(request, lambda _: HttpResponse(), (), {})
    if reason:
        raise Refused(HTTPStatus.FORBIDDEN, f"{reason} Send the header X-CSRFToken.", Code.FORBIDDEN)


def status_of(result: Response, media_type: str) -> HTTPStatus:
    """200, save for what ran no field at all: then GraphQL's media type has the status tell (its section 6.4.2)."""
    if "data" in result or media_type == JSON:
        return HTTPStatus.OK
    return STATUS_OF_CODE.get(result["errors"][0]["extensions"]["code"], HTTPStatus.BAD_REQUEST)


def respond(
    result: Response, request: CallerRequest, media_type: str, status: HTTPStatus, headers: dict[str, str] | None = None
) -> HttpResponse:
    """The response, not to be stored by anyone between: it is one caller's."""
    body = encode(result, request.caller.request_id)
    return HttpResponse(
        body,
        status=status,
        content_type=f"{media_type}; charset=utf-8",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )
