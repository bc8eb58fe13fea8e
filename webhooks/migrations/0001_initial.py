import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import tenants.context
import tenants.values.identifiers
from tenants.db.row_security import protect


def tenant():
    return models.ForeignKey(
        db_index=False,
        default=tenants.context.current_tenant_id,
        editable=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="tenants.tenant",
    )


def key():
    return models.UUIDField(
        default=tenants.values.identifiers.uuid7, editable=False, primary_key=True, serialize=False
    )


OUTCOMES = {
    "DELIVERED": "Delivered",
    "REFUSED": "Refused",
    "GONE": "Gone",
    "TIMED_OUT": "Timed Out",
    "UNREACHABLE": "Unreachable",
    "FORBIDDEN_ADDRESS": "Forbidden Address",
    "FAILED": "Failed",
}


class Migration(migrations.Migration):
    initial = True

    dependencies = [("tenants", "0003_token_ids_count_nothing")]

    operations = [
        migrations.CreateModel(
            name="Endpoint",
            fields=[
                ("id", key()),
                ("url", models.CharField(max_length=2000, verbose_name="URL")),
                ("description", models.CharField(blank=True, max_length=200)),
                (
                    "event_types",
                    models.JSONField(blank=True, default=list, help_text="The types of events to send. Empty: all."),
                ),
                (
                    "where",
                    models.JSONField(
                        blank=True, help_text="A filter of orders, as the API has it (OrderWhere).", null=True
                    ),
                ),
                (
                    "document",
                    models.TextField(
                        blank=True,
                        help_text=(
                            "A GraphQL subscription that shapes the body. Empty: a CloudEvent with the whole order."
                        ),
                    ),
                ),
                ("secret", models.TextField(editable=False, help_text="Encrypted.")),
                (
                    "previous_secret",
                    models.TextField(blank=True, editable=False, help_text="Encrypted; signs as well for a while."),
                ),
                (
                    "previous_until",
                    models.DateTimeField(editable=False, help_text="The end of the previous secret.", null=True),
                ),
                ("enabled", models.BooleanField(default=True)),
                ("disabled_reason", models.CharField(blank=True, editable=False, max_length=200)),
                (
                    "since",
                    models.BigIntegerField(
                        default=0,
                        editable=False,
                        help_text="Events after this sequence are sent: it moves when it is enabled.",
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("changed_at", models.DateTimeField(auto_now=True)),
                ("tenant", tenant()),
            ],
            options={"indexes": [models.Index(fields=["tenant", "id"], name="endpoint_of_tenant")]},
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                ("id", key()),
                ("endpoint_id", models.UUIDField()),
                ("delivery_id", models.UUIDField(null=True)),
                ("event_id", models.UUIDField(null=True)),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("duration_seconds", models.FloatField()),
                ("outcome", models.CharField(choices=[*OUTCOMES.items()], max_length=20)),
                ("status_code", models.PositiveSmallIntegerField(null=True)),
                ("error", models.TextField(blank=True)),
                (
                    "answer",
                    models.TextField(blank=True, help_text="The first 2 KiB of the answer's body."),
                ),
                ("tenant", tenant()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["tenant", "endpoint_id", "id"], name="attempt_of_endpoint"),
                    models.Index(fields=["tenant", "started_at"], name="attempt_in_time"),
                ]
            },
        ),
        protect("webhooks_endpoint"),
        protect("webhooks_attempt", found_by=["tenant_id", "started_at"]),
    ]
