"""Words that no index finds are searched in so many orders a page; pages together have every match once."""

from typing import Any

import pytest

from graphql_api.tests.client import as_tenant, data_of
from orders import selectors
from tenants.models import Tenant
from tests.factories import place_order

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

ORDERS = """query ($first: Int, $after: String, $last: Int, $before: String, $by: OrderSort, $where: OrderWhere) {
  orders(first: $first, after: $after, last: $last, before: $before, sortBy: $by, where: $where) {
    nodes { customerName } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""
NAMES = ["Uu", *["Lil"] * 3, "Uu", "Lil", "Uu", *["Lil"] * 5]
"""The customers, the oldest order first. Their letters are in no order's number."""
FORWARDS, BACKWARDS = (
    ("first", "after", "endCursor", "hasNextPage"),
    ("last", "before", "startCursor", "hasPreviousPage"),
)


@pytest.fixture(autouse=True)
def orders(
    tenant: Tenant,
    other_tenant: Tenant,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: object,
) -> None:
    """Orders of these customers, each of a larger total, and as many of another tenant; four are searched at once."""
    for one in (tenant, other_tenant):
        with as_tenant(one):
            for total, name in enumerate(NAMES, 1):
                place_order(customer_name=name, customer_email="", total=str(total))
    monkeypatch.setattr(selectors, "MOST_SEARCHED", 4)
    monkeypatch.setattr(selectors, "MOST_PROBED", 4)


def page(**variables: Any) -> dict[str, Any]:
    """A page of orders."""
    found: dict[str, Any] = data_of(ORDERS, variables)["orders"]
    return found


def walk(way: tuple[str, str, str, str], size: int = 2, **variables: Any) -> list[int]:
    """How many orders each page has, in one direction."""
    count, cursor, end, more = way
    found = page(**{count: size}, **variables)
    sizes = [len(found["nodes"])]
    while found["pageInfo"][more]:
        found = page(**{count: size, cursor: found["pageInfo"][end]}, **variables)
        sizes.append(len(found["nodes"]))
    return sizes


@pytest.mark.parametrize("by", ["CREATED_AT", "UPDATED_AT", "TOTAL"])
@pytest.mark.parametrize(("way", "sizes"), [(FORWARDS, [0, 2, 1]), (BACKWARDS, [1, 2, 0])])
def test_a_page_ends_after_so_many_orders_and_leads_on(
    by: str, way: tuple[str, str, str, str], sizes: list[int]
) -> None:
    sort = {"field": by, "direction": "DESC"}
    assert walk(way, where={"text": "uu"}, by=sort) == sizes
    assert walk(way, where={"NOT": {"text": "lil"}}, by=sort) == sizes
    assert walk(way, where={"OR": [{"text": "uu"}, {"tags": {"has": "no-such"}}]}, by=sort) == sizes


def test_a_page_that_is_full_ends_with_its_last_order() -> None:
    full = page(first=1, where={"text": "il"})
    assert [one["customerName"] for one in full["nodes"]] == ["Lil"]
    assert walk(FORWARDS, 3, where={"text": "il"}) == [3, 3, 3, 0]  # The last page has three of those that it searched.


def test_pages_without_words_are_not_cut() -> None:
    assert walk(FORWARDS, 20, where={"total": {"gte": "1"}}) == [12]
    assert walk(FORWARDS, 20) == [12]


def test_the_page_ends_at_the_other_cursor_too() -> None:
    newest = page(first=1)["pageInfo"]["startCursor"]
    oldest = page(last=1)["pageInfo"]["endCursor"]
    found = page(first=2, after=newest, before=oldest, where={"text": "uu"})
    assert (len(found["nodes"]), found["pageInfo"]["hasNextPage"]) == (0, True)
    found = page(first=2, after=found["pageInfo"]["endCursor"], before=oldest, where={"text": "uu"})
    assert len(found["nodes"]) == 2
