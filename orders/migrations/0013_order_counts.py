"""Counts of orders by time, from which statistics are added up. Both tables begin empty; dispatchers fill them."""

import django.db.models.deletion
from django.db import migrations, models

import tenants.context
from tenants.db.row_security import protect


class Migration(migrations.Migration):
    dependencies = [("orders", "0012_vacuum_sooner"), ("tenants", "0004_invitation")]
    operations = [
        migrations.CreateModel(
            name="OrderCountPosition",
            fields=[
                (
                    "tenant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="tenants.tenant",
                    ),
                ),
                (
                    "sequence",
                    models.BigIntegerField(
                        default=-1, help_text="The last event that the counts include; -1 while there are no counts."
                    ),
                ),
                (
                    "bypasses",
                    models.BigIntegerField(
                        default=0,
                        help_text="How many bypasses were known when the orders were counted; with more, counts may be wrong.",
                    ),
                ),
                (
                    "counted_at",
                    models.DateTimeField(help_text="When the tenant's orders were last counted.", null=True),
                ),
            ],
        ),
        migrations.CreateModel(
            name="OrderCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("begin", models.DateTimeField(help_text="When the interval begins; intervals are whole ones of UTC.")),
                ("seconds", models.PositiveIntegerField(help_text="How long the interval is.")),
                ("currency", models.CharField(max_length=3)),
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
                        max_length=20,
                    ),
                ),
                ("orders", models.IntegerField()),
                (
                    "total",
                    models.DecimalField(decimal_places=2, help_text="The sum of the orders' totals.", max_digits=20),
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
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "seconds", "begin", "currency", "status"),
                        include=("orders", "total"),
                        name="order_count_once",
                    ),
                    models.CheckConstraint(condition=models.Q(("orders__gt", 0)), name="order_count_of_some"),
                    models.CheckConstraint(
                        condition=models.Q(("total__gte", 0)), name="order_count_total_not_negative"
                    ),
                ],
            },
        ),
        protect("orders_ordercountposition", found_by=["tenant_id", "sequence"]),
        protect("orders_ordercount"),
    ]
