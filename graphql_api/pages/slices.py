"""Pages of rows, from which Relay's connections are made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Self, cast
from uuid import UUID

from django.db.models import Model, QuerySet
from strawberry.types import Info

from graphql_api.access.context import Context
from graphql_api.loading.batch import as_batch, charge
from graphql_server.errors import ApiError, Code
from graphql_server.ports.columns import Columns
from orders.selectors import MOST_COUNTED
from tenants.pagination.keyset import InvalidPage, Keyset, Page, PageRequest


@dataclass(frozen=True, slots=True)
class Counted:
    """The number of a list's entries; if the number is not exact, the list has more."""

    number: int
    is_exact: bool

    @classmethod
    def up_to(cls, number: int) -> Self:
        """A count that may have ended at one more than ``MOST_COUNTED``."""
        return cls(min(number, MOST_COUNTED), is_exact=number <= MOST_COUNTED)


@dataclass(frozen=True, slots=True)
class Slice:
    """A page's rows, the order and the tenant for which their cursors are made, and what counts the whole list."""

    page: Page[Any]
    keyset: Keyset
    tenant_id: UUID
    count: Callable[[], Counted] = field(repr=False)
    reached: Mapping[int, Any] = field(default_factory=dict)
    """The row up to which was read, by the place of the page (0 or -1) whose cursor it gives."""

    def cursor_of(self, row: Any) -> str:
        """The cursor of one of the rows."""
        return self.keyset.cursor(self.tenant_id, row)

    def cursors_of(self, rows: Columns) -> list[str]:
        """The cursors of these rows."""
        keys = zip(*[rows.column(column.name) for column in self.keyset.columns], strict=True)
        return [self.keyset.cursor_at(self.tenant_id, *key) for key in keys]

    def cursor_at(self, place: int) -> str | None:
        """The cursor of the row at this place of the page, or of the end of reading; None if the page is empty."""
        if place in self.reached:
            return self.cursor_of(self.reached[place])
        rows = self.page.rows
        if isinstance(rows, Columns) and rows:
            key = [rows.column(column.name)[place] for column in self.keyset.columns]
            return self.keyset.cursor_at(self.tenant_id, *key)
        return self.cursor_of(rows[place]) if rows else None


def page_of(
    info: Info[Context, Any],
    keyset: Keyset,
    rows: Any,
    asked: PageRequest,
    count: Callable[[], Counted] | None = None,
    *,
    until: Model | None = None,
) -> Slice:
    """Read a page, of the rows before ``until`` if it is given, in the order of reading.

    Its rows know that they were read together. Without ``count``, the query set ``rows`` is counted.

    Raises:
        ApiError: the arguments describe no page, or the answer grows too large.
    """
    tenant_id = tenant_of(info)
    try:
        page = keyset.read(tenant_id, rows, asked, until=until)
    except InvalidPage as error:
        raise ApiError(Code.BAD_USER_INPUT, str(error)) from None
    charge(info, len(page.rows))
    page = replace(page, rows=as_batch(page.rows, info.context.selected_fields))
    return Slice(page, keyset, tenant_id, count or partial(count_of, rows))


def count_of(rows: QuerySet[Any]) -> Counted:
    """The number of rows, up to the most that are counted exactly."""
    return Counted.up_to(rows.order_by()[: MOST_COUNTED + 1].count())


def key_of(info: Info[Context, Any], keyset: Keyset, cursor: str) -> list[Any]:
    """The sort key of a cursor.

    Raises:
        ApiError: the cursor is not one of this list.
    """
    try:
        return keyset.values(tenant_of(info), cursor)
    except InvalidPage as error:
        raise ApiError(Code.BAD_USER_INPUT, str(error)) from None


def size_of(asked: PageRequest) -> int:
    """The number of entries that are requested.

    Raises:
        ApiError: it is negative or too large, or both ends are given.
    """
    try:
        return asked.size
    except InvalidPage as error:
        raise ApiError(Code.BAD_USER_INPUT, str(error)) from None


def tenant_of(info: Info[Context, Any]) -> UUID:
    """The caller's tenant. The root fields refuse callers without one."""
    return cast("UUID", info.context.caller.tenant_id)
