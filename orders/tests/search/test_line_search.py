"""Lines and tags among a search's alternatives: few orders are found by indexes, many are checked one by one."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders import selectors
from orders.search import text_search
from orders.search.filters import AllOf, AnyOf, Condition, Mentions, Not, OneOf
from orders.search.related import SomeLine, Tagged
from orders.search.text_search import few_matching
from orders.selectors import count_of_orders, most_searched, orders_found, orders_matching
from tenants.context import tenant_context
from tenants.models import Tenant
from tenants.pagination.keyset import Keyset, PageRequest, moment, uuid
from tests.factories import line, place_order

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

NEWEST = Keyset("test", (moment("created_at"), uuid("id")), descending=True)
TEA, POT, MUG = (SomeLine((("sku", (sku,)),)) for sku in ("TEA", "POT", "MUG"))
NAMED, GIFT, TOM = SomeLine((("name", ("Pot", "Mug")),)), Tagged(("gift",)), Mentions.of("tom")
NONE, GIVEN = SomeLine((("sku", ()),)), SomeLine((), ("name",))
BOARD = AnyOf((TOM, POT, NAMED))
"""As the board searches."""
CONDITIONS: list[Condition] = [
    BOARD,
    AnyOf((TEA, GIFT)),
    AnyOf((GIFT, AllOf((POT, TEA)), MUG)),
    AnyOf((NONE, MUG)),
    AnyOf((NONE, Tagged(()))),
    AllOf((TEA, AnyOf((POT, GIFT)))),
    Not(AnyOf((TEA, GIFT))),
    AnyOf((Not(TEA), POT)),
    AnyOf((TEA, Not(BOARD))),
    AnyOf((GIVEN, MUG)),
    AnyOf((OneOf("status", ("PAID",)), POT)),
    AnyOf((BOARD, AnyOf((MUG,)))),
    AnyOf((SomeLine((("sku", ("POT", "a\x00")), ("name", ("Pot",)))), MUG)),
    AnyOf((TOM, SomeLine((("name", ("",)),)))),
]


PLACED: list[tuple[tuple[str, ...], dict[str, Any]]] = [
    (("TEA",), {}),
    (("TEA", "POT"), {}),
    (("POT",), {}),
    (("MUG",), {"tags": ("gift",)}),
    (("TEA", "POT"), {"tags": ("gift",)}),
    (("TEA",), {"customer_name": "Tom"}),
]
"""The articles and the other fields of each order, the oldest first."""


@pytest.fixture(autouse=True)
def orders(tenant: Tenant, other_tenant: Tenant, django_capture_on_commit_callbacks: object) -> None:
    """The same orders of two tenants."""
    lines = {sku: line(sku=sku, name=name) for sku, name in (("TEA", ""), ("POT", "Pot"), ("MUG", "Mug"))}
    for one in (tenant, other_tenant):
        with tenant_context(one.pk):
            for skus, fields in PLACED:
                place_order(lines=[lines[sku] for sku in skus], **fields)


def ids(rows: Any, tenant: Tenant) -> list[object]:
    """The orders of a page."""
    return [order.id for order in NEWEST.read(tenant.pk, rows, PageRequest()).rows]


@pytest.mark.parametrize("most", [1000, 1, 0])
@pytest.mark.parametrize("condition", CONDITIONS)
def test_every_way_of_reading_finds_the_same_orders(
    condition: Condition, most: int, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether orders are few or many."""
    monkeypatch.setattr(text_search, "MOST", most)
    expected = [order.id for order in orders_matching(condition).order_by("-created_at", "-id")]
    few = few_matching(condition)

    assert ids(orders_found(condition, few), tenant) == expected
    assert ids(orders_found(condition, None), tenant) == expected
    assert count_of_orders(condition, few) == (len(expected), True)
    assert few is None or set(expected) <= set(few)


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("condition", "found", "statements"),
    [
        *[
            (BOARD, 5, 3),
            (AnyOf((TEA, GIFT)), 5, 2),
            (AnyOf((NONE, MUG)), 1, 2),
            (AnyOf((GIFT, AllOf((POT, TEA)))), 4, 2),
        ],
        *[(TEA, None, 0), (AllOf((TEA, POT)), None, 0), (AnyOf((POT, OneOf("status", ("NEW",)))), None, 0)],
        *[(AnyOf((POT, Not(TEA))), None, 0), (AnyOf((POT, GIVEN)), None, 0)],
    ],
)
def test_orders_of_rare_lines_and_tags_are_found_by_their_indexes(
    condition: Condition, found: int | None, statements: int
) -> None:
    with CaptureQueriesContext(connection) as asked:
        few = few_matching(condition)
    assert (few if few is None else len(few), len(asked)) == (found, statements)


def test_a_count_checks_the_newest_orders_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "MOST_PROBED", 3)
    assert count_of_orders(AnyOf((POT, NONE)), None) == (1, False)
    assert count_of_orders(POT, None) == (3, True)
    assert [most_searched(one) for one in (BOARD, TEA, None)] == [3, None, None]
