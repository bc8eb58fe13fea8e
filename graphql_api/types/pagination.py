"""Pages of lists, as Relay's connections."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

import strawberry
from strawberry.types import Info

from graphql_api.context import Context
from graphql_api.loading.batch import charge, together
from graphql_server.errors import ApiError, Code
from tenants.pagination.keyset import InvalidPage, Keyset, Page, Window

T = TypeVar("T")
C = TypeVar("C", bound="Connection[Any]")


@dataclass(frozen=True, slots=True)
class Slice:
    """A page's rows, and how to make the cursor of one."""

    page: Page[Any]
    cursor_of: Callable[[Any], str]

    def cursor_at(self, place: int) -> str | None:
        """The cursor of the row at this place of the page; None if the page is empty."""
        return self.cursor_of(self.page.rows[place]) if self.page.rows else None


@strawberry.type(description="A page's position in its list.")
class PageInfo:
    """Relay's page info."""

    part: strawberry.Private[Slice]
    has_next_page: bool = strawberry.field(
        description="Whether there are entries after this page. With `last`, whether `before` was given."
    )
    has_previous_page: bool = strawberry.field(
        description="With `last`, whether there are entries before this page. Otherwise whether `after` was given."
    )

    @strawberry.field(description="The cursor of the page's first entry. Null if the page is empty.")
    def start_cursor(self) -> str | None:
        return self.part.cursor_at(0)

    @strawberry.field(
        description=(
            "The cursor of the page's last entry. Pass it as `after` to read the next page. Null if the page is empty."
        )
    )
    def end_cursor(self) -> str | None:
        return self.part.cursor_at(-1)


@strawberry.type(description="One entry of a page, with its cursor.")
class Edge(Generic[T]):
    """An entry and its cursor."""

    part: strawberry.Private[Slice]
    row: strawberry.Private[Any]

    @strawberry.field(
        description=("The entry's position in the list, an opaque string. Pass it as `after` or `before`.")
    )
    def cursor(self) -> str:
        return self.part.cursor_of(self.row)

    @strawberry.field(description="The entry.")
    def node(self) -> T:
        return cast("T", self.row)


@strawberry.type(description="One page of a list.")
class Connection(Generic[T]):
    """A page. Cursors are made for those who ask."""

    part: strawberry.Private[Slice]

    @strawberry.field(description="The page's entries, each with its cursor.")
    def edges(self) -> list[Edge[T]]:
        return [Edge(part=self.part, row=row) for row in self.part.page.rows]

    @strawberry.field(description="The page's entries without their cursors.")
    def nodes(self) -> list[T]:
        return cast("list[T]", self.part.page.rows)

    @strawberry.field(description="The page's position in the list.")
    def page_info(self) -> PageInfo:
        page = self.part.page
        return PageInfo(part=self.part, has_next_page=page.has_next, has_previous_page=page.has_previous)


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
    """The caller's tenant; the root fields let nobody in without one."""
    return cast("UUID", info.context.caller.tenant_id)
