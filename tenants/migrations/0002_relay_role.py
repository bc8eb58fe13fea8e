"""On PostgreSQL, a role that finds the relay's work across tenants."""

from django.db import migrations

from tenants.db.row_security import make_relay_role


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]
    operations = [migrations.RunPython(make_relay_role, migrations.RunPython.noop)]
