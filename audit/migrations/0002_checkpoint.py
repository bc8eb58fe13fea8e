"""The checkpoint that pruning keeps: from there a chain is verified."""

from django.db import migrations, models

ZEROS = "0" * 64


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [
        migrations.AddField("audithead", "floor", models.BigIntegerField(default=0)),
        migrations.AddField("audithead", "floor_hash", models.CharField(default=ZEROS, max_length=64)),
    ]
