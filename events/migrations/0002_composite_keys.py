"""On PostgreSQL a delivery belongs to the tenant of its event."""

from django.db import migrations

FORWARD = """
ALTER TABLE events_delivery
    ADD CONSTRAINT delivery_of_tenants_event FOREIGN KEY (tenant_id, event_id) REFERENCES events_event (tenant_id, insertion_id)
    DEFERRABLE INITIALLY DEFERRED
"""
BACKWARD = "ALTER TABLE events_delivery DROP CONSTRAINT delivery_of_tenants_event"


def run(sql):
    def on_postgresql(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(sql)

    return on_postgresql


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]
    operations = [migrations.RunPython(run(FORWARD), run(BACKWARD))]
