"""The ASGI entrance to the GraphQL door, for programs: without Django's middleware, which takes a thread and a few
milliseconds to find that it has nothing to do.

Whatever Django has a say in goes Django's way (``views.py``): a browser's session, its page, a host name that we don't
serve, a redirect to TLS. The answers are the same.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from types import TracebackType
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http.request import split_domain_port, validate_host

from graphql_server.connections import healthy_connections
from graphql_server.executor import bound
from graphql_server.http import handler
from graphql_server.http.body_limit import App, Receive, Scope, Send, announced
from graphql_server.http.handler import Answer
from graphql_server.http.requests import KEPT_HEADER, Refused, Request, too_large, too_slow
from tenants.auth.authentication import InvalidToken, caller_at_hand
from tenants.context import Caller
from tenants.middleware import identified, request_id_of, within

Headers = Iterable[tuple[bytes, bytes]]

WATCH_AFTER_SECONDS = 0.05


class Endpoint:
    """ASGI application.

    Args:
        django: takes what is Django's.
        added: the headers that Django's middleware adds to every answer, by whether the request came over TLS.
    """

    def __init__(self, django: App, added: Callable[[bool], Headers]) -> None:
        self.django = django
        self.added = added

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = headers_of(scope)
        secure = scope.get("scheme") == "https"
        if is_djangos(scope, headers, secure=secure):
            await self.django(scope, receive, send)
            return
        body: bytes | Refused
        most = most_bytes(headers, address_of(scope))
        if announced(scope) > most:
            body = too_large(most)
        else:
            try:
                async with asyncio.timeout(settings.HTTP_BODY_SECONDS):
                    body = await body_of(receive, most)
            except ConnectionResetError:
                return
            except TimeoutError:
                body = too_slow()
        with UntilGone(receive):
            answer, request_id = await answered(scope, headers, body)
            await self.send(answer, request_id, send, secure=secure)

    async def send(self, answer: Answer, request_id: str, send: Send, *, secure: bool) -> None:
        """Send an answer, not to be stored by anyone between: it is one caller's."""
        headers = [
            (b"content-type", f"{answer.media_type}; charset=utf-8".encode()),
            (b"content-length", str(len(answer.body)).encode()),
            (b"cache-control", b"no-store"),
            (b"x-request-id", request_id.encode()),
            *((name.lower().encode(), value.encode()) for name, value in answer.headers.items()),
            *self.added(secure),
        ]
        await send({"type": "http.response.start", "status": int(answer.status), "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})


async def answered(scope: Scope, headers: Mapping[str, str], body: bytes | Refused) -> tuple[Answer, str]:
    """The door's answer, and the request's id. A body may be refused already: too large, or too slow."""
    if isinstance(body, Refused):
        request_id = request_id_of(headers.get("x-request-id"))
        return handler.refusal(body, request_id), request_id
    try:
        caller, invalid_token = await identify(headers, address_of(scope))
    except Exception as error:  # the database can't be asked
        request_id = request_id_of(headers.get("x-request-id"))
        return handler.fault(error, request_id), request_id
    request = Request(scope["method"], headers, query_string_of(scope).decode(), body, caller, invalid_token)
    return await handler.answer(request), caller.request_id


def address_of(scope: Scope) -> str | None:
    """The peer's address; a socket file has none."""
    client = scope.get("client")
    return client[0] if client else None


def most_bytes(headers: Mapping[str, str], address: str | None) -> int:
    """How large a body may be, as far as that can be told before it is read: who sends a token may be somebody."""
    caller = None if "authorization" in headers else caller_at_hand(headers=headers, client_ip=address)
    return settings.DATA_UPLOAD_MAX_MEMORY_SIZE if caller is None else bound().admission.most_bytes(caller)


async def identify(headers: Mapping[str, str], address: str | None) -> tuple[Caller, InvalidToken | None]:
    """Who is calling, and whether with a token that is not valid; asks the database, on another thread, at need."""
    caller = caller_at_hand(headers=headers, client_ip=address)
    if caller is not None:
        return within(caller, headers, address), None

    def ask() -> tuple[Caller, InvalidToken | None]:
        with healthy_connections():
            return identified(headers, address, None)

    return await sync_to_async(ask, thread_sensitive=False)()


# --- What comes in ----------------------------------------------------------------------------------------------------


def headers_of(scope: Mapping[str, Any]) -> dict[str, str]:
    """The headers by lower-case name, as Django has them: one that repeats is joined, one with an underscore is no
    header's, as it would pass for one with a hyphen."""
    found: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin1"), raw_value.decode("latin1")
        if "_" not in name:
            found[name] = f"{found[name]},{value}" if name in found else value
    return found


def query_string_of(scope: Scope) -> bytes:
    """The query string, which a server may leave out."""
    found: bytes = scope.get("query_string", b"")
    return found


def is_djangos(scope: Scope, headers: Mapping[str, str], *, secure: bool) -> bool:
    """Whether the request concerns Django's middleware: it is a browser's, or not to be answered as it stands."""
    return (
        not is_served(headers.get("host", ""))
        or (settings.SECURE_SSL_REDIRECT and not secure)
        or ("authorization" not in headers and settings.SESSION_COOKIE_NAME in headers.get("cookie", ""))
        or handler.wants_page(scope["method"], headers.get("accept", "*/*"))
        or not query_string_of(scope).isascii()
    )


def is_served(host: str) -> bool:
    """Whether we serve this host name; Django's rule."""
    check = is_allowed if len(host) <= KEPT_HEADER else is_allowed.__wrapped__
    return check(host, tuple(settings.ALLOWED_HOSTS))


@lru_cache(maxsize=100)
def is_allowed(host: str, allowed: tuple[str, ...]) -> bool:
    """Whether the host name is one of those allowed."""
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, allowed)


async def body_of(receive: Receive, most: int) -> bytes | Refused:
    """The body; a refusal if it grows over ``most`` bytes, and then the rest is not read.

    Raises:
        ConnectionResetError: the client hung up before it was complete.
    """
    parts: list[bytes] = []
    length, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError
        part: bytes = message.get("body", b"")
        length += len(part)
        if length > most:
            return too_large(most)
        parts.append(part)
        more = message.get("more_body", False)
    return parts[0] if len(parts) == 1 else b"".join(parts)


class UntilGone:
    """Ends what is done inside when the client hangs up.

    Only what takes longer than a moment is watched: a task to listen costs more than most answers.
    """

    def __init__(self, receive: Receive) -> None:
        self.receive = receive
        self.gone = False
        self.listener: asyncio.Task[None] | None = None

    def __enter__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.task = asyncio.current_task()
        self.timer = self.loop.call_later(WATCH_AFTER_SECONDS, self.watch)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        self.timer.cancel()
        if self.listener is not None:
            self.listener.cancel()
        if not (self.gone and self.task and kind is asyncio.CancelledError):
            return False
        self.task.uncancel()
        return True

    def watch(self) -> None:
        """Begin to listen."""
        self.listener = self.loop.create_task(self.listen())

    async def listen(self) -> None:
        """Wait for the client to hang up; it has said all that it had to."""
        self.gone = (await self.receive())["type"] == "http.disconnect"
        if self.gone and self.task is not None:
            self.task.cancel()
