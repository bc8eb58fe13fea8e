"""Audit records, which the database keeps append-only: migrations 0001 to 0006 in one, for a new database."""

from importlib import import_module

import django.db.models.deletion
import django.utils.timezone
import tenants.context
from django.db import migrations, models

from tenants.db.functions import run_in_schema_of
from tenants.db.migration_operations import RunStatements
from tenants.db.row_security import protect

APPEND_ONLY = import_module("audit.migrations.0003_append_only")
FIXED_SEARCH_PATH = import_module("audit.migrations.0005_fixed_search_path")


class Migration(migrations.Migration):
    replaces = [
        ("audit", "0001_initial"),
        ("audit", "0002_checkpoint"),
        ("audit", "0003_append_only"),
        ("audit", "0004_row_security"),
        ("audit", "0005_fixed_search_path"),
        ("audit", "0006_checkpoint_defaults"),
    ]

    initial = True

    dependencies = [("tenants", "0001_squashed_0003_token_ids_count_nothing")]

    operations = [
        migrations.CreateModel(
            name="AuditHead",
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
                ("position", models.BigIntegerField(default=0)),
                (
                    "hash",
                    models.CharField(
                        default="0000000000000000000000000000000000000000000000000000000000000000", max_length=64
                    ),
                ),
                ("floor", models.BigIntegerField(db_default=0, default=0)),
                (
                    "floor_hash",
                    models.CharField(
                        db_default="0000000000000000000000000000000000000000000000000000000000000000",
                        default="0000000000000000000000000000000000000000000000000000000000000000",
                        max_length=64,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AuditLog",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.BigIntegerField(help_text="1, 2, 3 … in the order of appending.")),
                ("action", models.CharField(help_text="What was done, such as ORDER_CREATED.", max_length=50)),
                ("object_id", models.CharField(max_length=64)),
                ("metadata", models.JSONField(default=dict)),
                (
                    "event_id",
                    models.UUIDField(help_text="The event that this records; a repeat of it adds nothing.", null=True),
                ),
                ("actor", models.CharField(max_length=150)),
                ("ip", models.GenericIPAddressField(null=True)),
                ("request_id", models.CharField(blank=True, max_length=64)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("previous_hash", models.CharField(max_length=64)),
                ("hash", models.CharField(max_length=64)),
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
            ],
            options={
                "verbose_name": "audit record",
                "indexes": [
                    models.Index(fields=["tenant", "object_id", "position"], name="audit_of_object"),
                    models.Index(fields=["tenant", "action", "position"], name="audit_of_action"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "position"), name="audit_position_once"),
                    models.UniqueConstraint(fields=("tenant", "event_id", "action"), name="audit_event_once"),
                ],
            },
        ),
        RunStatements(
            APPEND_ONLY.run(postgresql=APPEND_ONLY.POSTGRESQL, sqlite=APPEND_ONLY.SQLITE),
            APPEND_ONLY.run(postgresql=APPEND_ONLY.NOT_POSTGRESQL, sqlite=APPEND_ONLY.NOT_SQLITE),
        ),
        protect("audit_auditlog"),
        protect("audit_audithead", found_by=["tenant_id", "position", "hash"]),
        RunStatements(
            run_in_schema_of("audit_auditlog", FIXED_SEARCH_PATH.FORWARD),
            run_in_schema_of("audit_auditlog", FIXED_SEARCH_PATH.BACKWARD),
        ),
    ]
