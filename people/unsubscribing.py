"""Unsubscribing by a link in a message: at once, for good, and for everybody who shares the address."""

from datetime import datetime

from django.conf import settings
from django.db import connection
from django.urls import reverse

from people import links, registry
from people.ingest import ingest
from people.links import Origin
from people.models import Identifier, Profile, Subscription
from people.records import Track

PURPOSE = "unsubscribe"
EVENT = "Channel Unsubscribed"
SOURCE = "links"


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
    withdraw([person.pk], origin.channel, Subscription.State.UNSUBSCRIBED, "link", now=now)
    tell(person, EVENT, origin, now=now, key=f"{EVENT}:{origin.message_id}", Channel=origin.channel)


def withdraw(profile_ids: list[int], channel: str, state: str, cause: str, *, now: datetime) -> None:
    """Nothing is sent to these people over the channel any more, nor to others with the same e-mail address.

    A suppression stays one.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO people_subscription AS present (profile_id, channel, state, cause, updated_at)
            SELECT DISTINCT q.id, %(channel)s, %(state)s, %(cause)s, %(now)s::timestamptz
            FROM people_profile p JOIN people_profile q
              ON q.id = p.id OR (%(channel)s = 'email' AND p.email <> ''
                                 AND lower(q.email COLLATE "C") = lower(p.email COLLATE "C"))
            WHERE p.id = ANY(%(profiles)s) ORDER BY q.id
            ON CONFLICT (profile_id, channel) DO UPDATE
            SET state = EXCLUDED.state, cause = EXCLUDED.cause, updated_at = EXCLUDED.updated_at
            WHERE present.state NOT IN (EXCLUDED.state, 'suppressed')
            """,
            {"profiles": profile_ids, "channel": channel, "state": state, "cause": cause, "now": now},
        )


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
    anonymous = None if person.identity else Identifier.objects.filter(profile=person).order_by("pk").first()
    if person.identity or anonymous:
        said = Track(
            user_id=person.identity,
            anonymous_id=anonymous.value if anonymous else None,
            event=event,
            at=now,
            properties={**registry.campaign_facts(origin.campaign), **origin.properties, **more},
            message_id=key,
        )
        ingest([said], source=SOURCE, now=now, live=True)
