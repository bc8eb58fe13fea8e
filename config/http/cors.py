"""Lets pages of the origins in ``CORS_ORIGINS`` read the API (CORS: https://fetch.spec.whatwg.org/#http-cors-protocol).

django-cors-headers decides and makes the headers. Its middleware sees Django's answers only, so it is called here for
every answer: most of the API's do not pass through Django.
"""

from http import HTTPStatus
from io import BytesIO

from corsheaders.middleware import CorsMiddleware
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse

from graphql_server.asgi_types import App, Message, Receive, Scope, Send

_library = CorsMiddleware(lambda _: HttpResponse())


class CrossOrigin:
    """ASGI middleware: answers preflights, and adds the headers to the other answers for requests with an Origin."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not any(name == b"origin" for name, _ in scope["headers"]):  # Only browsers send it.
            await self.app(scope, receive, send)
            return
        request = ASGIRequest(scope, BytesIO())
        preflight = _library.check_preflight(request)
        added = cors_headers(request)
        if preflight is not None:
            await send({"type": "http.response.start", "status": HTTPStatus.NO_CONTENT, "headers": added})
            await send({"type": "http.response.body", "body": b""})
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        send_with_headers.__wrapped__ = send  # type: ignore[attr-defined]  # for graphql_server.servers.writers
        await self.app(scope, receive, send_with_headers)


def cors_headers(request: ASGIRequest) -> list[tuple[bytes, bytes]]:
    """The headers of an answer to this request."""
    response = HttpResponse()
    del response["Content-Type"]
    _library.add_response_headers(request, response)
    return [(name.lower().encode("ascii"), value.encode("latin1")) for name, value in response.headers.items()]
