"""Custom lists, with an index of the one person in 64 that an estimate looks at."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

CREATE = """
CREATE INDEX listmember_sample ON segments_listmember (upload_id, profile_id) WHERE profile_id % 64 = 0;
"""
DROP = "DROP INDEX listmember_sample"


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0004_sample_indexes"),
        ("segments", "0003_kind"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CustomList",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="ListUpload",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("mapping", "Waiting for its mapping"),
                            ("waiting", "Waiting for a worker"),
                            ("running", "Running"),
                            ("completed", "Completed"),
                            ("failed", "Failed"),
                            ("stopped", "Stopped"),
                        ],
                        default="mapping",
                        max_length=10,
                    ),
                ),
                ("file_name", models.CharField(max_length=255)),
                ("path", models.CharField(help_text="Relative to the uploads directory.", max_length=500)),
                ("size", models.BigIntegerField(help_text="Bytes.")),
                ("mapping", models.JSONField(default=dict, help_text="column → property, with its type.")),
                ("position", models.BigIntegerField(default=0, help_text="Bytes done.")),
                ("line", models.BigIntegerField(default=1, help_text="Lines done, the header included.")),
                ("error", models.TextField(blank=True)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("completed_at", models.DateTimeField(blank=True, null=True)),
                ("matched", models.BigIntegerField(default=0, help_text="Lines that name somebody.")),
                ("duplicates", models.BigIntegerField(default=0, help_text="Of these, lines that add nobody.")),
                ("unmatched", models.BigIntegerField(default=0, help_text="Lines that name nobody.")),
                ("people", models.BigIntegerField(default=0, help_text="In the list by this upload.")),
                ("is_cleared", models.BooleanField(default=False)),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "list",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="uploads",
                        to="segments.customlist",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at", "-pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ListUnmatched",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "upload_id", "line", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("line", models.BigIntegerField()),
                ("type", models.TextField(blank=True)),
                ("identity", models.TextField(blank=True)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("nobody", "Nobody has it."),
                            ("no_identity", "There is nothing that says who."),
                            ("unknown_type", "The type is none of identity, anonymous id, e-mail and phone."),
                            ("bad_identity", "That cannot be an identity or an anonymous id."),
                            ("bad_email", "The e-mail address is not valid."),
                            ("bad_phone", "The phone number is not valid: it begins with + and the country."),
                            ("too_many_values", "The line has more values than there are columns."),
                            ("unreadable", "The line cannot be read: is a quote not closed?"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "upload",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="unmatched_lines",
                        to="segments.listupload",
                    ),
                ),
            ],
            options={
                "ordering": ["line"],
            },
        ),
        migrations.CreateModel(
            name="ListMember",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "upload_id", "profile_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "profile",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="people.profile",
                    ),
                ),
                (
                    "upload",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="members",
                        to="segments.listupload",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="customlist",
            name="current",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="segments.listupload",
            ),
        ),
        migrations.RunSQL(CREATE, DROP),
    ]
