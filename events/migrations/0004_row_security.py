"""On PostgreSQL, events and deliveries are shown to their tenant alone; the relay sees where there is work."""

from django.db import migrations

from tenants.db.row_security import protect

WORK = ("tenant_id", "receiver", "status", "due_at", "created_at", "started_at", "finished_at", "id")


class Migration(migrations.Migration):
    dependencies = [("events", "0003_delivery_indexes"), ("tenants", "0002_relay_role")]
    operations = [
        protect("events_event", found_by=["tenant_id", "insertion_id", "id", "sequence"]),
        protect("events_delivery", found_by=WORK),
    ]
