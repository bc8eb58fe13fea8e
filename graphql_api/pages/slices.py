"""Pages of rows, from which Relay's connections are made."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from strawberry.types import Info

from graphql_api.context import Context
from graphql_api.loading.batch import charge, together
from graphql_server.errors import ApiError, Code
from tenants.pagination.keyset import InvalidPage, Keyset, Page, Window


@dataclass(frozen=True, slots=True)
class Slice:
    """A page's rows, and how to make the cursor of one."""

    page: Page[Any]
    cursor_of: Callable[[Any], str]

    def cursor_at(self, place: int) -> str | None:
        """The cursor of the row at this place of the page; None if the page is empty."""
        return self.cursor_of(self.page.rows[place]) if self.page.rows else None


def page_of(info: Info[Context, Any], keyset: Keyset, rows: Any, window: Window) -> Slice:
    """Read a page; its rows know each other.

    Raises:
        ApiError: the window is none, or the answer grows too large.
    """
    tenant_id = tenant_of(info)
    try:
        page = keyset.read(tenant_id, rows, window)
    except InvalidPage as error:
        raise ApiError(Code.BAD_USER_INPUT, str(error)) from None
    charge(info, len(page.rows))
    together(page.rows, info.context.asked)
    return Slice(page, lambda row: keyset.cursor(tenant_id, row))


def size_of(first: int | None) -> int:
    """How many entries ``first`` asks for.

    Raises:
        ApiError: it is none, or too many.
    """
    try:
        return Window(first).size
    except InvalidPage as error:
        raise ApiError(Code.BAD_USER_INPUT, str(error)) from None


def forward_slice(
    info: Info[Context, Any], rows: Sequence[Any], size: int, *, after: str | None, cursor_of: Callable[[Any], str]
) -> Slice:
    """A page from rows of which one more than the page takes was read."""
    charge(info, min(len(rows), size))
    return Slice(Page(rows[:size], has_next=len(rows) > size, has_previous=after is not None), cursor_of)


def tenant_of(info: Info[Context, Any]) -> UUID:
    """The caller's tenant. The root fields refuse callers without one."""
    return cast("UUID", info.context.caller.tenant_id)
