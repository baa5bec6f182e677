from django.db import migrations, models

KINDS = [("paused", "Paused by itself"), ("failing", "Failing"), ("well", "Sends again")]


class Migration(migrations.Migration):
    dependencies = [("connectors", "0005_scope")]
    operations = [migrations.AlterField("notice", "kind", models.CharField(choices=KINDS, max_length=10))]
