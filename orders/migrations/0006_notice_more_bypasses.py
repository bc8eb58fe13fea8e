"""On PostgreSQL, the functions that notice bypasses run nothing but our own code, and notice more.

They run as the tables' owner. Until here they looked names up in the caller's temporary tables first, so that a
temporary view with a function of its own ran as the owner, too (:mod:`tenants.db.functions`).

New are lines that are added to an order that is there already, orders whose lines are not what their event says, and
events that are inserted, changed or removed past the services.
"""

from importlib import import_module

from django.db import migrations

from tenants.db.functions import FIXED_PATH, private, run_in_schema_of

NOTE = f"""
CREATE OR REPLACE FUNCTION OUR_SCHEMA.orders_note_bypass(tenant uuid, changed_order uuid, operation text, changed jsonb)
    RETURNS void LANGUAGE sql {FIXED_PATH}
AS $$
    INSERT INTO OUR_SCHEMA.orders_bypass (
        tenant_id, order_id, operation, columns, database_user, application, transaction_id, noticed_at
    ) VALUES (
        tenant, changed_order, operation, changed, session_user, left(current_setting('application_name'), 64),
        pg_current_xact_id()::text::bigint, clock_timestamp()
    )
$$
"""
# Settings by which the next migration narrows the orders that the owner sees; any session may have set them.
ALL_ORDERS = "PERFORM set_config('app.word_1', '', true), set_config('app.word_2', '', true), set_config('app.word_3', '', true);"
# "+ 0" keeps the planner from walking all events backwards.
AGREES = f"""
CREATE FUNCTION OUR_SCHEMA.orders_agrees(tenant uuid, which uuid, compare_lines boolean) RETURNS boolean LANGUAGE plpgsql
    {FIXED_PATH}
AS $$
DECLARE
    present OUR_SCHEMA.orders_order;
    newest jsonb;
    said jsonb;
BEGIN
    {ALL_ORDERS}
    SELECT * INTO present FROM OUR_SCHEMA.orders_order WHERE id = which;
    SELECT payload INTO newest FROM OUR_SCHEMA.events_event
        WHERE tenant_id = tenant AND order_id = which ORDER BY insertion_id + 0 DESC LIMIT 1;
    said := newest -> 'order';
    IF present.id IS NULL THEN
        RETURN coalesce(newest -> 'details' -> 'removed' = 'true', false);
    END IF;
    RETURN coalesce(
        (said ->> 'version')::int = present.version
        AND said ->> 'status' = present.status
        AND said ->> 'processing_status' = present.processing_status
        AND (said ->> 'total')::numeric = present.total
        AND said ->> 'currency' = present.currency
        AND said ->> 'number' = present.number
        AND said ->> 'customer_email' = present.customer_email
        AND said ->> 'customer_name' = present.customer_name
        AND said ->> 'external_reference' IS NOT DISTINCT FROM present.external_reference
        AND said -> 'metadata' = present.metadata
        AND (said ->> 'created_at')::timestamptz = present.created_at
        AND (said ->> 'updated_at')::timestamptz = present.updated_at
        AND (said ->> 'paid_at')::timestamptz IS NOT DISTINCT FROM present.paid_at
        AND (said ->> 'shipped_at')::timestamptz IS NOT DISTINCT FROM present.shipped_at
        AND (said ->> 'delivered_at')::timestamptz IS NOT DISTINCT FROM present.delivered_at
        AND (said ->> 'cancelled_at')::timestamptz IS NOT DISTINCT FROM present.cancelled_at
        AND (
            NOT compare_lines
            OR said -> 'lines' = (
                SELECT coalesce(jsonb_agg(jsonb_build_object(
                    'id', line.id, 'sku', sku, 'name', name, 'quantity', quantity, 'unit_price', unit_price::text
                ) ORDER BY position), '[]') FROM OUR_SCHEMA.orders_orderline AS line WHERE order_id = which
            )
        ),
        false
    );
END
$$
"""
STANDING = """
    was text := coalesce(current_setting('app.tenant_id', true), '');
"""
ORDERS = f"""
CREATE OR REPLACE FUNCTION OUR_SCHEMA.orders_notice_bypass() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {FIXED_PATH}
AS $$
DECLARE
    {STANDING}
    subject OUR_SCHEMA.orders_order;
    changed jsonb := '[]';
BEGIN
    IF TG_OP = 'DELETE' THEN subject := OLD; ELSE subject := NEW; END IF;
    PERFORM set_config('app.tenant_id', subject.tenant_id::text, true);
    IF TG_OP = 'DELETE' OR NOT OUR_SCHEMA.orders_agrees(subject.tenant_id, subject.id, TG_OP = 'INSERT') THEN
        IF TG_OP = 'UPDATE' THEN
            SELECT coalesce(jsonb_agg(key ORDER BY key), '[]') INTO changed FROM jsonb_each(to_jsonb(NEW)) AS new(key, value)
                WHERE value IS DISTINCT FROM to_jsonb(OLD) -> key;
        END IF;
        PERFORM OUR_SCHEMA.orders_note_bypass(subject.tenant_id, subject.id, TG_OP, changed);
    END IF;
    PERFORM set_config('app.tenant_id', was, true);
    RETURN NULL;
END
$$
"""
LINES = f"""
CREATE OR REPLACE FUNCTION OUR_SCHEMA.orders_notice_line_bypass() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    {FIXED_PATH}
AS $$
DECLARE
    {STANDING}
BEGIN
    PERFORM set_config('app.tenant_id', OLD.tenant_id::text, true);
    PERFORM OUR_SCHEMA.orders_note_bypass(OLD.tenant_id, OLD.order_id, 'LINE ' || TG_OP, '[]');
    PERFORM set_config('app.tenant_id', was, true);
    RETURN NULL;
END
$$
"""
# The services insert an order and its lines, and then its event, in one transaction: no line is added to an order that
# has an event, or that was there before the transaction, whose events may have been pruned.
ADDED_LINES = f"""
CREATE FUNCTION OUR_SCHEMA.orders_notice_added_lines() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {FIXED_PATH}
AS $$
DECLARE
    {STANDING}
    one record;
BEGIN
    {ALL_ORDERS}
    FOR one IN SELECT DISTINCT tenant_id, order_id FROM added LOOP
        PERFORM set_config('app.tenant_id', one.tenant_id::text, true);
        IF EXISTS (SELECT FROM OUR_SCHEMA.events_event WHERE tenant_id = one.tenant_id AND order_id = one.order_id)
            OR EXISTS (SELECT FROM OUR_SCHEMA.orders_order WHERE id = one.order_id AND age(xmin) > 0)
        THEN
            PERFORM OUR_SCHEMA.orders_note_bypass(one.tenant_id, one.order_id, 'LINE INSERT', '[]');
        END IF;
    END LOOP;
    PERFORM set_config('app.tenant_id', was, true);
    RETURN NULL;
END
$$
"""
# An event is written beside its change; then the order equals the event.
EVENTS = f"""
CREATE FUNCTION OUR_SCHEMA.orders_notice_event_bypass() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {FIXED_PATH}
AS $$
DECLARE
    {STANDING}
BEGIN
    PERFORM set_config('app.tenant_id', NEW.tenant_id::text, true);
    IF TG_OP = 'UPDATE' OR NOT OUR_SCHEMA.orders_agrees(NEW.tenant_id, NEW.order_id, false) THEN
        PERFORM OUR_SCHEMA.orders_note_bypass(NEW.tenant_id, NEW.order_id, 'EVENT ' || TG_OP, '[]');
    END IF;
    PERFORM set_config('app.tenant_id', was, true);
    RETURN NULL;
END
$$
"""
# Retention moves the floor, and then removes what is below it.
REMOVED_EVENTS = f"""
CREATE FUNCTION OUR_SCHEMA.orders_notice_removed_events() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {FIXED_PATH}
AS $$
DECLARE
    {STANDING}
    one record;
BEGIN
    FOR one IN
        SELECT DISTINCT gone.tenant_id, gone.order_id FROM gone
            LEFT JOIN OUR_SCHEMA.events_stream AS stream ON stream.tenant_id = gone.tenant_id
            WHERE (gone.sequence <= stream.floor) IS NOT TRUE
    LOOP
        PERFORM set_config('app.tenant_id', one.tenant_id::text, true);
        PERFORM OUR_SCHEMA.orders_note_bypass(one.tenant_id, one.order_id, 'EVENT DELETE', '[]');
    END LOOP;
    PERFORM set_config('app.tenant_id', was, true);
    RETURN NULL;
END
$$
"""
SAID = "id, tenant_id, type, schema_version, order_id, order_version, payload, actor, ip, request_id, occurred_at"
TRIGGERS = [
    """
    CREATE TRIGGER orders_bypass_added_lines AFTER INSERT ON OUR_SCHEMA.orders_orderline REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION OUR_SCHEMA.orders_notice_added_lines()
    """,
    """
    CREATE CONSTRAINT TRIGGER orders_bypass_events AFTER INSERT ON OUR_SCHEMA.events_event
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION OUR_SCHEMA.orders_notice_event_bypass()
    """,
    f"""
    CREATE TRIGGER orders_bypass_changed_events AFTER UPDATE OF {SAID} ON OUR_SCHEMA.events_event
        FOR EACH ROW EXECUTE FUNCTION OUR_SCHEMA.orders_notice_event_bypass()
    """,
    """
    CREATE TRIGGER orders_bypass_removed_events AFTER DELETE ON OUR_SCHEMA.events_event REFERENCING OLD TABLE AS gone
        FOR EACH STATEMENT EXECUTE FUNCTION OUR_SCHEMA.orders_notice_removed_events()
    """,
]
NEW = {
    "orders_bypass_added_lines": ("orders_orderline", "orders_notice_added_lines()"),
    "orders_bypass_events": ("events_event", None),
    "orders_bypass_changed_events": ("events_event", "orders_notice_event_bypass()"),
    "orders_bypass_removed_events": ("events_event", "orders_notice_removed_events()"),
}
FORWARD = [
    *(NOTE, AGREES, ORDERS, LINES, ADDED_LINES, EVENTS, REMOVED_EVENTS, *TRIGGERS),
    *private(
        "orders_note_bypass(uuid, uuid, text, jsonb)",
        "orders_agrees(uuid, uuid, boolean)",
        "orders_notice_bypass()",
        "orders_notice_line_bypass()",
        *(function for _, function in NEW.values() if function),
    ),
]
BEFORE = import_module("orders.migrations.0005_row_security")
BACKWARD = [
    *(f"DROP TRIGGER {trigger} ON OUR_SCHEMA.{table}" for trigger, (table, _) in NEW.items()),
    *(f"DROP FUNCTION OUR_SCHEMA.{function}" for _, function in NEW.values() if function),
    *BEFORE.FORWARD,
    BEFORE.replacing(import_module("orders.migrations.0004_notice_bypasses").FORWARD[2]),
    "DROP FUNCTION OUR_SCHEMA.orders_agrees(uuid, uuid, boolean)",
]


class Migration(migrations.Migration):
    dependencies = [("orders", "0005_row_security"), ("events", "0006_events_in_time")]
    operations = [
        migrations.RunPython(run_in_schema_of("orders_order", FORWARD), run_in_schema_of("orders_order", BACKWARD))
    ]
