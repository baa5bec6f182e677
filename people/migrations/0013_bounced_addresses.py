"""Addresses that mail servers refuse for good, and since when people have the address that they have."""

from django.db import migrations, models

KNOWN = """
INSERT INTO people_bouncedaddress (address, code, words, campaign, at)
SELECT DISTINCT ON (lower(p.email COLLATE "C")) lower(p.email COLLATE "C"), s.code, s.words, s.campaign, s.updated_at
FROM people_subscription s JOIN people_profile p ON p.id = s.profile_id
WHERE s.channel = 'email' AND s.state = 'suppressed' AND s.cause = 'bounce' AND p.email <> ''
ORDER BY lower(p.email COLLATE "C"), s.updated_at
"""


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0012_import_file_removed_at"),
    ]

    operations = [
        migrations.AddField(
            model_name="profile",
            name="email_since",
            field=models.DateTimeField(blank=True, help_text="Since when they have it.", null=True),
        ),
        migrations.CreateModel(
            name="BouncedAddress",
            fields=[
                (
                    "address",
                    models.CharField(
                        db_collation="C",
                        help_text="In small letters.",
                        max_length=320,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("code", models.CharField(blank=True, help_text="Such as 5.1.1.", max_length=20)),
                ("words", models.CharField(blank=True, help_text="What the mail server said.", max_length=400)),
                ("campaign", models.BigIntegerField(blank=True, help_text="Whose message came back.", null=True)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
    ]
