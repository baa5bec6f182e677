"""Bounces are of addresses: with another address a person leaves them behind, with one that bounced takes them on."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from people import rows

# What was true before the bounce is true again; who said no under it stays unsubscribed.
LEAVE = """
WITH left_behind AS (
    SELECT s.id, s.before FROM people_subscription s JOIN people_profile p ON p.id = s.profile_id
    WHERE s.profile_id = ANY(%s) AND s.channel = 'email' AND s.state = 'suppressed' AND s.cause = 'bounce'
      AND NOT EXISTS (SELECT FROM people_bouncedaddress b WHERE b.address = lower(p.email COLLATE "C"))
    ORDER BY s.profile_id FOR UPDATE OF s
),
gone AS (
    DELETE FROM people_subscription WHERE id IN (SELECT id FROM left_behind WHERE before = '')
)
UPDATE people_subscription s
SET state = l.before, cause = '', code = '', words = '', campaign = NULL, before = '', updated_at = %s
FROM left_behind l WHERE s.id = l.id AND l.before <> ''
"""

TAKE_ON = """
INSERT INTO people_subscription AS present
    (profile_id, channel, state, cause, code, words, campaign, before, updated_at)
SELECT p.id, 'email', 'suppressed', 'bounce', b.code, b.words, b.campaign, '', %s
FROM people_profile p JOIN people_bouncedaddress b ON b.address = lower(p.email COLLATE "C")
WHERE p.id = ANY(%s)
ORDER BY p.id
ON CONFLICT (profile_id, channel) DO UPDATE
SET state = EXCLUDED.state, cause = EXCLUDED.cause, code = EXCLUDED.code, words = EXCLUDED.words,
    campaign = EXCLUDED.campaign, before = present.state, updated_at = EXCLUDED.updated_at
WHERE present.state <> 'suppressed'
"""


def follow(profiles: Sequence[int], *, now: datetime) -> None:
    """These people have another address than before, or their first one. Safe to repeat."""
    if not profiles:
        return
    ids = rows.array(sorted(profiles))
    with connection.cursor() as cursor:
        cursor.execute(LEAVE, [ids, now])
        cursor.execute(TAKE_ON, [now, ids])
