"""A restored log goes on above all sequences that were ever given."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('events', '0001_squashed_0008_fewer_indexes'),
    ]

    operations = [
        migrations.AddField(
            model_name='stream',
            name='resumed_at',
            field=models.BigIntegerField(db_default=0, default=0, help_text='New sequences are greater: since the last restore, 0 if there was none.'),
        ),
    ]
