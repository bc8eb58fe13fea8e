from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events", "0009_resumed_at")]

    operations = [
        migrations.AddField(
            model_name="stream",
            name="asked_for",
            field=models.TextField(
                blank=True,
                db_default="",
                default="",
                help_text="The receivers on request that the tenant has asked for, with spaces between.",
            ),
        ),
    ]
