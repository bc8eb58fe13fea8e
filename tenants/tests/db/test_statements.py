"""Compiled statements read the same rows as their query set, for each tenant."""

from decimal import Decimal
from unittest import mock

import pytest
from django.db import connection
from django.db.models import DecimalField, QuerySet
from django.test.utils import CaptureQueriesContext

from orders.models import Order
from tenants.context import NoTenant, no_tenant, tenant_context
from tenants.db.compiled_queries import PLACEHOLDER, Slot, Statement
from tenants.models import Tenant
from tenants.pagination import keyset
from tenants.pagination.keyset import Keyset, PageRequest, Source, kept_statement
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("tenant", "nothing_follows"), pytest.mark.both_databases]
BY_TOTAL = Keyset("test.statements", (keyset.number("total_cents"), keyset.uuid("id")))


def above_slot() -> QuerySet[Order]:
    """Orders above an amount that is given later."""
    found: QuerySet[Order] = Order.objects.filter(total__gt=Slot("least", DecimalField())).order_by("total")
    return found


def above(total: int) -> QuerySet[Order]:
    """Orders above an amount."""
    found: QuerySet[Order] = Order.objects.filter(total__gt=total)
    return found


def of_no_status() -> QuerySet[Order]:
    """A query set that the ORM knows to be empty."""
    found: QuerySet[Order] = Order.objects.filter(status__in=[])
    return found


def test_slots_are_filled_at_each_execution() -> None:
    for total in ("1", "2", "3.50"):
        factories.place_order(total=total, metadata={"total": total})
    statement = Statement.of(above_slot)
    assert statement

    for least, expected in ((Decimal(0), ["1", "2", "3.50"]), (Decimal("1.99"), ["2", "3.50"]), (Decimal(4), [])):
        found = statement.read(least=least)
        assert [order.metadata["total"] for order in found] == expected
        assert found == list(Order.objects.filter(total__gt=least).order_by("total"))


def test_columns_are_those_of_the_objects_and_make_none() -> None:
    for total in ("1", "2"):
        factories.place_order(total=total, metadata={"total": total})
    statement = Statement.of(above_slot)
    assert statement

    found = statement.found(least=Decimal(0))
    with mock.patch.object(Order, "from_db", side_effect=AssertionError):
        ids, totals, metadata = found.column("id"), found[::-1].column("total"), found.column("metadata")

    assert ids == [order.id for order in found]
    assert (totals, metadata) == ([Decimal(2), Decimal(1)], [{"total": "1"}, {"total": "2"}])
    with pytest.raises(LookupError):
        found.column("nothing")


def test_rows_equal_those_of_the_orm() -> None:
    order = factories.place_order(total="12.50", metadata={"a": [1, None]}, external_reference="x")
    statement = Statement.of(above_slot)
    assert statement

    [found] = statement.read(least=Decimal(0))

    expected = Order.objects.get(pk=order.pk)
    for column in Order._meta.concrete_fields:
        assert getattr(found, column.attname) == getattr(expected, column.attname)
        assert type(getattr(found, column.attname)) is type(getattr(expected, column.attname))
    assert (found._state.adding, found._state.db) == (False, "default")


def test_statement_compiled_without_a_tenant_reads_the_rows_of_each_caller(tenant: Tenant) -> None:
    other = factories.tenant()
    mine = factories.place_order(total="1")
    with tenant_context(other.id):
        theirs = factories.place_order(total="2")
        statement = Statement.of(above_slot)
        assert statement
        assert statement.read(least=Decimal(0)) == [theirs]

    assert statement.read(least=Decimal(0)) == [mine]
    assert str(PLACEHOLDER) not in statement.sql
    with no_tenant(), pytest.raises(NoTenant):
        statement.read(least=Decimal(0))


def test_unfilled_placeholder_finds_no_rows() -> None:
    factories.place_order(total="1")
    with tenant_context(PLACEHOLDER):
        assert list(Order.objects.all()) == []


def test_statement_that_no_row_can_match_is_never_sent() -> None:
    factories.place_order(total="1")
    assert Statement.of(of_no_status) is None

    with CaptureQueriesContext(connection) as statements:
        page = BY_TOTAL.read(PLACEHOLDER, Source(of_no_status), PageRequest(first=2))

    assert (page.rows, page.has_next, len(statements)) == ([], False, 0)


def test_cached_page_statements_equal_the_query_set_in_both_directions(tenant: Tenant) -> None:
    for total in ("5", "1", "2", "2", "3", "4"):
        factories.place_order(total=total)
    kept_statement.cache_clear()
    for keys in (BY_TOTAL, Keyset("test.statements.desc", BY_TOTAL.columns, descending=True)):
        cursors = [keys.cursor(tenant.id, order) for order in Order.objects.all()]
        requests = [PageRequest(first=2), PageRequest(last=2), *(PageRequest(first=2, after=one) for one in cursors)]
        requests += [PageRequest(last=2, before=one) for one in cursors]
        requests += [PageRequest(first=9, after=cursors[0], before=one) for one in cursors]
        for asked in requests:
            kept, built = (keys.read(tenant.id, rows, asked) for rows in (Source(above, (1,)), above(1)))
            assert (list(kept.rows), kept.has_next, kept.has_previous) == (
                list(built.rows),
                built.has_next,
                built.has_previous,
            )

    # a first and a last page, pages after, before and between cursors
    assert kept_statement.cache_info().misses == 2 * 5
