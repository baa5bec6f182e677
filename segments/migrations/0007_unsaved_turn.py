from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("segments", "0006_unsaved")]

    operations = [
        migrations.AddField(
            model_name="unsaved",
            name="turn",
            field=models.BigIntegerField(
                default=0, help_text="Rises with each word of the page: what is older does not overwrite what is newer."
            ),
        ),
    ]
