import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("segments", "0005_computation_and_segmentsize"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Unsaved",
            fields=[
                ("key", models.UUIDField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=4)),
                ("typed", models.JSONField(default=dict)),
                ("kept_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("is_over", models.BooleanField(default=False)),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "segment",
                    models.ForeignKey(
                        help_text="Null while it is a new one.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="segments.segment",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "unsaved segments",
                "indexes": [models.Index(fields=["owner", "kept_at"], name="unsaved_of_owner")],
            },
        ),
    ]
