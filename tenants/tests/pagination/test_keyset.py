"""Pages by sort key, and their cursors."""

import random
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.conf import LazySettings
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from events import cursors
from orders.models import Order
from tenants.models import Tenant
from tenants.pagination import keyset
from tenants.pagination.keyset import InvalidPage, Keyset, PageRequest
from tenants.pagination.sealing import BrokenSeal, seal, unseal
from tests import factories
from tests.form import examples

pytestmark = pytest.mark.both_databases

TENANT, OTHER = UUID(int=1), UUID(int=2)
BY_TOTAL = Keyset("test.total", (keyset.number("total_cents"), keyset.uuid("id")))
DOWN = Keyset("test.total.desc", (keyset.number("total_cents"), keyset.uuid("id")), descending=True)


def totals(page: keyset.Page[Order]) -> list[int]:
    """The totals on a page."""
    return [int(order.total) for order in page.rows]


@pytest.fixture
def orders(tenant: Tenant, django_capture_on_commit_callbacks: object) -> None:
    """Orders with totals 1, 2, 2, 2 and 3, created in another sequence."""
    amounts = [2, 1, 2, 3, 2]
    random.shuffle(amounts)
    for amount in amounts:
        factories.place_order(total=str(amount))


@settings(max_examples=examples(100), deadline=None)
@given(content=st.binary(max_size=40))
def test_sealed_text_opens_for_the_same_tenant_and_purpose_only(content: bytes) -> None:
    text = seal("a", TENANT, content)

    assert unseal("a", TENANT, text) == content
    for purpose, tenant_id in (("b", TENANT), ("a", OTHER)):
        with pytest.raises(BrokenSeal):
            unseal(purpose, tenant_id, text)


@settings(max_examples=examples(100), deadline=None)
@given(text=st.text(max_size=60))
def test_forged_text_does_not_open(text: str) -> None:
    with pytest.raises(BrokenSeal):
        unseal("a", TENANT, text)


@settings(max_examples=examples(100), deadline=None)
@given(at=st.integers(0, 25), character=st.sampled_from("ABab01-_"))
def test_changed_seal_does_not_open(at: int, character: str) -> None:
    cursor = cursors.encode(TENANT, 42)
    changed = cursor[:at] + character + cursor[at + 1 :]

    if changed != cursor:
        with pytest.raises(BrokenSeal):
            unseal("events.cursors", TENANT, changed)


def test_seal_of_the_previous_key_still_opens(settings: LazySettings) -> None:
    text = seal("a", TENANT, b"x")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new" * 20, [settings.SECRET_KEY]

    assert unseal("a", TENANT, text) == b"x"
    assert seal("a", TENANT, b"x") != text


@settings(max_examples=examples(100), deadline=None)
@given(
    moment=st.datetimes(timezones=st.just(UTC)),
    version=st.integers(-(2**63), 2**63 - 1),
    uuid=st.uuids(),
)
def test_cursor_holds_the_sort_key_exactly(moment: datetime, version: int, uuid: UUID) -> None:
    order = Order(id=uuid, created_at=moment, version=version)
    keys = Keyset("k", (keyset.moment("created_at"), keyset.number("version"), keyset.uuid("id")))

    assert keys.values(TENANT, keys.cursor(TENANT, order)) == [moment, version, uuid]


@pytest.mark.parametrize("keys", [BY_TOTAL, DOWN])
def test_walking_either_way_sees_each_row_once(tenant: Tenant, orders: None, keys: Keyset) -> None:
    expected = totals(keys.read(tenant.id, Order.objects.all(), PageRequest(first=100)))
    forwards: list[int] = []
    page, cursor = None, None
    while page is None or page.has_next:
        page = keys.read(tenant.id, Order.objects.all(), PageRequest(first=2, after=cursor))
        cursor = keys.cursor(tenant.id, page.rows[-1])
        forwards += totals(page)
    backwards: list[int] = []
    page, cursor = None, None
    while page is None or page.has_previous:
        page = keys.read(tenant.id, Order.objects.all(), PageRequest(last=2, before=cursor))
        cursor = keys.cursor(tenant.id, page.rows[0])
        backwards = totals(page) + backwards

    assert forwards == backwards == expected
    assert expected == sorted([1, 2, 2, 2, 3], reverse=keys.descending)


def test_page_is_one_statement(tenant: Tenant, orders: None, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        page = BY_TOTAL.read(tenant.id, Order.objects.all(), PageRequest(first=2))

    assert (totals(page), page.has_next, page.has_previous) == ([1, 2], True, False)


def test_cursor_counts_for_its_own_order_and_tenant(tenant: Tenant, orders: None) -> None:
    cursor = BY_TOTAL.cursor(tenant.id, Order.objects.first())

    for keys, tenant_id in ((DOWN, tenant.id), (BY_TOTAL, OTHER)):
        with pytest.raises(InvalidPage, match="The cursor does not belong to this list and sort order"):
            keys.values(tenant_id, cursor)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (PageRequest(first=-1), "first must be from 0 to 100; it is -1."),
        (PageRequest(last=101), "last must be from 0 to 100; it is 101."),
        (PageRequest(first=1, last=1), "Give first or last, not both."),
    ],
)
def test_impossible_page_is_refused(asked: PageRequest, message: str) -> None:
    with pytest.raises(InvalidPage) as refusal:
        _ = asked.size

    assert str(refusal.value) == message
