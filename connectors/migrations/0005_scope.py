import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """What of a rate was used up lately begins anew; which connections share one is found when it is first asked for."""

    dependencies = [("connectors", "0004_call_is_test")]
    operations = [
        migrations.CreateModel(
            name="Scope",
            fields=[
                (
                    "key",
                    models.CharField(
                        help_text="Of connectors.scopes: nothing can be read in it.",
                        max_length=100,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("not_before", models.DateTimeField(blank=True, null=True)),
                ("allowance", models.FloatField(default=0)),
                ("allowance_at", models.DateTimeField(blank=True, null=True)),
                ("pace", models.FloatField(blank=True, null=True)),
                ("pace_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.AddField(
            "connection",
            "scope",
            models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="connectors.scope",
            ),
        ),
        *(migrations.RemoveField("connection", name) for name in ("allowance", "allowance_at", "pace", "pace_at")),
    ]
