"""When the file of an import was removed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0011_liftings"),
    ]

    operations = [
        migrations.AddField(
            model_name="import",
            name="file_removed_at",
            field=models.DateTimeField(blank=True, help_text="When its file had been kept long enough.", null=True),
        ),
    ]
