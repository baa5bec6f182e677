from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("connectors", "0007_by_name")]
    operations = [
        migrations.AddField("call", "request_headers", models.TextField(blank=True, db_default="")),
        migrations.AddField("call", "answer_headers", models.TextField(blank=True, db_default="")),
    ]
