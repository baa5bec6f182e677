"""Finds the people whom a chunk of lines names: sets, by index, however many people there are."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from segments.lists.lines import Named, Refusal
from segments.models import ListUnmatched

# One for each connection, empty after each transaction.
TABLES = """
CREATE TEMPORARY TABLE IF NOT EXISTS list_line (line bigint, kind text, value text, type text, given text)
    ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS list_hit (line bigint, profile_id bigint) ON COMMIT DELETE ROWS;
TRUNCATE list_line, list_hit;
"""
COPY = "COPY list_line (line, kind, value, type, given) FROM STDIN"
COPY_REFUSED = "COPY segments_listunmatched (upload_id, line, type, identity, reason) FROM STDIN"

# Nothing is known of a temporary table, and the planner would read all people for each chunk. By index it costs the
# same with a million people as with a hundred million: profile_email, profile_phone, and what is unique.
BY_INDEX = """
SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_bitmapscan = off;
SET LOCAL enable_seqscan = on; SET LOCAL jit = off
"""
RESET = """
SET LOCAL enable_hashjoin TO DEFAULT; SET LOCAL enable_mergejoin TO DEFAULT; SET LOCAL enable_bitmapscan TO DEFAULT
"""
HITS = """
INSERT INTO list_hit (line, profile_id)
SELECT l.line, p.id FROM list_line l JOIN people_profile p ON p.identity = l.value WHERE l.kind = 'identity'
UNION ALL
SELECT l.line, i.profile_id FROM list_line l JOIN people_identifier i ON i.value = l.value
WHERE l.kind = 'anonymous_id'
UNION ALL
SELECT l.line, p.id FROM list_line l JOIN people_profile p ON p.email = l.value WHERE l.kind = 'email'
UNION ALL
SELECT l.line, p.id FROM list_line l JOIN people_profile p ON p.phone = l.value WHERE l.kind = 'phone'
"""
ADD = """
WITH first AS (
    SELECT profile_id, min(line) AS line FROM list_hit GROUP BY profile_id
), added AS (
    INSERT INTO segments_listmember (upload_id, profile_id) SELECT %s, profile_id FROM first ORDER BY profile_id
    ON CONFLICT DO NOTHING RETURNING profile_id
)
SELECT count(*), count(DISTINCT first.line), (SELECT count(DISTINCT line) FROM list_hit)
FROM added JOIN first USING (profile_id)
"""
MISS = """
INSERT INTO segments_listunmatched (upload_id, line, type, identity, reason)
SELECT %s, line, type, given, %s FROM list_line l WHERE NOT EXISTS (SELECT FROM list_hit h WHERE h.line = l.line)
"""


@dataclass(frozen=True, slots=True)
class Match:
    """`people` are new in the list; of the lines that name somebody, `duplicates` add nobody."""

    people: int
    matched: int
    duplicates: int


def stage(named: Sequence[Named]) -> None:
    with connection.wrap_database_errors, connection.cursor() as cursor:
        cursor.execute(TABLES)
        with cursor.copy(COPY) as rows:
            for row in named:
                rows.write_row((row.line, row.kind, row.value, row.type, row.given))


def match(upload: int) -> Match:
    """Put the people of the staged lines into the upload, the lines that name nobody with the unmatched."""
    with connection.cursor() as cursor:
        cursor.execute(BY_INDEX)
        cursor.execute(HITS)
        cursor.execute(RESET)
        cursor.execute(ADD, [upload])
        people, adding, matched = cursor.fetchone()
        cursor.execute(MISS, [upload, ListUnmatched.Reason.NOBODY])
    return Match(people, matched, matched - adding)


def refuse(upload: int, refused: Sequence[Refusal]) -> None:
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(COPY_REFUSED) as rows:
        for row in refused:
            rows.write_row((upload, row.line, row.type, row.given, row.reason))
