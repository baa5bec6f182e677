"""Indexes of the one person in 64 that an estimate looks at."""

from django.db import migrations

CREATE = """
CREATE INDEX profile_sample ON people_profile (id) WHERE id % 64 = 0;
CREATE INDEX event_sample ON people_event (name_id, at) INCLUDE (profile_id) WHERE profile_id % 64 = 0;
CREATE INDEX summary_sample ON people_profileevent (name_id, last_at) INCLUDE (profile_id, count, first_at)
    WHERE profile_id % 64 = 0;
"""
DROP = "DROP INDEX profile_sample, event_sample, summary_sample"


class Migration(migrations.Migration):
    dependencies = [("people", "0003_import_refusals_and_totals")]
    operations = [migrations.RunSQL(CREATE, DROP)]
