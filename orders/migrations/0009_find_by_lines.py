"""Orders are found by their lines and by unfinished processing, and refunds are never more than the total.

All of it is made while orders come in.
"""

from django.db import migrations, models

from tenants.db.migration_operations import AddCheckOnline, AddIndexOnline


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0008_notes_tags_refunds")]
    operations = [
        AddIndexOnline("orderline", models.Index(fields=["tenant", "sku", "order"], name="line_of_sku")),
        AddIndexOnline("orderline", models.Index(fields=["tenant", "name", "order"], name="line_of_name")),
        AddIndexOnline(
            "order",
            models.Index(
                condition=models.Q(("processing_status", "DONE"), _negated=True),
                fields=["tenant", "processing_status", "created_at", "id"],
                name="order_by_processing",
            ),
        ),
        AddCheckOnline(
            "order",
            models.CheckConstraint(
                condition=models.Q(("refunded_total__gte", 0), ("refunded_total__lte", models.F("total"))),
                name="order_refunds_within_total",
            ),
        ),
    ]
