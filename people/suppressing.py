"""Suppressing people whose mails come back, with what was said and of which campaign; never again for an old mail once
somebody allowed them again."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from people.unsubscribing import clean

CODE = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b|\b[45]\d\d\b")

# One statement for all: a mail server that refuses refuses many. Whoever shares the address is meant, too. Times of
# mails are to the second.
SUPPRESS = """
INSERT INTO people_subscription AS present
    (profile_id, channel, state, cause, code, words, campaign, before, updated_at)
SELECT DISTINCT ON (q.id) q.id, 'email', 'suppressed', 'bounce', told.code, told.words, told.campaign, '', %(now)s
FROM unnest(%(people)s::bigint[], %(codes)s::text[], %(words)s::text[], %(campaigns)s::bigint[],
            %(sent)s::timestamptz[]) AS told (person, code, words, campaign, sent_at)
JOIN people_profile p ON p.id = told.person
JOIN people_profile q
  ON q.id = p.id OR (p.email <> '' AND lower(q.email COLLATE "C") = lower(p.email COLLATE "C"))
WHERE NOT EXISTS (
    SELECT FROM people_lifting l
    WHERE l.profile_id IN (p.id, q.id) AND l.channel = 'email' AND date_trunc('second', l.at) > told.sent_at
)
ORDER BY q.id, q.id <> p.id, told.sent_at DESC NULLS LAST
ON CONFLICT (profile_id, channel) DO UPDATE
SET state = EXCLUDED.state, cause = EXCLUDED.cause, code = EXCLUDED.code, words = EXCLUDED.words,
    campaign = EXCLUDED.campaign, before = present.state, updated_at = EXCLUDED.updated_at
WHERE present.state <> 'suppressed'
"""


class Bounce(NamedTuple):
    """A mail to a person that came back for good: a code such as 5.1.1, the other side's words, of which campaign, and
    when the mail was sent, as far as that is known."""

    person: int
    code: str = ""
    words: str = ""
    campaign: int | None = None
    sent_at: datetime | None = None


def suppress(bounces: Sequence[Bounce], *, now: datetime) -> None:
    """Nothing is sent any more to these people by e-mail, nor to others at their addresses. Safe to repeat."""
    if not bounces:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            SUPPRESS,
            {
                "people": [each.person for each in bounces],
                "codes": [each.code[:20] for each in bounces],
                "words": [clean(each.words) for each in bounces],
                "campaigns": [each.campaign for each in bounces],
                "sent": [each.sent_at for each in bounces],
                "now": now,
            },
        )


def code_in(said: str) -> str:
    """The code of RFC 3463 where one was said, such as 5.1.1, else the mail server's own, such as 550."""
    return max(CODE.findall(said), key=lambda each: "." in each, default="")
