"""When a batch was done and how many people of it were accepted: how fast a run goes is read from a few rows."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0006_run_waited"),
    ]

    operations = [
        migrations.AddField(
            model_name="batch",
            name="done_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="batch",
            name="accepted",
            field=models.PositiveIntegerField(db_default=0, default=0, help_text="People, when it was done."),
        ),
        migrations.AddIndex(
            model_name="batch",
            index=models.Index(condition=models.Q(("state", "done")), fields=["run", "done_at"], name="batch_done"),
        ),
    ]
