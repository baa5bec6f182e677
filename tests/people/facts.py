"""Short ways to write facts and to read back what became of them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from people.ingest import ingest
from people.models import Event, Profile, ProfileEvent
from people.records import Alias, Identify, Outcome, Record, Track

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def take_in(*records: Record, live: bool = True, source: str = "test") -> Outcome:
    return ingest(records, source=source, now=NOW, live=live)


def did(
    user: str | None,
    event: str = "Viewed",
    *,
    at: datetime = NOW,
    anonymous: str | None = None,
    id: str | None = None,
    **properties: object,
) -> Track:
    return Track(user_id=user, anonymous_id=anonymous, event=event, at=at, properties=properties, message_id=id)


def person(user: str | None, *, anonymous: str | None = None, id: str | None = None, **properties: object) -> Identify:
    return Identify(user_id=user, anonymous_id=anonymous, properties=properties, message_id=id)


def same(user: str, previous: str) -> Alias:
    return Alias(user_id=user, previous_id=previous)


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def reasons(outcome: Outcome) -> list[tuple[int, str]]:
    return [(each.index, each.code) for each in outcome.rejected]


def properties_of(user: str) -> dict[str, object]:
    return dict(Profile.objects.get(identity=user).properties)


def events_of(user: str) -> list[tuple[str, datetime]]:
    found = Event.objects.filter(profile__identity=user).order_by("at", "id")
    return [(event.name.name, event.at) for event in found.select_related("name")]


def summary_of(user: str) -> dict[str, tuple[int, datetime, datetime]]:
    found = ProfileEvent.objects.filter(profile__identity=user).select_related("name")
    return {each.name.name: (each.count, each.first_at, each.last_at) for each in found}


def counts() -> tuple[int, int]:
    """(people, events)"""
    return Profile.objects.count(), Event.objects.count()


def all_of(outcomes: Sequence[Outcome]) -> int:
    return sum(outcome.accepted for outcome in outcomes)
