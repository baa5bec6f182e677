"""What every event pays for: the summary is found by person and name alone, and nothing checks foreign keys there; the
days of message ids lie in order on the disk, so a block range index finds the old ones."""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

LEAN = """
ALTER TABLE people_profileevent
    DROP CONSTRAINT people_profileevent_name_id_0d85d1d0_fk_people_eventname_id,
    DROP CONSTRAINT people_profileevent_profile_id_73d3ee4b_fk_people_profile_id,
    DROP CONSTRAINT people_profileevent_pkey,
    DROP CONSTRAINT one_summary_a_name,
    ADD CONSTRAINT people_profileevent_pkey PRIMARY KEY (profile_id, name_id)
"""
FULL = """
ALTER TABLE people_profileevent
    DROP CONSTRAINT people_profileevent_pkey,
    ADD CONSTRAINT people_profileevent_pkey PRIMARY KEY (id),
    ADD CONSTRAINT one_summary_a_name UNIQUE (profile_id, name_id),
    ADD CONSTRAINT people_profileevent_name_id_0d85d1d0_fk_people_eventname_id
        FOREIGN KEY (name_id) REFERENCES people_eventname (id) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT people_profileevent_profile_id_73d3ee4b_fk_people_profile_id
        FOREIGN KEY (profile_id) REFERENCES people_profile (id) DEFERRABLE INITIALLY DEFERRED
"""


def key(to: str, on_delete: object) -> models.Field:
    return models.ForeignKey(to=to, on_delete=on_delete, related_name="+", db_constraint=False, db_index=False)


class Migration(migrations.Migration):
    dependencies = [("people", "0008_reasons_of_requests_turned_away")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(LEAN, FULL)],
            state_operations=[
                migrations.RemoveConstraint("profileevent", "one_summary_a_name"),
                migrations.AlterField(
                    "profileevent", "name", key("people.eventname", django.db.models.deletion.PROTECT)
                ),
                migrations.AlterField(
                    "profileevent", "profile", key("people.profile", django.db.models.deletion.CASCADE)
                ),
            ],
        ),
        migrations.AlterField("seenmessage", "received_on", models.DateField()),
        migrations.AddIndex(
            "seenmessage",
            django.contrib.postgres.indexes.BrinIndex(fields=["received_on"], autosummarize=True, name="seen_by_day"),
        ),
    ]
