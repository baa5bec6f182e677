import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

OWNER = models.ForeignKey(
    settings.AUTH_USER_MODEL,
    django.db.models.deletion.PROTECT,
    related_name="+",
    null=True,
    blank=True,
    help_text="Told of trouble.",
)
KINDS = [("paused", "Paused by itself"), ("failing", "Does not answer"), ("well", "Sends again")]
TO_MAIL = models.Q(due_at__isnull=False)


class Migration(migrations.Migration):
    dependencies = [("connectors", "0002_pace"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.AddField("connection", "owner", OWNER),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("kind", models.CharField(choices=KINDS, max_length=10)),
                ("words", models.TextField(blank=True)),
                ("due_at", models.DateTimeField(null=True, blank=True, default=django.utils.timezone.now)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("told", models.TextField(blank=True)),
                (
                    "connection",
                    models.ForeignKey("connectors.connection", django.db.models.deletion.CASCADE, related_name="+"),
                ),
            ],
            options={
                "ordering": ["-at", "-pk"],
                "indexes": [
                    models.Index(fields=["connection", "-at"], name="notices_of_connection"),
                    models.Index(fields=["due_at"], condition=TO_MAIL, name="notices_to_mail"),
                ],
            },
        ),
    ]
