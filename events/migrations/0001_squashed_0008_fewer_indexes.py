"""Events, deliveries and switches: migrations 0001 to 0008 in one, for a new database."""

from importlib import import_module

import django.db.models.deletion
import django.utils.timezone
import tenants.context
import tenants.values.identifiers
from django.db import migrations, models

from tenants.db.migration_operations import RunStatements
from tenants.db.row_security import protect, running

COMPOSITE_KEYS = import_module("events.migrations.0002_composite_keys")
ROW_SECURITY = import_module("events.migrations.0004_row_security")
IN_TIME = import_module("events.migrations.0006_events_in_time")


def drop_covered_keys(apps, schema_editor):
    """On PostgreSQL, never add a delivery's keys to its event and tenant: its composite key covers both."""
    if schema_editor.connection.vendor == "postgresql":
        for statement in list(schema_editor.deferred_sql):
            if "FOREIGN KEY" in str(statement) and statement.parts["table"].table == "events_delivery":
                schema_editor.deferred_sql.remove(statement)


class Migration(migrations.Migration):
    replaces = [
        ("events", "0001_initial"),
        ("events", "0002_composite_keys"),
        ("events", "0003_delivery_indexes"),
        ("events", "0004_row_security"),
        ("events", "0005_event_numbered_at"),
        ("events", "0006_events_in_time"),
        ("events", "0007_dispatcher_heartbeat"),
        ("events", "0008_fewer_indexes"),
    ]

    initial = True

    dependencies = [("tenants", "0001_squashed_0003_token_ids_count_nothing")]

    operations = [
        migrations.CreateModel(
            name="Stream",
            fields=[
                (
                    "tenant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="tenants.tenant",
                    ),
                ),
                ("head", models.BigIntegerField(default=0, help_text="The last sequence given; it survives pruning.")),
                (
                    "floor",
                    models.BigIntegerField(
                        default=0, help_text="The last sequence pruned; a cursor before it has expired."
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("insertion_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("id", models.UUIDField(default=tenants.values.identifiers.uuid7, editable=False, unique=True)),
                ("sequence", models.BigIntegerField(editable=False, null=True)),
                ("type", models.CharField(max_length=50)),
                ("schema_version", models.PositiveSmallIntegerField(default=1)),
                ("order_id", models.UUIDField()),
                ("order_version", models.PositiveIntegerField()),
                ("payload", models.JSONField(help_text='{"order": full snapshot, "changes": {field: [old, new]}}')),
                ("actor", models.CharField(max_length=150)),
                ("ip", models.GenericIPAddressField(null=True)),
                ("request_id", models.CharField(blank=True, max_length=64)),
                ("traceparent", models.CharField(blank=True, max_length=55)),
                ("occurred_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        default=tenants.context.current_tenant_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
                (
                    "numbered_at",
                    models.DateTimeField(
                        editable=False, help_text="When a turn found it committed and gave it its place.", null=True
                    ),
                ),
            ],
            options={
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(
                        condition=models.Q(("sequence", None)),
                        fields=["tenant", "insertion_id"],
                        name="event_unnumbered",
                    ),
                    models.Index(fields=["tenant", "order_id", "sequence"], name="event_of_order"),
                    models.Index(
                        condition=models.Q(("sequence__isnull", False)),
                        fields=["tenant", "type", "sequence"],
                        name="event_of_type",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "insertion_id"), name="event_of_tenant"),
                    models.UniqueConstraint(
                        condition=models.Q(("sequence__isnull", False)),
                        fields=("tenant", "sequence"),
                        name="event_sequence_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("receiver", models.CharField(max_length=50)),
                ("order_id", models.UUIDField()),
                ("sequence", models.BigIntegerField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("PENDING", "Pending"),
                            ("RUNNING", "Running"),
                            ("SUCCEEDED", "Succeeded"),
                            ("RETRYING", "Retrying"),
                            ("DEAD", "Dead"),
                            ("SKIPPED", "Skipped"),
                        ],
                        default="PENDING",
                        max_length=10,
                    ),
                ),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("attempt_token", models.UUIDField(null=True)),
                (
                    "last_error",
                    models.TextField(blank=True, help_text="For operators; clients see that it failed, not why."),
                ),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, help_text="When it was opened, or opened again."
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        default=tenants.context.current_tenant_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="events.event",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "deliveries",
                "indexes": [
                    models.Index(
                        condition=models.Q(("status__in", ["PENDING", "RUNNING", "RETRYING"])),
                        fields=["tenant", "due_at"],
                        name="delivery_due",
                    ),
                    models.Index(fields=["tenant", "order_id", "receiver", "sequence"], name="delivery_of_order"),
                    models.Index(fields=["tenant", "sequence"], name="delivery_in_order"),
                    models.Index(
                        condition=models.Q(("status", "DEAD")),
                        fields=["tenant", "sequence", "id"],
                        name="delivery_dead",
                    ),
                    models.Index(
                        condition=models.Q(("status", "SUCCEEDED")),
                        fields=["tenant", "receiver", "finished_at"],
                        name="delivery_succeeded",
                    ),
                ],
                "constraints": [models.UniqueConstraint(fields=("event", "receiver"), name="delivery_once")],
            },
        ),
        migrations.CreateModel(
            name="ReceiverSwitch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("receiver", models.CharField(max_length=50)),
                ("enabled", models.BooleanField(default=True)),
                ("changed_at", models.DateTimeField(auto_now=True)),
                (
                    "tenant",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "receiver switches",
                "constraints": [
                    models.UniqueConstraint(fields=("receiver", "tenant"), name="switch_once_per_tenant"),
                    models.UniqueConstraint(
                        condition=models.Q(("tenant", None)), fields=("receiver",), name="switch_once_for_all"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DispatcherHeartbeat",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("host", models.CharField(max_length=100)),
                ("started_at", models.DateTimeField(auto_now_add=True)),
                ("seen_at", models.DateTimeField()),
            ],
        ),
        RunStatements(drop_covered_keys, RunStatements.noop),
        RunStatements(running([COMPOSITE_KEYS.FORWARD]), running([COMPOSITE_KEYS.BACKWARD])),
        protect("events_event", found_by=["tenant_id", "insertion_id", "id", "sequence"]),
        protect("events_delivery", found_by=ROW_SECURITY.WORK),
        RunStatements(running([IN_TIME.FORWARD]), running([IN_TIME.BACKWARD])),
    ]
