"""On PostgreSQL events of some time are found without reading all of them.

They lie on the disk about as they happened, so it is enough to know of each stretch of pages from when to when it goes:
a few hundred bytes for each million events, and next to nothing for an insert. SQLite has no such index.
"""

from django.db import migrations

FORWARD = """
CREATE INDEX event_in_time ON events_event USING brin (occurred_at) WITH (pages_per_range = 16, autosummarize = on)
"""
BACKWARD = "DROP INDEX event_in_time"


def run(sql):
    def on_postgresql(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(sql)

    return on_postgresql


class Migration(migrations.Migration):
    dependencies = [("events", "0005_event_numbered_at")]
    operations = [migrations.RunPython(run(FORWARD), run(BACKWARD))]
