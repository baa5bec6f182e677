"""Index of the messages of the one person in 64 that an estimate looks at; of columns that never change."""

from django.db import migrations

CREATE = "CREATE INDEX delivery_sample ON campaigns_delivery (message_id, profile_id) WHERE profile_id % 64 = 0"
DROP = "DROP INDEX delivery_sample"


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0002_run_trouble")]
    operations = [migrations.RunSQL(CREATE, DROP)]
