"""Orders as CSV (RFC 4180): one row an order, read and sent in blocks."""

import csv
import io
import re
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, cast
from uuid import UUID

import orjson
from django.db.models import Q
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from orders.models import Order
from orders.rest import feed_schema
from orders.rest.access import caller_of
from orders.rest.query_parameters import ORDER_BOUNDS, ORDER_FILTERS, check_parameters, order_filters, wrong
from orders.rest.streaming import begin
from orders.selectors import orders_matching
from tenants.db.replica.reading import read
from tenants.pagination.keyset import MAX_SIZE, Keyset, Page, PageRequest, moment, number, uuid

CSV: Final = "text/csv"
COLUMNS: Final = (
    *("id", "number", "external_reference", "customer_email", "customer_name", "currency", "total", "status"),
    *("processing_status", "version", "created_at", "updated_at", "paid_at", "shipped_at", "delivered_at"),
    *("cancelled_at", "metadata", "notes", "tags", "refunded_total"),
)
SORTS: Final = {
    f"{sign}{name}": Keyset(f"orders.rest.table.{sign}{name}", (column, uuid("id")), descending=sign == "-")
    for name, column in (
        ("placed", moment("created_at")),
        ("changed", moment("updated_at")),
        ("total", number("total_cents")),
    )
    for sign in ("-", "")
}
"""The orders of rows by their names, as in the board's address."""
NEWEST_FIRST: Final = "-placed"
FORMULA: Final = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
"""First characters of cells that a spreadsheet may run as a formula, also full-width (OWASP, CSV injection)."""

SPREADSHEETS: Final = ("point", "comma")
"""Spreadsheets by their decimal sign: to those that write 1,50, a comma does not end a cell."""


class CsvRenderer(JSONRenderer):
    """Has DRF accept CSV. It renders refusals, which are JSON; the server sends the table."""

    media_type = CSV
    format = "csv"


@dataclass(frozen=True, slots=True)
class OrderTable:
    """The tenant's orders that match ``filters``, as they are when their block is read, sorted by one of the sorts."""

    tenant_id: UUID
    filters: Q = field(default_factory=Q)
    sort: str = NEWEST_FIRST
    spreadsheet: str | None = None
    """One of ``SPREADSHEETS``, for which it begins with a byte order mark: Excel takes a file without one for the
    machine's own encoding. ``comma`` also has decimal commas, and semicolons between cells."""

    def blocks(self) -> Iterator[tuple[bytes, int]]:
        """The head, then at most 100 orders a block. No statement and no transaction outlives its block."""
        comma = self.spreadsheet == "comma"
        yield (BOM_UTF8 if self.spreadsheet else b"") + csv_lines([COLUMNS], comma=comma), 0
        after: str | None = None
        while True:
            page = read(lambda: self.page(after))  # noqa: B023  # it is called within the round
            yield csv_lines([cells_of(order, comma=comma) for order in page.rows], comma=comma), len(page.rows)
            if not page.has_next:
                return
            after = SORTS[self.sort].cursor(self.tenant_id, page.rows[-1])

    def page(self, after: str | None) -> Page[Order]:
        """The orders after a cursor."""
        keyset = SORTS[self.sort]
        read = dict.fromkeys((*COLUMNS, *(column.name for column in keyset.columns)))
        orders = orders_matching(columns=tuple(read)).filter(self.filters)
        return keyset.read(self.tenant_id, orders, PageRequest(first=MAX_SIZE, after=after))


def cells_of(order: Order, *, comma: bool) -> list[str]:
    """The cells of an order's row, with decimal points or commas."""
    return [cell_of(getattr(order, name), comma=comma) for name in COLUMNS]


def cell_of(value: Any, *, comma: bool = False) -> str:
    """A value as text; one that a spreadsheet would run as a formula has an apostrophe in front."""
    if value is None:
        return ""
    if isinstance(value, list):
        value = ", ".join(value)
    if isinstance(value, dict):
        value = orjson.dumps(value).decode() if value else ""
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    if comma and isinstance(value, Decimal):
        text = text.replace(".", ",")
    return f"'{text}" if FORMULA.match(text) else text


def csv_lines(rows: Sequence[Sequence[str]], *, comma: bool = False) -> bytes:
    """Rows as lines; where decimals have a comma, with semicolons between the cells."""
    written = io.StringIO()
    csv.writer(written, delimiter=";" if comma else ",").writerows(rows)
    return written.getvalue().encode()


class OrderTableView(APIView):
    """The orders of the caller's tenant as a table."""

    renderer_classes = [CsvRenderer]
    points_of_row = 0  # The server takes them as it sends the rows.
    http_method_names = ["get", "head", "options"]

    @extend_schema(**feed_schema.ORDER_TABLE)
    def get(self, request: Request) -> HttpResponse:
        """The head of the table."""
        check_parameters(request, lists=ORDER_FILTERS, single=(*ORDER_BOUNDS, "sort", "spreadsheet"))
        sort = request.query_params.get("sort", NEWEST_FIRST)
        if sort not in SORTS:
            raise wrong("sort", f"Must be one of {', '.join(SORTS)}.")
        spreadsheet = request.query_params.get("spreadsheet")
        if spreadsheet not in (None, *SPREADSHEETS):
            raise wrong("spreadsheet", f"Must be one of {', '.join(SPREADSHEETS)}.")
        table = OrderTable(cast("UUID", caller_of(request).tenant_id), order_filters(request), sort, spreadsheet)
        named = {"Content-Disposition": 'attachment; filename="orders.csv"'}
        return begin(request, table, f"{CSV}; charset=utf-8; header=present", **named)
