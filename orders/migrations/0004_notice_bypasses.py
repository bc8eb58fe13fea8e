"""On PostgreSQL, triggers notice order rows that change without an event (orders.bypasses)."""

from django.db import migrations

# A row that the services wrote is, at the commit, what its newest event says. "+ 0" keeps the planner from walking all
# events backwards. SECURITY DEFINER: a login that may change orders need not be let into this table.
FORWARD = [
    """
    CREATE FUNCTION orders_notice_bypass() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
    AS $$
    DECLARE
        subject orders_order;
        present orders_order;
        said jsonb;
        changed jsonb := '[]';
    BEGIN
        IF TG_OP = 'DELETE' THEN subject := OLD; ELSE subject := NEW; END IF;
        SELECT * INTO present FROM orders_order WHERE id = subject.id;
        SELECT payload -> 'order' INTO said FROM events_event
            WHERE tenant_id = subject.tenant_id AND order_id = subject.id ORDER BY insertion_id + 0 DESC LIMIT 1;
        IF present.id IS NOT NULL AND said IS NOT NULL
            AND (said ->> 'version')::int = present.version
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
        THEN
            RETURN NULL;
        END IF;
        IF TG_OP = 'UPDATE' THEN
            SELECT coalesce(jsonb_agg(key ORDER BY key), '[]') INTO changed FROM jsonb_each(to_jsonb(NEW)) AS new(key, value)
                WHERE value IS DISTINCT FROM to_jsonb(OLD) -> key;
        END IF;
        PERFORM orders_note_bypass(subject.tenant_id, subject.id, TG_OP, changed);
        RETURN NULL;
    END
    $$
    """,
    """
    CREATE FUNCTION orders_notice_line_bypass() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path FROM CURRENT
    AS $$
    BEGIN
        PERFORM orders_note_bypass(OLD.tenant_id, OLD.order_id, 'LINE ' || TG_OP, '[]');
        RETURN NULL;
    END
    $$
    """,
    """
    CREATE FUNCTION orders_note_bypass(tenant uuid, changed_order uuid, operation text, changed jsonb) RETURNS void
        LANGUAGE sql SET search_path FROM CURRENT
    AS $$
        INSERT INTO orders_bypass (
            tenant_id, order_id, operation, columns, database_user, application, transaction_id, noticed_at
        ) VALUES (
            tenant, changed_order, operation, changed, session_user, left(current_setting('application_name'), 64),
            pg_current_xact_id()::text::bigint, clock_timestamp()
        )
    $$
    """,
    """
    CREATE CONSTRAINT TRIGGER orders_bypass_rows AFTER INSERT OR DELETE ON orders_order
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION orders_notice_bypass()
    """,
    """
    CREATE CONSTRAINT TRIGGER orders_bypass_changes AFTER UPDATE ON orders_order
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
        EXECUTE FUNCTION orders_notice_bypass()
    """,
    """
    CREATE TRIGGER orders_bypass_lines AFTER UPDATE OR DELETE ON orders_orderline
        FOR EACH ROW EXECUTE FUNCTION orders_notice_line_bypass()
    """,
]
BACKWARD = [
    "DROP TRIGGER orders_bypass_lines ON orders_orderline",
    "DROP TRIGGER orders_bypass_changes ON orders_order",
    "DROP TRIGGER orders_bypass_rows ON orders_order",
    "DROP FUNCTION orders_note_bypass(uuid, uuid, text, jsonb)",
    "DROP FUNCTION orders_notice_line_bypass()",
    "DROP FUNCTION orders_notice_bypass()",
]


def run(statements):
    def on_postgresql(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            for statement in statements:
                schema_editor.execute(statement, params=None)

    return on_postgresql


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_bypass"), ("events", "0002_composite_keys")]
    operations = [migrations.RunPython(run(FORWARD), run(BACKWARD))]
