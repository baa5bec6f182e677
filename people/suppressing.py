"""Suppressing people whose mails come back, with what was said and of which campaign: whoever has the address that
came back, or gets it; never again for an old mail once somebody allowed them again."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection

from people.models import Profile
from people.unsubscribing import clean

GIVEN_UP_AFTER = timedelta(days=5)
CODE = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b|\b[45]\d\d\b")

# One statement for all: a mail server that refuses refuses many. Whoever shares the address is meant, too. Times of
# mails are to the second. A mail is of an address that its person had before where it was sent before they got their
# present one; where it names another address, also within the days for which mail servers try (RFC 5321, 4.5.4.1). A
# forwarded mail names another address, too: of who has the same as ever it is their own that came back.
SUPPRESS = """
WITH told AS (
    SELECT given.*, NULLIF(lower(p.email COLLATE "C"), '') AS own, COALESCE(
        given.named <> COALESCE(lower(p.email COLLATE "C"), '') AND CASE
            WHEN given.sent_at IS NULL THEN given.named <> '' AND p.email_since IS NOT NULL
            WHEN given.named = '' THEN given.sent_at < date_trunc('second', p.email_since)
            ELSE given.sent_at < date_trunc('second', p.email_since) + %(given_up_after)s::interval
        END, FALSE) AS is_former
    FROM unnest(%(people)s::bigint[], %(named)s::text[], %(believed)s::boolean[], %(codes)s::text[], %(words)s::text[],
                %(campaigns)s::bigint[], %(sent)s::timestamptz[])
         AS given (person, named, is_believed, code, words, campaign, sent_at)
    JOIN people_profile p ON p.id = given.person
),
meant AS (
    SELECT person, CASE WHEN NOT is_former THEN own WHEN is_believed THEN NULLIF(named, '') END AS address, is_former,
           code, words, campaign, sent_at
    FROM told
    WHERE is_former OR NOT EXISTS (
        SELECT FROM people_lifting l
        WHERE l.profile_id = told.person AND l.channel = 'email' AND date_trunc('second', l.at) > told.sent_at
    )
),
remembered AS (
    INSERT INTO people_bouncedaddress (address, code, words, campaign, at)
    SELECT DISTINCT ON (address) address, code, words, campaign, %(now)s FROM meant WHERE address IS NOT NULL
    ORDER BY address, sent_at DESC NULLS LAST
    ON CONFLICT (address) DO NOTHING
)
INSERT INTO people_subscription AS present
    (profile_id, channel, state, cause, code, words, campaign, before, updated_at)
SELECT DISTINCT ON (q.id) q.id, 'email', 'suppressed', 'bounce', meant.code, meant.words, meant.campaign, '', %(now)s
FROM meant JOIN people_profile q
  ON (q.id = meant.person AND NOT meant.is_former) OR lower(q.email COLLATE "C") = meant.address
WHERE NOT EXISTS (
    SELECT FROM people_lifting l
    WHERE l.profile_id = q.id AND l.channel = 'email' AND date_trunc('second', l.at) > meant.sent_at
)
ORDER BY q.id, q.id <> meant.person, meant.sent_at DESC NULLS LAST
ON CONFLICT (profile_id, channel) DO UPDATE
SET state = EXCLUDED.state, cause = EXCLUDED.cause, code = EXCLUDED.code, words = EXCLUDED.words,
    campaign = EXCLUDED.campaign, before = present.state, updated_at = EXCLUDED.updated_at
WHERE present.state <> 'suppressed'
"""


class Bounce(NamedTuple):
    """A mail to a person that came back for good: a code such as 5.1.1, the other side's words, of which campaign, and
    when the mail was sent, as far as that is known. `address` is the one that is said to have come back; only where it
    is `believed` others are suppressed by it."""

    person: int
    code: str = ""
    words: str = ""
    campaign: int | None = None
    sent_at: datetime | None = None
    address: str = ""
    believed: bool = False


def suppress(bounces: Sequence[Bounce], *, now: datetime) -> None:
    """Nothing is sent any more to the addresses that came back, whoever has them. Safe to repeat."""
    if not bounces:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            SUPPRESS,
            {
                "people": [each.person for each in bounces],
                "named": [folded(each.address) for each in bounces],
                "believed": [each.believed for each in bounces],
                "codes": [each.code[:20] for each in bounces],
                "words": [clean(each.words) for each in bounces],
                "campaigns": [each.campaign for each in bounces],
                "sent": [each.sent_at for each in bounces],
                "given_up_after": str(GIVEN_UP_AFTER),
                "now": now,
            },
        )


def is_former(address: object, person: Profile, sent_at: datetime | None) -> bool:
    """Whether a mail to this address went out before the person had their present one, which is another."""
    named = folded(address) if isinstance(address, str) else ""
    if not person.email_since or named == folded(person.email or ""):
        return False
    allowed = GIVEN_UP_AFTER if named else timedelta(0)
    return bool(named) if sent_at is None else sent_at < person.email_since.replace(microsecond=0) + allowed


def folded(address: str) -> str:
    """As addresses are compared; blank for what is none."""
    return "".join(each.lower() if each.isascii() else each for each in address.strip("<> ")) if usable(address) else ""


def usable(address: str) -> bool:
    return "@" in address and "\0" not in address and len(address) <= 320


def code_in(said: str) -> str:
    """The code of RFC 3463 where one was said, such as 5.1.1, else the mail server's own, such as 550."""
    return max(CODE.findall(said), key=lambda each: "." in each, default="")
