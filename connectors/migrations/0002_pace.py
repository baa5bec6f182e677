from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("connectors", "0001_initial")]
    operations = [
        migrations.AddField("connection", "pace", models.FloatField(null=True, blank=True)),
        migrations.AddField("connection", "pace_at", models.DateTimeField(null=True, blank=True)),
    ]
