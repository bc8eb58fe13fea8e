"""Orders are found by their lines and by unfinished processing, and refunds are never more than the total.

All of it is made while orders come in.
"""

from django.db import migrations, models

from tenants.db.migration_operations import AddCheckMeanwhile, AddIndexMeanwhile


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0008_notes_tags_refunds")]
    operations = [
        AddIndexMeanwhile("orderline", models.Index(fields=["tenant", "sku", "order"], name="line_of_sku")),
        AddIndexMeanwhile("orderline", models.Index(fields=["tenant", "name", "order"], name="line_of_name")),
        AddIndexMeanwhile(
            "order",
            models.Index(
                condition=models.Q(("processing_status", "DONE"), _negated=True),
                fields=["tenant", "processing_status", "created_at", "id"],
                name="order_by_processing",
            ),
        ),
        AddCheckMeanwhile(
            "order",
            models.CheckConstraint(
                condition=models.Q(("refunded_total__gte", 0), ("refunded_total__lte", models.F("total"))),
                name="order_refunds_within_total",
            ),
        ),
    ]
