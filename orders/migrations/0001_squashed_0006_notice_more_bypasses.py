"""Orders, and the triggers that notice bypasses: migrations 0001 to 0006 in one, for a new database."""

import re
from importlib import import_module

import django.db.models.deletion
import django.utils.timezone
import orders.tables.idempotency_record
import orders.values.naming
import tenants.context
import tenants.values.identifiers
from django.db import migrations, models

from tenants.db.functions import run_in_schema_of
from tenants.db.migration_operations import RunStatements
from tenants.db.row_security import protect, running

COMPOSITE_KEYS = import_module("orders.migrations.0002_composite_keys")
NOTICES = import_module("orders.migrations.0004_notice_bypasses")
MORE = import_module("orders.migrations.0006_notice_more_bypasses")
# 0004 begins with three functions, which 0006 replaces, and ends with triggers.
FORWARD = [*MORE.FORWARD, *NOTICES.FORWARD[3:]]
FUNCTIONS = re.findall(r"FUNCTION (OUR_SCHEMA\.\w+\([\w, ]*\)) FROM PUBLIC", "\n".join(MORE.FORWARD))
BACKWARD = [f"DROP FUNCTION {function} CASCADE" for function in FUNCTIONS]


class Migration(migrations.Migration):
    replaces = [
        ("orders", "0001_initial"),
        ("orders", "0002_composite_keys"),
        ("orders", "0003_bypass"),
        ("orders", "0004_notice_bypasses"),
        ("orders", "0005_row_security"),
        ("orders", "0006_notice_more_bypasses"),
    ]

    initial = True

    dependencies = [
        ("tenants", "0001_squashed_0003_token_ids_count_nothing"),
        ("events", "0001_squashed_0008_fewer_indexes"),
    ]

    operations = [
        migrations.CreateModel(
            name="Order",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenants.values.identifiers.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.CharField(default=orders.values.naming.new_number, editable=False, max_length=11)),
                ("external_reference", models.CharField(blank=True, max_length=100, null=True)),
                ("customer_email", models.CharField(blank=True, max_length=254)),
                ("customer_name", models.CharField(blank=True, max_length=200)),
                ("currency", models.CharField(blank=True, help_text="ISO 4217.", max_length=3)),
                ("total", models.DecimalField(decimal_places=2, max_digits=10)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("NEW", "New"),
                            ("PAID", "Paid"),
                            ("SHIPPED", "Shipped"),
                            ("DELIVERED", "Delivered"),
                            ("CANCELLED", "Cancelled"),
                        ],
                        default="NEW",
                        max_length=20,
                    ),
                ),
                (
                    "processing_status",
                    models.CharField(
                        choices=[
                            ("PENDING", "Pending"),
                            ("RUNNING", "Running"),
                            ("DONE", "Done"),
                            ("FAILED", "Failed"),
                        ],
                        default="PENDING",
                        editable=False,
                        max_length=10,
                    ),
                ),
                (
                    "version",
                    models.PositiveIntegerField(default=1, editable=False, help_text="Counts business changes."),
                ),
                ("metadata", models.JSONField(blank=True, default=dict)),
                ("search_text", models.TextField(editable=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("paid_at", models.DateTimeField(editable=False, null=True)),
                ("shipped_at", models.DateTimeField(editable=False, null=True)),
                ("delivered_at", models.DateTimeField(editable=False, null=True)),
                ("cancelled_at", models.DateTimeField(editable=False, null=True)),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        default=tenants.context.current_tenant_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
            ],
            options={
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["tenant", "created_at", "id"], name="order_by_creation"),
                    models.Index(fields=["tenant", "updated_at", "id"], name="order_by_update"),
                    models.Index(fields=["tenant", "total", "id"], name="order_by_total"),
                    models.Index(fields=["tenant", "status", "created_at", "id"], name="order_by_status"),
                    models.Index(fields=["tenant", "customer_email", "created_at"], name="order_by_email"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "id"), name="order_of_tenant"),
                    models.UniqueConstraint(fields=("tenant", "number"), name="order_number_once"),
                    models.UniqueConstraint(fields=("tenant", "external_reference"), name="order_reference_once"),
                    models.CheckConstraint(condition=models.Q(("total__gte", 0)), name="order_total_not_negative"),
                    models.CheckConstraint(condition=models.Q(("version__gte", 1)), name="order_version_positive"),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["NEW", "PAID", "SHIPPED", "DELIVERED", "CANCELLED"])),
                        name="order_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("processing_status__in", ["PENDING", "RUNNING", "DONE", "FAILED"])),
                        name="order_processing_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="order_currency_code"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OrderLine",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenants.values.identifiers.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(help_text="1, 2, 3 … as the client listed them.")),
                ("sku", models.CharField(max_length=64)),
                ("name", models.CharField(blank=True, max_length=200)),
                ("quantity", models.PositiveIntegerField()),
                ("unit_price", models.DecimalField(decimal_places=2, max_digits=10)),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="orders.order"
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        default=tenants.context.current_tenant_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(fields=("order", "position"), name="line_position_once"),
                    models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="line_quantity_positive"),
                    models.CheckConstraint(condition=models.Q(("unit_price__gte", 0)), name="line_price_not_negative"),
                ],
            },
        ),
        migrations.CreateModel(
            name="IdempotencyRecord",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenants.values.identifiers.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key", models.CharField(max_length=255)),
                ("operation", models.CharField(max_length=50)),
                ("input_hash", models.CharField(max_length=64)),
                (
                    "result",
                    models.JSONField(
                        help_text="What the operation answers a repeat with: ids, and for a batch its errors."
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires_at", models.DateTimeField(default=orders.tables.idempotency_record.a_day_later)),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        default=tenants.context.current_tenant_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["expires_at"], name="idempotency_expiry")],
                "constraints": [models.UniqueConstraint(fields=("tenant", "key"), name="idempotency_key_once")],
            },
        ),
        migrations.CreateModel(
            name="Bypass",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("order_id", models.UUIDField()),
                (
                    "operation",
                    models.CharField(
                        help_text="INSERT, UPDATE or DELETE of the order, or of its lines.", max_length=20
                    ),
                ),
                ("columns", models.JSONField(default=list, help_text="The columns that an UPDATE changed.")),
                ("database_user", models.CharField(help_text="Who was connected to the database.", max_length=63)),
                (
                    "application",
                    models.CharField(
                        blank=True, help_text="What the connection said it was, such as psql.", max_length=64
                    ),
                ),
                ("transaction_id", models.BigIntegerField(help_text="PostgreSQL's, as in its log.")),
                ("noticed_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "recorded_at",
                    models.DateTimeField(
                        help_text="When an order.changed_out_of_band event recorded it, if one did.", null=True
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        default=tenants.context.current_tenant_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "bypasses",
                "db_table": "orders_bypass",
                "indexes": [
                    models.Index(
                        condition=models.Q(("recorded_at", None)),
                        fields=["tenant", "order_id"],
                        name="bypass_unrecorded",
                    ),
                    models.Index(fields=["tenant", "noticed_at"], name="bypass_by_time"),
                ],
            },
        ),
        RunStatements(running([COMPOSITE_KEYS.FORWARD]), running([COMPOSITE_KEYS.BACKWARD])),
        protect("orders_order"),
        protect("orders_orderline"),
        protect("orders_idempotencyrecord", found_by=["tenant_id", "id", "expires_at"]),
        protect("orders_bypass", found_by=["tenant_id", "id", "recorded_at"]),
        RunStatements(run_in_schema_of("orders_order", FORWARD), run_in_schema_of("orders_order", BACKWARD)),
    ]
