"""Answers that a view begins and the web server sends bit by bit, in bounded memory (:mod:`config.http.streamed`).

The view checks everything that can be refused, and says what is to be sent. The rest happens outside Django's request,
which would keep a thread and a database connection for as long as the client reads.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Final, Protocol, cast

import orjson
from django.contrib.auth import HASH_SESSION_KEY
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from rest_framework.request import Request

from events.cloudevents import cloud_event
from events.models import Event
from orders.rest.access import caller_of
from tenants.context import Caller, Session

SCOPE_KEY: Final = "orders.streamed_answer"
"""The key of the ASGI scope under which the server puts a :class:`StreamedAnswer`."""


@dataclass(frozen=True, slots=True)
class EventStream:
    """The events of the caller's tenant after a position, of these types if any are named.

    Up to the position ``until``, or without an end if that is None; at most ``limit`` events.
    """

    after: int
    until: int | None
    types: Collection[str] | None = None
    limit: int | None = None

    def wanted(self, events: Sequence[Event]) -> list[Event]:
        """Those of these events that are sent."""
        return [
            event
            for event in events
            if (self.types is None or event.type in self.types)
            and (self.until is None or (event.sequence or 0) <= self.until)
        ]

    @staticmethod
    def lines(events: Sequence[Event]) -> bytes:
        """The events as CloudEvents, one a line (https://github.com/ndjson/ndjson-spec)."""
        return b"".join(orjson.dumps(cloud_event(event), option=orjson.OPT_APPEND_NEWLINE) for event in events)


class Table(Protocol):
    """Rows that are read and sent in blocks."""

    def blocks(self) -> Iterator[tuple[bytes, int]]:
        """Each block's bytes, and how many rows it has. Blocks; is read in the caller's context."""


@dataclass(slots=True)
class StreamedAnswer:
    """A body that a view leaves to the server, and its caller; both None if the view has answered by itself."""

    caller: Caller | None = None
    source: EventStream | Table | None = None


def begin(request: Request, source: EventStream | Table, media_type: str, **headers: str) -> HttpResponse:
    """The head of a streamed answer, whose body the server sends. HEAD has no body.

    Raises:
        ImproperlyConfigured: the server is not :mod:`config.asgi`.
    """
    answer = getattr(request._request, "scope", {}).get(SCOPE_KEY)
    if answer is None:
        raise ImproperlyConfigured(f"{request.path} is answered under config.asgi alone.")
    if request.method != "HEAD":
        answer.caller, answer.source = staying(request), source
    common = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return HttpResponse(status=HTTPStatus.OK, content_type=media_type, headers=common | headers)


def staying(request: Request) -> Caller:
    """The caller, with the session that the caller's rights hang on while the connection stays."""
    caller: Caller = caller_of(request)
    if caller.user_id is None or caller.token_id is not None:
        return caller
    session: Any = request._request.session
    password_hash = cast("str", session.get(HASH_SESSION_KEY, ""))
    return replace(caller, session=Session(session.session_key or "", password_hash))
