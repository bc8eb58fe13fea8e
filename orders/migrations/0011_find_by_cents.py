"""The totals of all orders in cents, and indexes of them and of currencies, while orders come in.

An interruption does no harm: what is filled is left as it is. The index of the totals themselves goes. The previous
release reads a page by total without it, slowly, until its processes are replaced.
"""

from typing import Any
from uuid import UUID

from django.db import migrations, models, transaction

from tenants.context import tenant_context
from tenants.db.migration_operations import AddIndexOnline, RemoveIndexOnline, RunStatements

BATCH = 1000
"""How many orders a transaction fills; changes of these orders wait for its end."""
TENANTS = "SELECT id FROM tenants_tenant ORDER BY id"
NEXT = "SELECT id FROM orders_order WHERE tenant_id = %s AND id > %s ORDER BY id LIMIT %s"
FILL = """
UPDATE orders_order SET total_cents = total * 100
WHERE tenant_id = %s AND id > %s AND id <= %s AND total_cents <> total * 100
"""


def fill(apps: object, schema_editor: Any) -> None:
    """Fill the column, tenant by tenant, in batches; policies show a tenant's orders alone."""
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(TENANTS)
        for (tenant_id,) in cursor.fetchall():
            with tenant_context(tenant_id):
                fill_tenant(schema_editor.connection, tenant_id)


def fill_tenant(connection: Any, tenant_id: UUID) -> None:
    """Fill the column of this tenant's orders."""
    last = UUID(int=0)
    while True:
        with transaction.atomic(connection.alias), connection.cursor() as cursor:
            cursor.execute(NEXT, [tenant_id, last, BATCH])
            ids = [order_id for (order_id,) in cursor.fetchall()]
            if not ids:
                return
            cursor.execute(FILL, [tenant_id, last, ids[-1]])
            last = ids[-1]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0010_total_in_cents")]
    operations = [
        RunStatements(fill, RunStatements.noop),
        AddIndexOnline("order", models.Index(fields=["tenant", "total_cents", "id"], name="order_by_cents")),
        AddIndexOnline(
            "order", models.Index(fields=["tenant", "currency", "created_at", "id"], name="order_by_currency")
        ),
        RemoveIndexOnline("order", "order_by_total"),
    ]
