"""For how long nothing of a run was accepted, and when that was last looked at."""

import datetime

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0005_test_presses"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="waited",
            field=models.DurationField(
                default=datetime.timedelta,
                help_text="For how long nothing was accepted although it was tried, as last looked at.",
            ),
        ),
        migrations.AddField(
            model_name="run",
            name="looked_at",
            field=models.DateTimeField(blank=True, help_text="When that was; blank: not since it began.", null=True),
        ),
    ]
