"""The database has defaults for where a chain begins, so that the first append need not give them."""

from django.db import migrations, models

ZEROS = "0" * 64


class Migration(migrations.Migration):
    dependencies = [("audit", "0005_fixed_search_path")]
    operations = [
        migrations.AlterField("audithead", "floor", models.BigIntegerField(db_default=0, default=0)),
        migrations.AlterField(
            "audithead", "floor_hash", models.CharField(db_default=ZEROS, default=ZEROS, max_length=64)
        ),
    ]
