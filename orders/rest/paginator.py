"""Keyset pages of orders, newest first: orders placed meanwhile neither repeat nor hide a row.

Cursors are signed and bound to tenant, order and direction, by the same code as GraphQL's
(:mod:`tenants.pagination.keyset`).
"""

from contextlib import suppress
from typing import Any, cast
from uuid import UUID

from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from orders.models import Order
from orders.rest.access import caller_of
from orders.rest.query_parameters import limit_of, wrong
from tenants.pagination.keyset import DEFAULT_SIZE, MAX_SIZE, InvalidPage, Keyset, Page, PageRequest, moment, uuid

COLUMNS = (moment("created_at"), uuid("id"))
OLDER, NEWER = (Keyset(f"orders.rest.{way}", COLUMNS, descending=True) for way in ("older", "newer"))
"""The same order twice: a cursor of the first goes on to older orders, a cursor of the second back to newer ones."""


def part_of(tenant_id: UUID, cursor: str | None, limit: int) -> tuple[Keyset, PageRequest]:
    """The part of the list that a cursor of either way leads to; without one, its beginning.

    Raises:
        ValidationError: the cursor was not made here for this tenant; another tenant's gives the same error.
    """
    if cursor is None:
        return OLDER, PageRequest(first=limit)
    older, newer = PageRequest(first=limit, after=cursor), PageRequest(last=limit, before=cursor)
    for keyset, asked in ((OLDER, older), (NEWER, newer)):
        with suppress(InvalidPage):
            keyset.values(tenant_id, cursor)
            return keyset, asked
    raise wrong("cursor", "Must be a cursor of an earlier page.")


def linked_pages(tenant_id: UUID, here: str, page: Page[Order]) -> dict[str, str | None]:
    """The addresses of the next and the previous page."""
    links: dict[str, str | None] = {"next": None, "previous": None}
    if page.rows and page.has_next:
        links["next"] = replace_query_param(here, "cursor", OLDER.cursor(tenant_id, page.rows[-1]))
    if page.rows and page.has_previous:
        links["previous"] = replace_query_param(here, "cursor", NEWER.cursor(tenant_id, page.rows[0]))
    return links


class KeysetPages(BasePagination):
    """``?limit=`` and ``?cursor=``; the next and previous addresses, in the body and in ``Link`` (RFC 8288)."""

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        """Read a page by one statement, and a second statement for the lines."""
        limit = limit_of(request.query_params.get("limit"))
        tenant_id = cast("UUID", caller_of(request).tenant_id)
        keyset, asked = part_of(tenant_id, request.query_params.get("cursor"), limit)
        page = keyset.read(tenant_id, queryset, asked)
        self.links = linked_pages(tenant_id, request.build_absolute_uri(), page)
        return list(page.rows)

    def get_paginated_response(self, data: Any) -> Response:
        """The page with those addresses."""
        names = {"next": "next", "previous": "prev"}
        link = ", ".join(f'<{url}>; rel="{names[name]}"' for name, url in self.links.items() if url)
        return Response({**self.links, "results": data}, headers={"Link": link} if link else None)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The page in the OpenAPI document."""

        def address(description: str) -> dict[str, Any]:
            return {"type": "string", "format": "uri", "nullable": True, "description": description}

        properties = {
            "next": address("The URL of the page of older orders. Null if there are none."),
            "previous": address("The URL of the page of newer orders. Null if this is the first page."),
            "results": schema | {"description": "The orders, newest first."},
        }
        return {"type": "object", "required": list(properties), "properties": properties}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The two parameters in the OpenAPI document."""
        limit = {"type": "integer", "minimum": 1, "maximum": MAX_SIZE, "default": DEFAULT_SIZE}
        cursor = "Where to go on: take the whole address from `next` or `previous`."
        return [
            {
                "name": "limit",
                "in": "query",
                "schema": limit,
                "description": ("The maximum number of orders on a page."),
            },
            {"name": "cursor", "in": "query", "schema": {"type": "string", "minLength": 1}, "description": cursor},
        ]
