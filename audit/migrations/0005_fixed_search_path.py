"""The function that refuses to change audit records looks names up in PostgreSQL's own schema alone."""

from django.db import migrations

from tenants.db.functions import FIXED_PATH, private, run_in_schema_of

FORWARD = [f"ALTER FUNCTION OUR_SCHEMA.audit_refuse() {FIXED_PATH}", *private("audit_refuse()")]
BACKWARD = [
    "ALTER FUNCTION OUR_SCHEMA.audit_refuse() RESET search_path",
    "GRANT EXECUTE ON FUNCTION OUR_SCHEMA.audit_refuse() TO PUBLIC",
]


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_row_security")]
    operations = [
        migrations.RunPython(run_in_schema_of("audit_auditlog", FORWARD), run_in_schema_of("audit_auditlog", BACKWARD))
    ]
