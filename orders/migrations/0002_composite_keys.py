"""On PostgreSQL a line belongs to the tenant of its order."""

from django.db import migrations

FORWARD = """
ALTER TABLE orders_orderline
    ADD CONSTRAINT line_of_tenants_order FOREIGN KEY (tenant_id, order_id) REFERENCES orders_order (tenant_id, id)
    DEFERRABLE INITIALLY DEFERRED
"""
BACKWARD = "ALTER TABLE orders_orderline DROP CONSTRAINT line_of_tenants_order"


def run(sql):
    def on_postgresql(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(sql)

    return on_postgresql


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]
    operations = [migrations.RunPython(run(FORWARD), run(BACKWARD))]
