"""Index of e-mail addresses in small letters: who shares one is found by it."""

from django.db import migrations

CREATE = 'CREATE INDEX CONCURRENTLY profile_email_folded ON people_profile (lower(email COLLATE "C"))'
DROP = "DROP INDEX CONCURRENTLY profile_email_folded"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("people", "0006_ways_in")]
    operations = [migrations.RunSQL(CREATE, DROP)]
