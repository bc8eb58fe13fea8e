"""Tokens get UUIDs for ids, which count nothing; nothing refers to them, so that a new table takes the old one's place."""

import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import tenants.values.identifiers

COLUMNS = (
    *("tenant_id", "name", "prefix", "digest", "scopes", "created_at", "expires_at", "revoked_at", "last_used_at"),
)


def uuid7_of(made: datetime) -> UUID:
    """A UUID (RFC 9562, version 7) of that time, so that lists go on by when tokens were made."""
    milliseconds = int(made.timestamp() * 1000)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62))


def copy(apps: Any, schema_editor: Any) -> None:
    """Take all tokens over."""
    old, new = apps.get_model("tenants", "ApiToken"), apps.get_model("tenants", "NewApiToken")
    rows = old.objects.order_by("pk").values(*COLUMNS).iterator(chunk_size=1000)
    new.objects.bulk_create((new(id=uuid7_of(row["created_at"]), **row) for row in rows), batch_size=1000)
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else the table could not be renamed


class Migration(migrations.Migration):
    dependencies = [("tenants", "0002_relay_role")]

    operations = [
        migrations.CreateModel(
            name="NewApiToken",
            fields=[
                ("id", models.UUIDField(default=tenants.values.identifiers.uuid7, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=100)),
                (
                    "prefix",
                    models.CharField(
                        editable=False, help_text="The token's first characters, to recognise it by.", max_length=12
                    ),
                ),
                ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                ("scopes", models.JSONField(default=list)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                ("last_used_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="tenants.tenant"
                    ),
                ),
            ],
        ),
        migrations.RunPython(copy),
        migrations.DeleteModel("ApiToken"),
        migrations.RenameModel("NewApiToken", "ApiToken"),
        migrations.AlterField(
            "ApiToken",
            "tenant",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="tokens", to="tenants.tenant"
            ),
        ),
    ]
