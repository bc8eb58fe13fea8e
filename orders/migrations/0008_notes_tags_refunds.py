"""Orders have notes, tags and refunds.

The new columns have defaults in the database, since the previous release inserts orders without them. On PostgreSQL the
comparison of an order with its event takes them in; an event of the previous release says nothing of them.
"""

from importlib import import_module

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import tenants.context
import tenants.values.identifiers
from tenants.db.functions import private, run_in_schema_of
from tenants.db.migration_operations import RunStatements
from tenants.db.row_security import protect, running

TENANT = models.ForeignKey(
    db_index=False,
    default=tenants.context.current_tenant_id,
    editable=False,
    on_delete=django.db.models.deletion.PROTECT,
    related_name="+",
    to="tenants.tenant",
)
KEYS = {"orders_ordertag": "tag_of_tenants_order", "orders_refund": "refund_of_tenants_order"}
KEY = """
ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (tenant_id, order_id) REFERENCES orders_order (tenant_id, id)
    DEFERRABLE INITIALLY DEFERRED
"""
BEFORE = import_module("orders.migrations.0006_notice_more_bypasses").AGREES
COMPARED = """AND said -> 'metadata' = present.metadata
        AND (said ->> 'notes' = present.notes) IS NOT FALSE
        AND (said -> 'tags' = present.tags) IS NOT FALSE
        AND ((said ->> 'refunded_total')::numeric = present.refunded_total) IS NOT FALSE"""
AGREES = BEFORE.replace("AND said -> 'metadata' = present.metadata", COMPARED)
PRIVATE = private("orders_agrees(uuid, uuid, boolean)")
FORWARD = [AGREES.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"), *PRIVATE]
BACKWARD = [BEFORE.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"), *PRIVATE]


class Migration(migrations.Migration):
    dependencies = [("orders", "0007_find_by_words"), ("tenants", "0003_token_ids_count_nothing")]
    operations = [
        migrations.AddField(
            "order",
            "notes",
            models.TextField(
                blank=True, db_default="", default="", help_text="Internal: no mail has them.", max_length=5000
            ),
        ),
        migrations.AddField(
            "order",
            "tags",
            models.JSONField(blank=True, db_default=[], default=list, help_text="Sorted, each once."),
        ),
        migrations.AddField(
            "order",
            "refunded_total",
            models.DecimalField(db_default=0, decimal_places=2, default=0, editable=False, max_digits=10),
        ),
        migrations.CreateModel(
            name="OrderTag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("tag", models.CharField(max_length=40)),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="orders.order"
                    ),
                ),
                ("tenant", TENANT.clone()),
            ],
            options={
                "default_manager_name": "objects",
                "constraints": [models.UniqueConstraint(fields=("tenant", "tag", "order"), name="order_tag_once")],
            },
        ),
        migrations.CreateModel(
            name="Refund",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenants.values.identifiers.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=10)),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="refunds", to="orders.order"
                    ),
                ),
                ("tenant", TENANT.clone()),
            ],
            options={
                "ordering": ["created_at", "id"],
                "default_manager_name": "objects",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="refund_amount_positive")
                ],
            },
        ),
        RunStatements(
            running([KEY.format(table=table, name=name) for table, name in KEYS.items()]),
            running([f"ALTER TABLE {table} DROP CONSTRAINT {name}" for table, name in KEYS.items()]),
        ),
        protect("orders_ordertag"),
        protect("orders_refund"),
        RunStatements(run_in_schema_of("orders_order", FORWARD), run_in_schema_of("orders_order", BACKWARD)),
    ]
