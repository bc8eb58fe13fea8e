"""Pages of events, and cursors of the event log as a client gives them."""

from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from strawberry.types import Info

from events import cursors, log_reader
from events.errors import CursorExpired, InvalidCursor
from events.models import Event
from graphql_api.access.context import Context
from graphql_api.loading.batch import as_batch, charge
from graphql_api.pages.slices import Counted, Slice, page_of, size_of, tenant_of
from graphql_server.errors import ApiError, Code
from orders.event_types import ALL_EVENTS
from orders.search.changes import concerns
from orders.search.facets import required_facets
from orders.search.filters import Condition, Predicate
from tenants.pagination.keyset import Bounds, PageRequest

MOST_EXAMINED, CHUNK = 1_000, 250
"""The most events that are tried with a filter for one page, and by one statement."""


def position_of(info: Info[Context, Any], cursor: str) -> int:
    """The sequence after which a list begins.

    Raises:
        ApiError: the cursor is not one of this stream, events after it are removed, or the log does not reach so far.
    """
    tenant_id = tenant_of(info)
    try:
        sequence = cursors.decode(tenant_id, cursor)
    except InvalidCursor as error:
        raise invalid(error) from None
    try:
        log_reader.check(tenant_id, sequence)
    except CursorExpired as error:
        raise expired(tenant_id, error) from None
    return sequence


def invalid(error: InvalidCursor) -> ApiError:
    """The error for a cursor that does not belong to the tenant's events."""
    return ApiError(Code.BAD_USER_INPUT, str(error))


def expired(tenant_id: UUID, error: CursorExpired) -> ApiError:
    """The error for a cursor that is older than the stored events, with the oldest valid cursor."""
    return ApiError(Code.CURSOR_EXPIRED, str(error), oldest=cursors.encode(tenant_id, error.oldest))


def event_page(
    info: Info[Context, Any], rows: QuerySet[Event], asked: PageRequest, condition: Condition | None = None
) -> Slice:
    """A page of events, oldest first; its cursors are the events' own.

    Raises:
        ApiError: as :func:`position_of`.
    """
    bounds = [([position_of(info, cursor)], forwards) for cursor, forwards in asked.cursors]
    if condition is None:
        return page_of(info, cursors.OLDEST_FIRST, rows, asked)
    rows, judge = narrowed(rows, condition), condition.compiled()
    found, reached = matching(rows, bounds, judge, limit=size_of(asked) + 1, backwards=asked.backwards)
    page = asked.page(found)
    if reached is not None:
        page = replace(page, has_previous=True) if asked.backwards else replace(page, has_next=True)
    charge(info, len(page.rows))
    as_batch(page.rows, info.context.selected_fields)
    ends = {} if reached is None else {0 if asked.backwards else -1: reached}
    return Slice(page, cursors.OLDEST_FIRST, tenant_of(info), partial(count_matching, rows, judge), ends)


def narrowed(rows: QuerySet[Event], condition: Condition) -> QuerySet[Event]:
    """The events of the orders that the filter names, if it names them."""
    facets = required_facets(condition)
    if facets is None or any(field != "id" for field, _ in facets):
        return rows
    return rows.filter(order_id__in=[value for _, value in facets])


def matching(
    rows: QuerySet[Event], bounds: Bounds, judge: Predicate, *, limit: int, backwards: bool = False
) -> tuple[list[Event], Event | None]:
    """The first ``limit`` events that the filter matches, in the order of reading.

    And the event at which reading ended, at the limit of examined events; None if there are no more, or enough.
    """
    found: list[Event] = []
    last: Event | None = None
    for _ in range(MOST_EXAMINED // CHUNK):
        within = bounds if last is None else [*bounds, ([last.sequence], not backwards)]
        chunk = list(cursors.OLDEST_FIRST.part(rows, within, limit=CHUNK, backwards=backwards))
        found += [event for event in chunk if event.type in ALL_EVENTS and concerns(judge, event)]
        if len(found) >= limit or len(chunk) < CHUNK:
            return found[:limit], None
        last = chunk[-1]
    return found, last


def count_matching(rows: QuerySet[Event], judge: Predicate) -> Counted:
    """The number of events that the filter matches, among the oldest that are examined."""
    found, reached = matching(rows, [], judge, limit=MOST_EXAMINED)
    return Counted(len(found), is_exact=reached is None)
