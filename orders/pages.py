"""Keyset pages of orders, newest first: what is placed meanwhile neither repeats nor hides a row."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from orders.models import Order

DEFAULT_LIMIT, MAX_LIMIT = 20, 100
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BEFORE, AFTER = b"<", b">"


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place between two orders, and the way to read from it: ``AFTER`` goes to older ones."""

    way: bytes
    created_at: datetime
    order_id: UUID

    def encode(self) -> str:
        """33 bytes as text that is safe in URLs. It gives nothing away that the page did not show."""
        microseconds = (self.created_at - EPOCH) // timedelta(microseconds=1)
        raw = self.way + microseconds.to_bytes(8, "big", signed=True) + self.order_id.bytes
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> "Cursor":
        """The cursor that was encoded so.

        Raises:
            ValidationError: it is none of ours.
        """
        try:
            raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
            created_at = EPOCH + timedelta(microseconds=int.from_bytes(raw[1:9], "big", signed=True))
            cursor = cls(raw[:1], created_at, UUID(bytes=raw[9:]))
        except (ValueError, OverflowError, binascii.Error):
            raise wrong("cursor", "Must be a cursor of an earlier page.") from None
        if cursor.way not in {BEFORE, AFTER}:
            raise wrong("cursor", "Must be a cursor of an earlier page.")
        return cursor

    def beyond(self) -> Q:
        """The orders on the far side, by the index on (tenant, created_at, id)."""
        if self.way == AFTER:
            return Q(created_at__lte=self.created_at) & (Q(created_at__lt=self.created_at) | Q(id__lt=self.order_id))
        return Q(created_at__gte=self.created_at) & (Q(created_at__gt=self.created_at) | Q(id__gt=self.order_id))


def wrong(name: str, message: str) -> ValidationError:
    """The refusal of a query parameter or header."""
    return ValidationError({name: [message]})


def limit_of(text: str | None) -> int:
    """The page size that was asked for.

    Raises:
        ValidationError: it is not a whole number from 1 to 100.
    """
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= MAX_LIMIT):
        raise wrong("limit", f"Must be a whole number from 1 to {MAX_LIMIT}.")
    return int(text)


class KeysetPages(BasePagination):
    """``?limit=`` and ``?cursor=``; the neighbours' addresses in the body and in ``Link`` (RFC 8288)."""

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        """One page, by one statement (and one for the lines)."""
        limit = limit_of(request.query_params.get("limit"))
        text = request.query_params.get("cursor")
        cursor = None if text is None else Cursor.decode(text)
        backwards = cursor is not None and cursor.way == BEFORE
        ordering = ("created_at", "id") if backwards else ("-created_at", "-id")
        rows = queryset.filter(cursor.beyond()) if cursor else queryset
        found = list(rows.order_by(*ordering)[: limit + 1])
        page, more = found[:limit], len(found) > limit
        if backwards:
            page.reverse()
        self.links = self.neighbours(
            request.build_absolute_uri(), page, older=backwards or more, newer=more if backwards else cursor is not None
        )
        return page

    def neighbours(self, here: str, page: Sequence[Order], *, older: bool, newer: bool) -> dict[str, str | None]:
        """The addresses of the next and the previous page."""
        links: dict[str, str | None] = {"next": None, "previous": None}
        if page and older:
            links["next"] = replace_query_param(
                here, "cursor", Cursor(AFTER, page[-1].created_at, page[-1].id).encode()
            )
        if page and newer:
            links["previous"] = replace_query_param(
                here, "cursor", Cursor(BEFORE, page[0].created_at, page[0].id).encode()
            )
        return links

    def get_paginated_response(self, data: Any) -> Response:
        """The page with its neighbours."""
        names = {"next": "next", "previous": "prev"}
        link = ", ".join(f'<{url}>; rel="{names[name]}"' for name, url in self.links.items() if url)
        return Response({**self.links, "results": data}, headers={"Link": link} if link else None)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The page in the OpenAPI document."""

        def address(description: str) -> dict[str, Any]:
            return {"type": "string", "format": "uri", "nullable": True, "description": description}

        properties = {
            "next": address("The page of older orders, if there are any."),
            "previous": address("The page of newer orders, if there may be any."),
            "results": schema | {"description": "The orders, newest first."},
        }
        return {"type": "object", "required": list(properties), "properties": properties}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The two parameters in the OpenAPI document."""
        limit = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
        cursor = "Where to go on: take the whole address from `next` or `previous`."
        return [
            {"name": "limit", "in": "query", "schema": limit, "description": "The most orders on a page."},
            {"name": "cursor", "in": "query", "schema": {"type": "string"}, "description": cursor},
        ]
