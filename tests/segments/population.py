"""Five hundred difficult people: missing and wrong values, ties, odd characters, events at the edges of days."""

import json
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import connection

from people import partitions
from people.models import EventName, Profile
from tests.segments.oracle import Deed, Person

NOW = datetime(2026, 3, 30, 9, 30, tzinfo=UTC)  # a day after the clocks of Europe went forward
ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "America/Havana", "Asia/Kathmandu", "Pacific/Apia")]
EVENTS = ["Charged", "Viewed", "It's 100% “odd” \\ {0}"]
NEVER_SEEN = "Flew to the moon"
ODD_NAME = 'o\'dd "name" % \\ {x} ü'
COLUMNS = ["identity", "language", "city", "latitude", "birth_date", "bucket", "created_at", "updated_at"]
CUSTOM = ["plan", "score", "vip", "joined", "tags", ODD_NAME]
EVENT_PROPERTIES = ["amount", "category", "gift", "delivered", "items", ODD_NAME]

TEXTS = [
    "es", "ES", "pt", "pt-BR", "Straße", "STRASSE", "İstanbul", "istanbul", "ǅ", "naïve", "nai\u0308ve", "O'Hara",
    'say "hi"', "100%", "100", "5%_", "a\\b", "a\\\\b", "{0}", "%s", "tab\there", "line\nbreak", "日本", "😀", "null",
    "true", "-1", "0",
]  # fmt: skip
BLANKS = ["", " ", "\t\n", "\u00a0", "\u2003\u3000"]
NUMBERS = [0, 1, -1, 2, 3, 5, 10, 100, 0.1, 0.2, 0.3, 99.99, -0.5, 1e15, 123456789.123, 2**53]
DATES = [
    "2026-03-29", "2026-03-30", "2026-03-31", "2026-02-28", "2024-02-29", "2023-02-29", "2026-02-30", "2026-13-01",
    "2026-03-29T23:30:00Z", "2026-03-30T00:30:00+02:00", "2026-03-28T23:00:00Z", "2026-03-29T04:59:59.999999-05:00",
    "2026-03-29 12:00:00", "2026-03-29T12:00", "2026-03-30T10:00:00+0545", "2026-03-29T24:00:00Z", "0001-01-01",
    "9999-12-31T23:59:59-12:00", "9999-12-31", "2026-3-29", "2026-03-29\n", " 2026-03-29", "２０２６-03-29",
    "1926-01-01",
]  # fmt: skip
LISTS = [[], ["es"], ["es", "pt"], ["ES"], ["es", 1, None], [1, 2], ["100%", "a\\b"], [["es"]], [""], ["O'Hara", "😀"]]
OTHERS = [None, True, False, {}, {"es": 1}, {"a": {"b": 1}}]
KINDS: list[Sequence[object]] = [TEXTS, BLANKS, NUMBERS, DATES, LISTS, OTHERS]
OF_TYPE: dict[str, Sequence[object]] = {
    "plan": TEXTS,
    "score": NUMBERS,
    "vip": [True, False],
    "joined": DATES,
    "tags": LISTS,
    "amount": NUMBERS,
}
OF_TYPE |= {"category": TEXTS, "gift": [True, False], "delivered": DATES, "items": LISTS}


class Crowd(list[Person]):
    """Too many to print when a test fails."""

    def __repr__(self) -> str:
        return f"{len(self)} people"


@contextmanager
def settled(size: int = 500) -> Iterator[Crowd]:
    """The people, in the database and in memory, until the end of the block."""
    chance = random.Random(20260330)
    partitions.ensure("people_event", now=NOW, since=datetime(2024, 1, 1, tzinfo=UTC))
    profiles = Profile.objects.bulk_create(profile(number, chance) for number in range(size))
    names = {name: EventName.objects.create(name=name) for name in EVENTS}
    people = Crowd(person(each, chance) for each in profiles)
    store_events(people, {name: each.pk for name, each in names.items()})
    try:
        yield people
    finally:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE people_event, people_profileevent, people_eventname, people_profile CASCADE")


def profile(number: int, chance: random.Random) -> Profile:
    return Profile(
        identity=f"person-{number}" if chance.random() < 0.8 else None,
        language=chance.choice([None, "", " ", "es", "es", "pt", "pt-BR", "ES"]),
        city=chance.choice([None, *TEXTS, *BLANKS]),
        latitude=chance.choice([None, 0.0, -23.55052, 0.1, 1 / 3, 48.0]),
        birth_date=chance.choice([None, date(1990, 3, 30), date(2000, 2, 29), date(2026, 3, 29), date(2026, 3, 30)]),
        bucket=chance.choice([0, 1, 499, 500, 998, 999]),
        properties=properties(CUSTOM, chance),
        created_at=moment(chance),
        updated_at=moment(chance),
    )


def properties(names: list[str], chance: random.Random) -> dict[str, object]:
    """Mostly of the type the name stands for, sometimes of another, sometimes not there."""
    found: dict[str, object] = {}
    for name in names:
        if chance.random() < 0.8:
            pool = OF_TYPE.get(name, TEXTS) if chance.random() < 0.7 else chance.choice(KINDS)
            found[name] = chance.choice(pool)
    return found


def moment(chance: random.Random) -> datetime:
    """Often at the edge of a day in one of the zones, sometimes the very instant, up to a day from now."""
    zone, ago = chance.choice(ZONES), chance.choice([-1, 0, 1, 2, 3, 7, 8, 30, 31, 90, 400])
    edge = datetime.combine(NOW.date() - timedelta(days=ago), time.min, zone).astimezone(UTC)
    shift = chance.choice([timedelta(0), timedelta(microseconds=-1), timedelta(hours=5), timedelta(minutes=-30)])
    at = chance.choice([edge + shift, NOW, NOW - timedelta(hours=24), NOW - timedelta(hours=1)])
    return min(at, NOW + timedelta(days=1))


def person(row: Profile, chance: random.Random) -> Person:
    columns = {
        name: getattr(row, name) for name in ("identity", "language", "city", "latitude", "birth_date", "bucket")
    }
    columns |= {"created_at": row.created_at, "updated_at": row.updated_at}
    often = chance.choice([0, 0, 1, 2, 3, 8])
    deeds = [Deed(chance.choice(EVENTS), moment(chance), properties(EVENT_PROPERTIES, chance)) for _ in range(often)]
    if deeds and chance.random() < 0.3:
        deeds.append(deeds[0])  # the same twice
    return Person(row.pk, columns, row.properties, deeds)


def store_events(people: list[Person], names: dict[str, int]) -> None:
    rows = [
        (each.id, names[deed.event], deed.at, json.dumps(deed.properties)) for each in people for deed in each.deeds
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO people_event (profile_id, name_id, at, properties) VALUES (%s, %s, %s, %s)", rows
        )
        cursor.execute(
            "INSERT INTO people_profileevent (profile_id, name_id, count, first_at, last_at)"
            " SELECT profile_id, name_id, count(*), min(at), max(at) FROM people_event GROUP BY 1, 2"
        )
        # without statistics the planner takes every chunk for one person and joins it person by person
        cursor.execute("ANALYZE people_profile, people_event, people_profileevent")
