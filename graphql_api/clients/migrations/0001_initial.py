import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import tenants.context
import tenants.values.identifiers
from tenants.db.row_security import protect


class Migration(migrations.Migration):
    initial = True
    dependencies = [("tenants", "0003_token_ids_count_nothing")]
    operations = [
        migrations.CreateModel(
            name="PublishedDocument",
            fields=[
                (
                    "digest",
                    models.CharField(
                        help_text="The SHA-256 of the text, in hexadecimal.",
                        max_length=64,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("client", models.CharField(max_length=64)),
                ("name", models.CharField(help_text="The name of its file.", max_length=200)),
                ("text", models.TextField()),
                ("published_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name="SchemaUse",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenants.values.identifiers.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "coordinate",
                    models.CharField(help_text="Such as Order.total or Query.orders(where:).", max_length=200),
                ),
                (
                    "client",
                    models.CharField(blank=True, help_text="Empty for clients that send no name.", max_length=64),
                ),
                ("client_version", models.CharField(blank=True, max_length=64)),
                (
                    "count",
                    models.BigIntegerField(help_text="Operations since the first use. An operation counts once."),
                ),
                ("first_used_at", models.DateTimeField()),
                ("last_used_at", models.DateTimeField()),
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
                "verbose_name": "use of the schema",
                "verbose_name_plural": "uses of the schema",
                "indexes": [models.Index(fields=["tenant", "last_used_at", "id"], name="schema_use_by_time")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "coordinate", "client", "client_version"), name="schema_use_once"
                    )
                ],
            },
        ),
        protect("clients_schemause"),
    ]
