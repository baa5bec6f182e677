"""Test sends: who gets them, what was sent and what became of it."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0003_delivery_sample"),
        ("people", "0005_segment_indexes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Tester",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("added_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "added_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "profile",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="people.profile"
                    ),
                ),
            ],
            options={
                "ordering": ["added_at", "pk"],
                "verbose_name": "test person",
                "verbose_name_plural": "test people",
            },
        ),
        migrations.CreateModel(
            name="TestSend",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("occurrence", models.DateTimeField(help_text="Of the run that it stands for.")),
                ("number", models.PositiveIntegerField(help_text="Of the run that it stands for.")),
                ("snapshot", models.JSONField()),
                (
                    "is_told",
                    models.BooleanField(default=True, help_text="Where people read first it says that it is a test."),
                ),
                (
                    "address",
                    models.CharField(
                        blank=True, help_text="All of it goes there; empty: to each person's.", max_length=254
                    ),
                ),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="campaigns.campaign"
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="TestMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("copy_id", models.BigIntegerField()),
                ("copy", models.CharField(max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("accepted", "Accepted"),
                            ("failed", "Failed"),
                            ("excluded", "Excluded"),
                            ("unknown", "Unknown"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=30)),
                ("answer", models.TextField(blank=True)),
                (
                    "profile",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="people.profile"
                    ),
                ),
                (
                    "send",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="messages", to="campaigns.testsend"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.AddIndex(
            model_name="testsend",
            index=models.Index(fields=["by", "-at"], name="test_sends_of_user"),
        ),
        migrations.AddIndex(
            model_name="testmessage",
            index=models.Index(condition=models.Q(("state", "queued")), fields=["send"], name="test_messages_queued"),
        ),
    ]
