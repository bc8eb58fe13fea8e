"""Pages of lists, as Relay's connections."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar, cast

import strawberry

from graphql_api.pages.slices import Counted, Slice
from graphql_server.off_loop import OffLoop
from graphql_server.ports.columns import OF_COLUMNS, Columns
from orders.selectors import MOST_COUNTED, MOST_SEARCHED

T = TypeVar("T")


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
        description=("The entry's position in the list, an opaque string. Pass it as `after` or `before`."),
        metadata={OF_COLUMNS: lambda edges, _: edges.column("cursor")},
    )
    def cursor(self) -> str:
        return self.part.cursor_of(self.row)

    @strawberry.field(description="The entry.", metadata={OF_COLUMNS: lambda edges, _: edges.column("node")})
    def node(self) -> T:
        return cast("T", self.row)


def edges_of(part: Slice) -> Sequence[Edge[Any]]:
    """The page's rows as edges; as columns, if its rows are."""
    rows = part.page.rows

    def made() -> list[Edge[Any]]:
        return [Edge(part=part, row=row) for row in rows]

    if not isinstance(rows, Columns):
        return made()
    return Columns(Edge, len(rows), lambda name: part.cursors_of(rows) if name == "cursor" else rows, made)


@strawberry.type(description="One page of a list.")
class Connection(Generic[T]):
    """A page. Cursors are made only if they are selected."""

    part: strawberry.Private[Slice]

    @strawberry.field(description="The page's entries, each with its cursor.")
    def edges(self) -> list[Edge[T]]:
        return cast("list[Edge[T]]", edges_of(self.part))

    @strawberry.field(description="The page's entries without their cursors.")
    def nodes(self) -> list[T]:
        return cast("list[T]", self.part.page.rows)

    @strawberry.field(description="The page's position in the list.")
    def page_info(self) -> PageInfo:
        page = self.part.page
        return PageInfo(part=self.part, has_next_page=page.has_next, has_previous_page=page.has_previous)

    @strawberry.field(
        description=(
            f"The number of entries on all pages, exact up to {MOST_COUNTED}. If `totalCountIsExact` is false, there "
            "may be more: display “more than” before this number. A search that many orders match is counted in the "
            f"newest {MOST_SEARCHED} orders at most. The server counts only if you select `totalCount` or "
            "`totalCountIsExact`."
        ),
        extensions=[OffLoop()],
    )
    def total_count(self) -> int:
        return self.counted.number

    @strawberry.field(
        description="Whether `totalCount` is exact. False if there may be more entries.", extensions=[OffLoop()]
    )
    def total_count_is_exact(self) -> bool:
        return self.counted.is_exact

    @cached_property
    def counted(self) -> Counted:
        """The length of the whole list."""
        return self.part.count()
