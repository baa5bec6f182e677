from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("connectors", "0003_owner_and_notices")]
    operations = [migrations.AddField("call", "is_test", models.BooleanField(default=False))]
