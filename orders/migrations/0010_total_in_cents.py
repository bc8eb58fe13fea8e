"""Orders have their total in cents, too, so that row-level security lets an index find totals.

On PostgreSQL a generated column would rewrite the table. So the column is a plain one, and a trigger fills it, also
for rows of the previous release. Rows that exist are filled by the next migration, which is no change that bypasses the
services: the trigger that notices those looks away from it.
"""

from typing import Any

from django.db import migrations, models
from django.db.models import F
from django.db.models.functions import Cast, Round

from tenants.db.functions import FIXED_PATH, private, run_in_schema_of

FILL = f"""
CREATE FUNCTION OUR_SCHEMA.orders_fill_cents() RETURNS trigger LANGUAGE plpgsql {FIXED_PATH} AS $$
BEGIN
    NEW.total_cents := NEW.total * 100;
    RETURN NEW;
END
$$
"""
CHANGES = """
CREATE CONSTRAINT TRIGGER orders_bypass_changes AFTER UPDATE ON OUR_SCHEMA.orders_order
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION OUR_SCHEMA.orders_notice_bypass()
"""
CHANGED = "OLD.* IS DISTINCT FROM NEW.*"
NO_CHANGES = "DROP TRIGGER orders_bypass_changes ON OUR_SCHEMA.orders_order"
FORWARD = [
    "ALTER TABLE OUR_SCHEMA.orders_order ADD COLUMN total_cents bigint NOT NULL DEFAULT 0",
    FILL,
    *private("orders_fill_cents()"),
    """
    CREATE TRIGGER orders_fill_cents BEFORE INSERT OR UPDATE OF total, total_cents ON OUR_SCHEMA.orders_order
        FOR EACH ROW EXECUTE FUNCTION OUR_SCHEMA.orders_fill_cents()
    """,
    "ALTER TABLE OUR_SCHEMA.orders_order ENABLE ALWAYS TRIGGER orders_fill_cents",
    NO_CHANGES,
    CHANGES.format(condition=f"{CHANGED} AND (OLD.total_cents = NEW.total_cents OR OLD.total <> NEW.total)"),
]
BACKWARD = [
    NO_CHANGES,
    CHANGES.format(condition=CHANGED),
    "DROP TRIGGER orders_fill_cents ON OUR_SCHEMA.orders_order",
    "DROP FUNCTION OUR_SCHEMA.orders_fill_cents()",
    "ALTER TABLE OUR_SCHEMA.orders_order DROP COLUMN total_cents",
]


class AddComputed(migrations.AddField):
    """``AddField``; on PostgreSQL by the statements above."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            run_in_schema_of("orders_order", FORWARD)(None, schema_editor)
        else:
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            run_in_schema_of("orders_order", BACKWARD)(None, schema_editor)
        else:
            super().database_backwards(app_label, schema_editor, from_state, to_state)


class Migration(migrations.Migration):
    dependencies = [("orders", "0009_find_by_lines")]
    operations = [
        AddComputed(
            "order",
            "total_cents",
            models.GeneratedField(
                db_persist=True,
                expression=Cast(Round(F("total") * 100), models.BigIntegerField()),
                output_field=models.BigIntegerField(),
            ),
        ),
    ]
