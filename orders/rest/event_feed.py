"""The event log over HTTP: pages of CloudEvents as JSON, or a stream of them as NDJSON, which may follow live."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from events import cursors, log_reader
from events.cloudevents import cloud_event
from events.errors import CursorExpired, InvalidCursor
from orders.event_types import ALL_EVENTS
from orders.rest import feed_schema
from orders.rest.access import caller_of
from orders.rest.query_parameters import check_parameters, limit_of, whole_number, wrong
from orders.rest.streaming import EventStream, begin
from orders.selectors import numbered_events
from tenants.db.replica.reading import read

NDJSON = "application/x-ndjson"


class NdjsonRenderer(JSONRenderer):
    """Has DRF accept NDJSON. It renders refusals, which are JSON; the server sends the stream."""

    media_type = NDJSON
    format = "ndjson"


class CursorGone(exceptions.APIException):
    """The cursor is older than the retention, or ahead of a log that was restored. ``oldest`` is one to go on from."""

    status_code = 410

    def __init__(self, tenant_id: UUID, error: CursorExpired) -> None:
        super().__init__(str(error))
        self.members = {"code": error.code, "oldest": cursors.encode(tenant_id, error.oldest)}


@dataclass(frozen=True, slots=True)
class FeedRequest:
    """The parameters of a request; ``after`` is a sequence, None for the oldest event that is kept."""

    after: int | None
    types: frozenset[str] | None
    limit: str | None
    follows: bool

    @classmethod
    def of(cls, request: Request) -> "FeedRequest":
        """The parameters of a request.

        Raises:
            ValidationError: one is not right.
        """
        check_parameters(request, lists=("types",), single=("after", "limit", "follow"))
        given = request.query_params
        follow = given.get("follow", "false")
        if follow not in {"true", "false"}:
            raise wrong("follow", "Must be true or false.")
        return cls(
            after=position_of(cast("UUID", caller_of(request).tenant_id), given.get("after")),
            types=types_of(given.getlist("types")),
            limit=given.get("limit"),
            follows=follow == "true",
        )


def position_of(tenant_id: UUID, cursor: str | None) -> int | None:
    """The sequence of a cursor.

    Raises:
        ValidationError: it was not made here for this tenant; another tenant's gives the same error.
    """
    try:
        return None if cursor is None else cursors.decode(tenant_id, cursor)
    except InvalidCursor:
        raise wrong("after", "Must be the cursor of an event or of a page.") from None


def types_of(given: list[str]) -> frozenset[str] | None:
    """The types of a repeated parameter, each value of which may be several with commas between; None: all.

    Raises:
        ValidationError: there is no such type.
    """
    if not given:
        return None
    types = frozenset(name for value in given for name in value.split(","))
    if not types <= set(ALL_EVENTS):
        raise wrong("types", f"Must be one or several of {', '.join(ALL_EVENTS)}.")
    return types


class EventFeed(APIView):
    """The events of the caller's tenant, oldest first."""

    renderer_classes = [JSONRenderer, NdjsonRenderer]
    points_of_row = 1
    http_method_names = ["get", "head", "options"]

    @extend_schema(**feed_schema.EVENTS)
    def get(self, request: Request) -> Response | HttpResponse:
        """A page, or the head of a stream."""
        wanted = FeedRequest.of(request)
        tenant_id = cast("UUID", caller_of(request).tenant_id)
        try:
            if request.accepted_renderer.media_type == NDJSON:
                return begin(request, stream_of(tenant_id, wanted), NDJSON)
            if wanted.follows:
                raise wrong("follow", f"A page does not follow. Accept {NDJSON}.")
            limit = limit_of(wanted.limit)
            body = read(lambda: page_of(tenant_id, wanted, limit))
        except CursorExpired as error:
            raise CursorGone(tenant_id, error) from None
        return paged(request, body)


def stream_of(tenant_id: UUID, wanted: FeedRequest) -> EventStream:
    """The stream, once it is known that it can begin.

    Raises:
        CursorExpired: events after the cursor are gone.
    """
    limit = None if wanted.limit is None else whole_number(wanted.limit, "limit", feed_schema.MOST_STREAMED)
    stands = log_reader.position(tenant_id)
    after = stands.floor if wanted.after is None else wanted.after
    log_reader.check(tenant_id, after)
    return EventStream(after, None if wanted.follows else stands.head, wanted.types, limit)


def page_of(tenant_id: UUID, wanted: FeedRequest, limit: int) -> dict[str, Any]:
    """A page of events, and the cursor to go on from: behind the page, or at the end of the log if nothing is left.

    Raises:
        CursorExpired: events after the cursor are gone.
    """
    stands = log_reader.position(tenant_id)  # First: an event that comes meanwhile may be on the page, and is not lost.
    after = stands.floor if wanted.after is None else wanted.after
    events = list(numbered_events(types=wanted.types).filter(sequence__gt=after).order_by("sequence")[: limit + 1])
    log_reader.check(tenant_id, after)  # Last: a page from which events were removed meanwhile is refused.
    has_next, events = len(events) > limit, events[:limit]
    last = events[-1].sequence or 0 if events else after
    end = last if has_next else max(last, stands.head)
    return {
        "events": [cloud_event(event) for event in events],
        "cursor": cursors.encode(tenant_id, end),
        "has_next": has_next,
    }


def paged(request: Request, body: Mapping[str, Any]) -> Response:
    """The page with the address of the next one, in the body and in ``Link`` (RFC 8288)."""
    url = replace_query_param(request.build_absolute_uri(), "after", body["cursor"]) if body["has_next"] else None
    headers = {"Cache-Control": "no-store"} | ({"Link": f'<{url}>; rel="next"'} if url else {})
    return Response({"next": url, "cursor": body["cursor"], "events": body["events"]}, headers=headers)
