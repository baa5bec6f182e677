"""Indexes that segments need: places, zones, phones, and the one person in 64 that an estimate looks at."""

from django.db import migrations, models

CREATE = """
CREATE INDEX profile_place ON people_profile (latitude, longitude) INCLUDE (id) WHERE latitude IS NOT NULL;
CREATE INDEX profile_zone ON people_profile (id) INCLUDE (zone) WHERE zone IS NOT NULL;
CREATE INDEX device_with_token ON people_device (profile_id) WHERE token <> '';
DROP INDEX profile_sample;
CREATE INDEX profile_sample ON people_profile (id) INCLUDE (zone) WHERE id % 64 = 0;
CREATE INDEX device_sample ON people_device (profile_id) WHERE profile_id % 64 = 0;
CREATE INDEX identifier_sample ON people_identifier (profile_id) WHERE profile_id % 64 = 0;
CREATE INDEX subscription_sample ON people_subscription (channel, state, profile_id) WHERE profile_id % 64 = 0;
"""
DROP = """
DROP INDEX profile_place, profile_zone, profile_sample, device_with_token, device_sample, identifier_sample,
    subscription_sample;
CREATE INDEX profile_sample ON people_profile (id) WHERE id % 64 = 0;
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0004_sample_indexes")]
    operations = [
        migrations.RunSQL(CREATE, DROP),
        migrations.AddIndex(
            "profile",
            models.Index(fields=["phone"], condition=models.Q(phone__isnull=False), name="profile_phone"),
        ),
    ]
