"""On PostgreSQL, orders are shown to their tenant alone; the relay sees expired keys and counts bypasses."""

from importlib import import_module

from django.db import migrations

from tenants.db.row_security import protect, running

NOTICE, NOTICE_LINE, *_ = import_module("orders.migrations.0004_notice_bypasses").FORWARD


def standing_in(tenant, function):
    """A trigger's function, which now stands in the changed row's tenant while it runs, whichever login changed it."""
    begin = f"""AS $$
    DECLARE
        was text := coalesce(current_setting('app.tenant_id', true), '');
    BEGIN
        PERFORM set_config('app.tenant_id', ({tenant})::text, true);
    """
    leave = "PERFORM set_config('app.tenant_id', was, true); RETURN NULL;"
    body = function.replace("AS $$", begin).replace("RETURN NULL;", leave).replace("END\n    $$", "END;\n    END\n    $$")
    return replacing(body)


def replacing(function):
    return function.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


FORWARD = [
    standing_in("CASE TG_OP WHEN 'DELETE' THEN OLD.tenant_id ELSE NEW.tenant_id END", NOTICE),
    standing_in("OLD.tenant_id", NOTICE_LINE),
]
BACKWARD = [replacing(NOTICE), replacing(NOTICE_LINE)]


class Migration(migrations.Migration):
    dependencies = [("orders", "0004_notice_bypasses"), ("tenants", "0002_relay_role")]
    operations = [
        migrations.RunPython(running(FORWARD), running(BACKWARD)),
        protect("orders_order"),
        protect("orders_orderline"),
        protect("orders_idempotencyrecord", found_by=["tenant_id", "id", "expires_at"]),
        protect("orders_bypass", found_by=["tenant_id", "id", "recorded_at"]),
    ]
