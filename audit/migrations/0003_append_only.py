"""The database itself refuses to change or remove audit records, unless the transaction is unlocked (audit.lock)."""

from django.db import migrations

POSTGRESQL = [
    """
    CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF coalesce(current_setting('orders.audit_unlocked', true), '') <> 'on' THEN
            RAISE EXCEPTION 'audit records are append-only: % is refused', TG_OP USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NULL;
    END
    $$
    """,
    """
    CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_auditlog
        FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()
    """,
]
NOT_POSTGRESQL = ["DROP TRIGGER audit_append_only ON audit_auditlog", "DROP FUNCTION audit_refuse()"]

SQLITE = [
    # A trigger of a table sees neither settings nor temporary tables: a row here, never committed, unlocks.
    "CREATE TABLE audit_unlocked (reason text NOT NULL)",
    *(
        f"""
        CREATE TRIGGER audit_refuse_{operation.lower()} BEFORE {operation} ON audit_auditlog
            WHEN NOT EXISTS (SELECT 1 FROM audit_unlocked)
        BEGIN
            SELECT RAISE(ABORT, 'audit records are append-only: {operation} is refused');
        END
        """
        for operation in ("UPDATE", "DELETE")
    ),
    # INSERT OR REPLACE removes what is in its way without a word to the trigger above.
    """
    CREATE TRIGGER audit_refuse_replace BEFORE INSERT ON audit_auditlog
        WHEN NOT EXISTS (SELECT 1 FROM audit_unlocked) AND (
            EXISTS (SELECT 1 FROM audit_auditlog WHERE id = NEW.id)
            OR EXISTS (SELECT 1 FROM audit_auditlog WHERE tenant_id = NEW.tenant_id AND position = NEW.position)
            OR EXISTS (
                SELECT 1 FROM audit_auditlog
                WHERE tenant_id = NEW.tenant_id AND event_id = NEW.event_id AND action = NEW.action
            )
        )
    BEGIN
        SELECT RAISE(ABORT, 'audit records are append-only: REPLACE is refused');
    END
    """,
]
NOT_SQLITE = [
    "DROP TRIGGER audit_refuse_update",
    "DROP TRIGGER audit_refuse_delete",
    "DROP TRIGGER audit_refuse_replace",
    "DROP TABLE audit_unlocked",
]


def run(**statements):
    def on_vendor(apps, schema_editor):
        for statement in statements[schema_editor.connection.vendor]:
            schema_editor.execute(statement, params=None)

    return on_vendor


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_checkpoint")]
    operations = [
        migrations.RunPython(
            run(postgresql=POSTGRESQL, sqlite=SQLITE), run(postgresql=NOT_POSTGRESQL, sqlite=NOT_SQLITE)
        )
    ]
