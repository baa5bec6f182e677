"""Unsubscribing by a link in a message: at once, for good, and for everybody who shares the address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.urls import reverse

from people import links, registry, rows
from people.ingest import ingest
from people.links import Origin
from people.models import Identifier, Profile, Subscription
from people.profiles import note_no
from people.records import Rejected, Track

PURPOSE = "unsubscribe"
EVENT = "Channel Unsubscribed"
SOURCE = "links"
MOST_WORDS = 400


@dataclass(frozen=True, slots=True)
class Why:
    """What was told when somebody was unsubscribed or suppressed: a code such as 5.1.1, the other side's words, and
    of which campaign's message, as far as that is known."""

    code: str = ""
    words: str = ""
    campaign: int | None = None


NOT_TOLD = Why()


def link(origin: Origin) -> str:
    return f"{settings.PUBLIC_URL}{path(origin)}"


def path(origin: Origin) -> str:
    return reverse("unsubscribe", args=[links.signed(PURPOSE, origin)])


def origin_of(token: str) -> Origin | None:
    found = links.read(PURPOSE, token)
    return found[0] if found else None


def unsubscribe(origin: Origin, *, now: datetime) -> None:
    """Whoever the link was for gets nothing over its channel any more. Idempotent; the event is told once.

    A test's link withdraws nothing: it is for whoever wants to see that it works.
    """
    person = links.person(origin) if origin.counts else None
    if person is None:
        return
    state, why = Subscription.State.UNSUBSCRIBED, Why(campaign=origin.campaign)
    withdraw([person.pk], origin.channel, state, "link", now=now, why=why)
    tell(person, EVENT, origin, now=now, key=f"{EVENT}:{origin.message_id}", Channel=origin.channel)


def withdraw(
    profile_ids: list[int],
    channel: str,
    state: str,
    cause: str,
    *,
    now: datetime,
    why: Why = NOT_TOLD,
    said_at: datetime | None = None,
    is_theirs_alone: bool = False,
) -> None:
    """Nothing is sent to these people over the channel any more, nor, unless it `is_theirs_alone`, to others with the
    same e-mail address.

    A suppression stays one, and notes who says no under it. Who said yes after `said_at` is left as they are.
    """
    meant = sorted(profile_ids) if is_theirs_alone else sharing(profile_ids, channel)
    says_no = state == Subscription.State.UNSUBSCRIBED or cause == "complaint"
    if says_no:
        note_no([(profile, channel) for profile in meant])
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO people_subscription AS present
                (profile_id, channel, state, cause, code, words, campaign, before, updated_at)
            SELECT q.id, %(channel)s, %(state)s, %(cause)s, %(code)s, %(words)s, %(campaign)s::bigint, %(before)s,
                   %(now)s::timestamptz
            FROM people_profile q WHERE q.id = ANY(%(meant)s) ORDER BY q.id
            ON CONFLICT (profile_id, channel) DO UPDATE
            SET state = EXCLUDED.state, cause = EXCLUDED.cause, updated_at = EXCLUDED.updated_at,
                code = EXCLUDED.code, words = EXCLUDED.words, campaign = EXCLUDED.campaign,
                before = CASE WHEN EXCLUDED.before = '' THEN present.state ELSE EXCLUDED.before END
            WHERE present.state NOT IN (EXCLUDED.state, 'suppressed')
              AND (present.state <> 'subscribed' OR COALESCE(present.updated_at <= %(said_at)s::timestamptz, TRUE))
            """,
            {
                "meant": rows.array(meant), "channel": channel, "state": state, "cause": cause, "now": now,
                "code": why.code[:20], "words": clean(why.words), "campaign": why.campaign, "said_at": said_at,
                "before": Subscription.State.UNSUBSCRIBED if says_no else "",
            },
        )  # fmt: skip


def sharing(profile_ids: list[int], channel: str) -> list[int]:
    """These people and, of e-mail, whoever has the address of one of them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT q.id FROM people_profile p JOIN people_profile q
              ON q.id = p.id OR (%s = 'email' AND p.email <> ''
                                 AND lower(q.email COLLATE "C") = lower(p.email COLLATE "C"))
            WHERE p.id = ANY(%s) ORDER BY q.id
            """,
            [channel, rows.array(profile_ids)],
        )
        return [pk for (pk,) in cursor.fetchall()]


def clean(words: str) -> str:
    """What somebody else said, in one short line that the database takes."""
    return " ".join(words.replace("\0", " ").encode(errors="replace").decode().split())[:MOST_WORDS]


def people_at(address: str) -> list[int]:
    """Whoever has this e-mail address, in large or small letters."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT id FROM people_profile WHERE lower(email COLLATE "C") = lower(%s COLLATE "C") ORDER BY id""",
            [address],
        )
        return [pk for (pk,) in cursor.fetchall()]


def tell(person: Profile, event: str, origin: Origin, *, now: datetime, key: str, **more: object) -> None:
    """An event of the person's, in the way of all others; told once for each `key`."""
    tell_all([Told(person, event, origin, now, key, more)], now=now)


@dataclass(frozen=True, slots=True)
class Told:
    """Something that a person did, or that happened to a message for them; once for each `key`."""

    person: Profile
    event: str
    origin: Origin | None
    at: datetime
    key: str
    more: Mapping[str, object]


def tell_all(told: Sequence[Told], *, now: datetime) -> list[Rejected]:
    """In the way of all other events, and with its refusals; of a person without any id nothing can be told."""
    campaigns = {each.origin.campaign for each in told if each.origin}
    facts = registry.campaign_facts(campaigns)
    nameless = [each.person.pk for each in told if not each.person.identity]
    anonymous = dict(Identifier.objects.filter(profile__in=nameless).order_by("-pk").values_list("profile_id", "value"))
    said = [
        Track(
            user_id=each.person.identity,
            anonymous_id=None if each.person.identity else anonymous[each.person.pk],
            event=each.event,
            at=each.at,
            properties={**origin_facts(each.origin, facts), **each.more},
            message_id=each.key,
        )
        for each in told
        if each.person.identity or each.person.pk in anonymous
    ]
    return ingest(said, source=SOURCE, now=now, live=True).rejected if said else []


def origin_facts(origin: Origin | None, facts: Mapping[int, Mapping[str, object]]) -> dict[str, object]:
    return {**facts[origin.campaign], **origin.properties} if origin else {}
