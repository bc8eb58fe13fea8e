"""An index by which senders find the tenants' own receivers with deliveries that are due, such as webhook endpoints.

Deliveries to the receivers of the code have no entry in it.
"""

from django.db import migrations, models

from tenants.db.migration_operations import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("events", "0010_stream_asked_for")]

    operations = [
        AddIndexOnline(
            "delivery",
            models.Index(
                condition=models.Q(("receiver__contains", ":"), ("status__in", ["PENDING", "RUNNING", "RETRYING"])),
                fields=["tenant", "receiver", "due_at"],
                name="delivery_due_in_family",
            ),
        ),
    ]
