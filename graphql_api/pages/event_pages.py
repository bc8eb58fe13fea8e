"""Cursors of the event stream, as a client gives them."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from strawberry.types import Info

from events import cursors, log
from events.errors import CursorExpired, InvalidCursor
from events.models import Event
from graphql_api.context import Context
from graphql_api.loading.batch import together
from graphql_api.pages.slices import Slice, forward_slice, size_of, tenant_of
from graphql_server.errors import ApiError, Code


def position_of(info: Info[Context, Any], cursor: str) -> int:
    """The sequence after which a list goes on.

    Raises:
        ApiError: the cursor is not one of this stream, events after it are gone, or the log does not reach so far.
    """
    tenant_id = tenant_of(info)
    try:
        sequence = cursors.decode(tenant_id, cursor)
    except InvalidCursor as error:
        raise invalid(error) from None
    try:
        log.check(tenant_id, sequence)
    except CursorExpired as error:
        raise expired(tenant_id, error) from None
    return sequence


def invalid(error: InvalidCursor) -> ApiError:
    """The error for a cursor that does not belong to the tenant's events."""
    return ApiError(Code.BAD_USER_INPUT, str(error))


def expired(tenant_id: UUID, error: CursorExpired) -> ApiError:
    """The error for a cursor that is older than the stored events, with the oldest valid cursor."""
    return ApiError(Code.CURSOR_EXPIRED, str(error), oldest=cursors.encode(tenant_id, error.oldest))


def event_page(info: Info[Context, Any], rows: QuerySet[Event], first: int | None, after: str | None) -> Slice:
    """A page of events, oldest first; its cursors are the events' own."""
    size, tenant_id = size_of(first), tenant_of(info)
    if after is not None:
        rows = rows.filter(sequence__gt=position_of(info, after))
    found = together(rows.order_by("sequence")[: size + 1])
    return forward_slice(
        info, found, size, after=after, cursor_of=lambda event: cursors.encode(tenant_id, event.sequence)
    )
