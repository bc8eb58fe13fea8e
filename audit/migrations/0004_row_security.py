"""On PostgreSQL, a trail is shown to its tenant alone; the relay, which anchors them, sees where each ends."""

from django.db import migrations

from tenants.db.row_security import protect


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_append_only"), ("tenants", "0002_relay_role")]
    operations = [
        protect("audit_auditlog"),
        protect("audit_audithead", found_by=["tenant_id", "position", "hash"]),
    ]
