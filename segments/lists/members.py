"""Who is in an upload, kept right while people become one with others."""

from collections.abc import Sequence

from django.db import connection
from psycopg.sql import SQL

from people.merging import PAIRS, columns

NAME = "members of custom lists"

# A known person who is in the list already stays in it once: a line less that adds somebody.
FOLLOW = SQL("""
WITH gone AS (
    DELETE FROM segments_listmember m USING {pairs} WHERE m.profile_id = gone RETURNING m.upload_id, stays
), kept AS (
    INSERT INTO segments_listmember (upload_id, profile_id) SELECT DISTINCT upload_id, stays FROM gone
    ON CONFLICT DO NOTHING RETURNING upload_id
), fewer AS (
    SELECT upload_id, sum(people) AS people
    FROM (SELECT upload_id, 1 AS people FROM gone UNION ALL SELECT upload_id, -1 FROM kept) changes
    GROUP BY upload_id HAVING sum(people) > 0
)
UPDATE segments_listupload u SET people = u.people - fewer.people, duplicates = u.duplicates + fewer.people
FROM fewer WHERE u.id = fewer.upload_id
""")


def follow_merge(merges: Sequence[tuple[int, int]]) -> None:
    """Members who are merged away become those who stay. Waits for the chunk that is being matched, if any."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(hashtext(%s))", [NAME])
        cursor.execute(FOLLOW.format(pairs=PAIRS), columns(merges))


def hold() -> None:
    """Nobody is merged from here to the end of the transaction: a match would be of a person who is gone by then."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [NAME])
