"""The two entrances of GraphQL over HTTP, each as a client of Django's tests."""

import asyncio
from collections.abc import Callable, Iterable
from functools import cache
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse
from django.test import AsyncClient
from django.utils.module_loading import import_string

Message = dict[str, Any]
GONE: Message = {"type": "http.disconnect"}


@cache
def application() -> Any:
    """The whole ASGI application, as servers get it."""
    return import_string(settings.ASGI_APPLICATION)


def parts_of(*parts: bytes) -> list[Message]:
    """The messages of a body that comes in these parts."""
    return [{"type": "http.request", "body": part, "more_body": part is not parts[-1]} for part in parts]


async def exchange(app: Any, scope: Message, messages: Iterable[Message]) -> list[Message]:
    """What the application sends to a client that sends these messages, and then waits."""
    coming, sent = list(messages), []

    async def receive() -> Message:
        if not coming:
            await asyncio.Event().wait()
        return coming.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent


class EndpointHandler:
    """Replaces the handler of Django's test client."""

    async def __call__(self, scope: Message) -> HttpResponse:
        file = scope.pop("_body_file", None)
        scope["query_string"] = scope["query_string"].encode()
        start, content = await exchange(application(), scope, parts_of(file.read() if file else b""))
        body = b"" if scope["method"] == "HEAD" else content["body"]  # as servers do
        response = HttpResponse(body, status=start["status"])
        del response["content-type"]
        for name, value in start["headers"]:
            if name.lower() == b"set-cookie":
                response.cookies.load(value.decode())
            else:
                response[name.decode()] = value.decode()
        vars(response)["asgi_request"] = ASGIRequest(scope, BytesIO())
        return response


def by_django() -> AsyncClient:
    """A client of the view, under Django's CSRF checks."""
    return AsyncClient(enforce_csrf_checks=True)


def by_endpoint() -> AsyncClient:
    """A client of the application, in which the endpoint answers."""
    client = AsyncClient()
    client.handler = EndpointHandler()
    return client


ENTRANCES: tuple[Callable[[], AsyncClient], ...] = (by_django, by_endpoint)
