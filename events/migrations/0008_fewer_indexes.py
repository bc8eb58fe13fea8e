"""Fewer index entries for each event and delivery, and on PostgreSQL one foreign key of a delivery in place of three.

An event's place and type are indexed once it has a sequence, a delivery's end once it has succeeded: rows that are
inserted and updated soon after need no entry for the time between. A delivery's composite key (tenant, event) covers
the keys to its event and, by the event, to its tenant.
"""

import django.db.models.deletion
from django.db import migrations, models


COVERED = ("tenant_id", "event_id")


def drop_covered_keys(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        table = apps.get_model("events", "Delivery")
        for column in COVERED:
            for name in schema_editor._constraint_names(table, [column], foreign_key=True):
                schema_editor.execute(schema_editor._delete_fk_sql(table, name))


def make_covered_keys(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        table = apps.get_model("events", "Delivery")
        for column in COVERED:
            field = table._meta.get_field(column.removesuffix("_id"))
            schema_editor.execute(schema_editor._create_fk_sql(table, field, "_fk_%(to_table)s_%(to_column)s"))


class Migration(migrations.Migration):

    dependencies = [
        ('events', '0007_dispatcher_heartbeat'),
        ('tenants', '0003_token_ids_count_nothing'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='event',
            name='event_sequence_once',
        ),
        migrations.RemoveIndex(
            model_name='delivery',
            name='delivery_of_receiver',
        ),
        migrations.RemoveIndex(
            model_name='event',
            name='event_of_type',
        ),
        migrations.AlterField(
            model_name='delivery',
            name='event',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='events.event'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('status', 'SUCCEEDED')), fields=['tenant', 'receiver', 'finished_at'], name='delivery_succeeded'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(('sequence__isnull', False)), fields=['tenant', 'type', 'sequence'], name='event_of_type'),
        ),
        migrations.AddConstraint(
            model_name='event',
            constraint=models.UniqueConstraint(condition=models.Q(('sequence__isnull', False)), fields=('tenant', 'sequence'), name='event_sequence_once'),
        ),
        migrations.RunPython(drop_covered_keys, make_covered_keys),
    ]
