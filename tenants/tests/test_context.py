"""Which tenant's rows can be reached."""

import pytest
from django.db import connection

from orders.models import Order
from tenants.context import Caller, NoTenant, acting_as, current_caller, current_tenant_id, no_tenant, tenant_context
from tenants.models import Tenant
from tenants.values.identifiers import default_tenant_id
from tests.factories import place_order

pytestmark = pytest.mark.both_databases


def test_without_a_context_the_default_tenant_is_used():
    assert current_tenant_id() == default_tenant_id("demo")


def test_a_context_overrides_the_default_until_it_ends(other_tenant):
    with tenant_context(other_tenant.id):
        assert current_tenant_id() == other_tenant.id
    assert current_tenant_id() == default_tenant_id("demo")


@pytest.mark.no_default_tenant
def test_without_any_tenant_asking_for_it_raises():
    with pytest.raises(NoTenant):
        current_tenant_id()


@pytest.mark.no_default_tenant
@pytest.mark.django_db
@pytest.mark.parametrize("read", [Order.objects.count, Order.objects.first, Order.objects.exists])
def test_without_any_tenant_no_row_is_read(read):
    with pytest.raises(NoTenant):
        read()


def test_the_default_manager_sees_its_tenant_only(other_tenant):
    mine = place_order()
    with tenant_context(other_tenant.id):
        theirs = place_order()
        assert list(Order.objects.all()) == [theirs]
    assert list(Order.objects.all()) == [mine]
    if connection.vendor == "sqlite":  # PostgreSQL has policies: tests/row_security/test_tables.py
        assert Order.objects.all_tenants().count() == 2


def test_a_caller_without_a_tenant_has_not_even_the_default_one():
    with acting_as(Caller(actor="anonymous")), pytest.raises(NoTenant):
        current_tenant_id()


def test_acting_as_sets_and_restores_the_caller(other_tenant):
    caller = Caller(tenant_id=other_tenant.id, actor="token:x")
    with acting_as(caller):
        assert (current_caller(), current_tenant_id()) == (caller, other_tenant.id)
    assert current_caller().actor == "system"


def test_no_tenant_nests():
    with no_tenant():
        with tenant_context(default_tenant_id("demo")):
            assert current_tenant_id() == default_tenant_id("demo")
        with pytest.raises(NoTenant):
            current_tenant_id()


@pytest.mark.django_db
def test_the_default_tenant_has_a_fixed_id():
    assert Tenant.objects.get(slug="demo").id == default_tenant_id("demo")


@pytest.mark.django_db(transaction=True)
def test_the_default_tenant_is_there_after_a_flush():
    assert Tenant.objects.filter(slug="demo").count() == 1
