"""On PostgreSQL the database itself shows a tenant's rows to that tenant alone, even if the code forgets a filter."""

import asyncio
from collections.abc import Callable
from io import StringIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from asgiref.sync import sync_to_async
from celery import shared_task
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, ProgrammingError, connection, models, transaction

from audit.models import AuditHead, AuditLog
from events.models import Delivery, Event, ReceiverSwitch, Stream
from graphql_api.clients.models import SchemaUse
from graphql_api.tests.clients.uses import use_schema
from orders.models import Bypass, IdempotencyRecord, Order, OrderLine
from orders.states import Status
from orders.stats import kept
from orders.tables.order_counts import OrderCount, OrderCountPosition
from orders.tables.order_parts import OrderTag, Refund
from orders.writing.refunds import refund_order
from tenants.context import across_tenants, no_tenant, tenant_context
from tenants.db.roles import login_rights
from tenants.models import ApiToken, Invitation, Membership, Tenant
from tests import factories
from tests.servers.database_roles import DatabaseRoles
from webhooks.models import Attempt, Endpoint

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]

OPEN = {ApiToken, Invitation, Membership, Stream, ReceiverSwitch}
"""Tables that are read to identify the caller, or by every caller."""
PROTECTED = [
    model
    for model in apps.get_models()
    if model not in OPEN and any(field.name == "tenant" for field in model._meta.fields)
]
WRITTEN = [
    *(Order, OrderLine, OrderTag, Refund, IdempotencyRecord, Event, Delivery, AuditLog, AuditHead),
    *(OrderCount, OrderCountPosition, SchemaUse),
]
"""Tables in which each tenant has rows: a refunded order's with a key and a tag, its count, and a use of the schema."""
REFUSED = "violates row-level security policy"


@pytest.fixture(autouse=True)
def orders(tenant: Tenant, other_tenant: Tenant) -> dict[UUID, Order]:
    """An order of each of two tenants, with all its effects, and a use of the schema."""
    placed = {}
    for one in (tenant, other_tenant):
        with tenant_context(one.pk):
            order = factories.place_order(idempotency_key="key", tags=["vip"], status=Status.PAID)
            placed[one.pk] = refund_order(order.id)
            use_schema("Order.id")
            kept.keep(one.pk)
    return placed


def count(model: type[models.Model]) -> int:
    """How many rows raw SQL can read."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {model._meta.db_table}")
        return int(cursor.fetchone()[0])


def names(listed: list[type[models.Model]]) -> list[str]:
    return [model.__name__ for model in listed]


def test_tests_run_as_a_login_under_policies() -> None:
    we = login_rights()

    assert not we.passes_policies
    assert not we.owns_tables
    assert we.may_find_work


def test_every_table_of_tenants_rows_is_protected_from_its_owner_too() -> None:
    assert set(PROTECTED) == {*WRITTEN, Bypass, Endpoint, Attempt}
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
        assert {name for (name,) in cursor.fetchall()} == {model._meta.db_table for model in PROTECTED}


@pytest.mark.parametrize("model", WRITTEN, ids=names(WRITTEN))
def test_raw_sql_sees_the_rows_of_its_tenant_and_without_one_nothing(
    model: type[models.Model], tenant: Tenant, other_tenant: Tenant
) -> None:
    for one in (tenant, other_tenant):
        with tenant_context(one.pk), connection.cursor() as cursor:
            cursor.execute(f"SELECT DISTINCT tenant_id FROM {model._meta.db_table}")
            assert cursor.fetchall() == [(one.pk,)]
    with no_tenant():
        assert count(model) == 0


def test_bulk_update_without_a_tenant_changes_nothing(orders: dict[UUID, Order], tenant: Tenant) -> None:
    with no_tenant():
        assert Order.unguarded.update(customer_name="changed") == 0
        assert Delivery.objects.all_tenants().delete()[0] == 0

    assert Order.objects.get().customer_name == orders[tenant.pk].customer_name


def test_bulk_update_without_a_filter_changes_its_tenant_alone(tenant: Tenant, other_tenant: Tenant) -> None:
    assert Delivery.objects.all_tenants().update(last_error="changed") == Delivery.objects.count() > 0

    with tenant_context(other_tenant.pk):
        assert not Delivery.objects.filter(last_error="changed").exists()


def test_management_command_without_a_tenant_sees_nothing() -> None:
    out = StringIO()
    with no_tenant(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", out)
        call_command("shell", command="from orders.models import *; print(Order.unguarded.count())", verbosity=0)

    assert out.getvalue().split() == ["0"]


@shared_task
def count_orders() -> int:
    """A task without a tenant."""
    return Order.unguarded.count()


def test_task_without_a_tenant_sees_nothing() -> None:
    with no_tenant():
        assert count_orders.apply().get() == 0


def test_subscription_without_a_tenant_sees_nothing() -> None:
    async def source() -> Any:
        yield await sync_to_async(Event.unguarded.count)()

    async def first() -> int:
        async for found in source():
            return int(found)
        raise AssertionError

    with no_tenant():
        assert asyncio.run(first()) == 0


@pytest.mark.parametrize("model", [Order, OrderLine, IdempotencyRecord, Event, Delivery, AuditLog, SchemaUse], ids=str)
def test_row_for_another_tenant_is_refused(model: type[models.Model], tenant: Tenant, other_tenant: Tenant) -> None:
    with tenant_context(other_tenant.pk):
        row: Any = model._base_manager.all()[0]

    with pytest.raises(ProgrammingError, match=REFUSED), transaction.atomic():
        models.QuerySet(model).bulk_create([row])


def test_row_cannot_be_given_to_another_tenant(other_tenant: Tenant) -> None:
    with pytest.raises(ProgrammingError, match=REFUSED), transaction.atomic():
        Order.unguarded.update(tenant_id=other_tenant.pk)


def test_foreign_keys_see_past_the_policies(orders: dict[UUID, Order], tenant: Tenant, other_tenant: Tenant) -> None:
    """A line of ours for another tenant's order is refused like a line for an unknown order; its tenant is kept."""
    theirs = orders[other_tenant.pk]
    line = OrderLine(tenant=tenant, order_id=theirs.pk, position=9, sku="A", quantity=1, unit_price=1)
    with pytest.raises(IntegrityError, match="line_of_tenants_order"), transaction.atomic():
        models.QuerySet[OrderLine](OrderLine).bulk_create([line])
        connection.check_constraints()
    with no_tenant(), pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM tenants_tenant WHERE id = %s", [other_tenant.pk])
        connection.check_constraints()


def test_finding_work_shows_only_its_tenant(tenant: Tenant, other_tenant: Tenant) -> None:
    with across_tenants():
        assert set(Event.unguarded.values_list("tenant_id", flat=True)) == {tenant.pk, other_tenant.pk}
        for forbidden in (lambda: Event.unguarded.values_list("payload").first(), lambda: count(Order)):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                forbidden()


@pytest.mark.parametrize(
    "write",
    [
        lambda: Event.unguarded.update(sequence=None),
        lambda: Delivery.objects.all_tenants().update(status="SKIPPED"),
        lambda: Delivery.objects.all_tenants()._raw_delete("default"),
    ],
)
def test_finding_work_changes_nothing(write: Callable[[], object]) -> None:
    with across_tenants(), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        write()


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE orders_order DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE orders_order NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY tenant_rows ON orders_order",
        "TRUNCATE audit_auditlog",
        "DROP TABLE orders_bypass",
        "UPDATE django_migrations SET name = 'x'",
    ],
)
def test_system_cannot_remove_its_policies(statement: str) -> None:
    refused = pytest.raises(ProgrammingError, match=r"must be owner|permission denied")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_owner_is_under_policies_too(database_roles: DatabaseRoles) -> None:
    tenant_id = str(uuid4())
    with database_roles.administration() as database, database.transaction(force_rollback=True):
        database.execute("INSERT INTO tenants_tenant VALUES (%s, 'new', 'New', 'EUR', true, now())", [tenant_id])
        database.execute("INSERT INTO audit_audithead VALUES (%s, 1, 'hash', 0, 'hash')", [tenant_id])
        assert database.execute("SELECT count(*) FROM audit_audithead").fetchone() == (1,)
        database.execute(f'SET LOCAL ROLE "{database_roles.owner}"')
        assert database.execute("SELECT count(*) FROM audit_audithead").fetchone() == (0,)
        database.execute("SELECT set_config('app.tenant_id', %s, true)", [tenant_id])
        assert database.execute("SELECT count(*) FROM audit_audithead").fetchone() == (1,)
