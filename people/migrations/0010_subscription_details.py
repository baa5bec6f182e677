"""Why somebody is unsubscribed or suppressed, as it was told."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0009_lean_summary"),
    ]

    operations = [
        migrations.AddField(
            model_name="subscription",
            name="before",
            field=models.CharField(
                blank=True,
                choices=[("subscribed", "Subscribed"), ("unsubscribed", "Unsubscribed"), ("suppressed", "Suppressed")],
                db_default="",
                help_text="What a suppression that is lifted gives way to. Blank: nothing was said.",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="campaign",
            field=models.BigIntegerField(blank=True, help_text="Whose message it was about.", null=True),
        ),
        migrations.AddField(
            model_name="subscription",
            name="code",
            field=models.CharField(blank=True, db_default="", help_text="Such as 5.1.1, of a bounce.", max_length=20),
        ),
        migrations.AddField(
            model_name="subscription",
            name="words",
            field=models.CharField(blank=True, db_default="", help_text="What the other side said.", max_length=400),
        ),
    ]
