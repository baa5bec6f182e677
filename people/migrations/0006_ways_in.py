"""What came in by each way, hour by hour, and what of it was refused."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_api_key_words"), ("people", "0005_segment_indexes")]
    operations = [
        migrations.CreateModel(
            name="Refusal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("way", models.CharField(max_length=20)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("place", models.IntegerField(null=True)),
                ("code", models.CharField(max_length=50)),
                ("reason", models.TextField()),
                ("record", models.TextField(blank=True, help_text="How it began, secrets masked.")),
                ("times", models.BigIntegerField(default=1)),
                (
                    "key",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.apikey"
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-pk"],
                "indexes": [models.Index(fields=["way", "-id"], name="refusals_of_way")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("place", None)), fields=("way", "code"), name="one_row_of_those_turned_away"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="WayHour",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("way", models.CharField(max_length=20)),
                ("hour", models.DateTimeField(db_index=True)),
                ("accepted", models.BigIntegerField(default=0)),
                ("refused", models.BigIntegerField(default=0)),
                ("turned_away", models.BigIntegerField(default=0)),
                ("last_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "key",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.apikey"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("way", "key", "hour"), name="one_count_an_hour", nulls_distinct=False
                    )
                ],
            },
        ),
    ]
