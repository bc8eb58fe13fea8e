"""An order's line has on PostgreSQL one foreign key in place of three, and everywhere one index of its order.

The composite key (tenant, order) covers the keys to the order and, by the order, to the tenant: each was a check at
COMMIT for each line. The unique index of order and position covers the index of the order. No read or write is blocked
for longer than a lock is waited for.
"""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

from tenants.db.functions import run_in_schema_of
from tenants.db.migration_operations import RunStatements, unbounded

INDEX = "orders_orderline_order_id_17f8f3ef"
KEYS = {
    "orders_orderline_order_id_17f8f3ef_fk_orders_order_id": "(order_id) REFERENCES OUR_SCHEMA.orders_order (id)",
    "orders_orderline_tenant_id_b0595d31_fk_tenants_tenant_id": "(tenant_id) REFERENCES OUR_SCHEMA.tenants_tenant (id)",
}
LINES = "ALTER TABLE OUR_SCHEMA.orders_orderline"
DROP_KEYS = [f"{LINES} DROP CONSTRAINT IF EXISTS {name}" for name in KEYS]
ADD_KEYS = [f"{LINES} ADD CONSTRAINT {name} FOREIGN KEY {key} DEFERRABLE INITIALLY DEFERRED" for name, key in KEYS.items()]


def meanwhile(schema_editor: Any) -> str:
    """What lets an index come or go without blocking, on PostgreSQL."""
    return "CONCURRENTLY" if schema_editor.connection.vendor == "postgresql" else ""


def drop_index(apps: object, schema_editor: Any) -> None:
    """Remove the covered index."""
    with unbounded(schema_editor):
        schema_editor.execute(f"DROP INDEX {meanwhile(schema_editor)} IF EXISTS {INDEX}")


def add_index(apps: object, schema_editor: Any) -> None:
    """Make it again."""
    with unbounded(schema_editor):
        schema_editor.execute(f"CREATE INDEX {meanwhile(schema_editor)} IF NOT EXISTS {INDEX} ON orders_orderline (order_id)")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0013_order_counts")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                RunStatements(run_in_schema_of("orders_orderline", DROP_KEYS), run_in_schema_of("orders_orderline", ADD_KEYS)),
                RunStatements(drop_index, add_index),
            ],
            state_operations=[
                migrations.AlterField(
                    "orderline",
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="orders.order",
                    ),
                ),
            ],
        ),
    ]
