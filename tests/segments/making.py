"""People, events and rules for the tests of segments."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from people.models import Event, EventName, Profile, PropertyName
from segments.context import Context
from segments.models import Segment

NOW = datetime(2026, 3, 30, 9, 30, tzinfo=UTC)
CONTEXT = Context(NOW, ZoneInfo("UTC"))
SPANISH = {"property": "language", "type": "text", "operator": "equals", "value": ["es"]}
CHARGED = {"did": "Charged", "period": "ever"}


def rule(*of: object, kind: str = "all") -> dict[str, Any]:
    return {"version": 1, "rule": {kind: list(of)}}


def person(identity: str, **fields: Any) -> Profile:
    return Profile.objects.create(identity=identity, **{"bucket": 0, **fields})


def did(who: Profile, event: str = "Charged", *, days_ago: float = 1, **properties: object) -> None:
    """One event, in the summary and the catalogue too, as the ingest leaves it."""
    name, _ = EventName.objects.get_or_create(name=event)
    at = NOW - timedelta(days=days_ago)
    Event.objects.create(profile=who, name=name, at=at, properties=properties)
    for each, value in properties.items():
        kind = "number" if isinstance(value, int | float) else "text"
        PropertyName.objects.get_or_create(event=name, name=each, defaults={"types": {kind: 1}})
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO people_profileevent (profile_id, name_id, count, first_at, last_at)"
            " VALUES (%s, %s, 1, %s, %s) ON CONFLICT (profile_id, name_id) DO UPDATE SET"
            " count = people_profileevent.count + 1, first_at = LEAST(people_profileevent.first_at, excluded.first_at),"
            " last_at = GREATEST(people_profileevent.last_at, excluded.last_at)",
            [who.pk, name.pk, at, at],
        )


def segment(name: str = "Spanish", *of: object, **fields: Any) -> Segment:
    return Segment.objects.create(name=name, tree=rule(*(of or [SPANISH])), **fields)
