import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("segments", "0004_custom_lists")]

    operations = [
        migrations.CreateModel(
            name="Computation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(max_length=30, help_text="Who counts: a name of `segments.registry.COUNTERS`."),
                ),
                ("question", models.JSONField()),
                ("key", models.UUIDField()),
                ("version", models.CharField(max_length=100)),
                ("editor", models.UUIDField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("sampling", "Being estimated"),
                            ("waiting", "Waiting for a worker"),
                            ("running", "Being counted"),
                            ("done", "Counted"),
                            ("failed", "Not counted"),
                            ("cancelled", "Not wanted any more"),
                        ],
                        default="sampling",
                        max_length=10,
                    ),
                ),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("lease", models.UUIDField(null=True)),
                ("lease_until", models.DateTimeField(null=True)),
                ("sample", models.JSONField(null=True, help_text="The answer of the sample.")),
                ("sample_of", models.BigIntegerField(null=True, help_text="How many people the sample had.")),
                ("answer", models.JSONField(null=True)),
                ("answered_at", models.DateTimeField(null=True, help_text="The instant that the answer is of.")),
                ("seconds", models.FloatField(null=True)),
                ("trouble", models.TextField(blank=True, help_text="Why there is no answer.")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["key", "version", "answered_at"], name="computation_answers"),
                    models.Index(
                        condition=models.Q(("state__in", ["waiting", "running"])),
                        fields=["asked_at"],
                        name="computation_queue",
                    ),
                    models.Index(fields=["editor", "id"], name="computation_of_editor"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SegmentSize",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("rule", models.UUIDField(null=True, help_text="A print of the rule that was counted.")),
                ("people", models.BigIntegerField(null=True)),
                (
                    "channels",
                    models.JSONField(default=dict, help_text="Channel → people who can be reached on it."),
                ),
                (
                    "counted_at",
                    models.DateTimeField(help_text="When counting began or, with `people`, what instant they are of."),
                ),
                ("trouble", models.TextField(blank=True)),
                (
                    "segment",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sizes",
                        to="segments.segment",
                    ),
                ),
            ],
            options={"ordering": ["day"]},
        ),
        migrations.AddConstraint(
            model_name="segmentsize",
            constraint=models.UniqueConstraint(fields=("segment", "day"), name="one_size_a_day"),
        ),
    ]
