"""Five hundred difficult people: missing and wrong values, ties, odd characters, events at the edges of days."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django.db import connection

from accounts.models import User
from people import partitions
from people.models import Device, EventName, Identifier, Profile, Subscription
from people.properties import COLUMNS
from segments.context import Context
from segments.tree import Tree
from tests.segments.oracle_world import Event, Person, World
from tests.segments.population_messages import messages
from tests.segments.population_places import Place, places
from tests.segments.population_saved import lists, segments
from tests.segments.population_times import NOW, ZONES, moment
from tests.segments.population_values import BLANKS, CUSTOM, EVENT_PROPERTIES, TEXTS, VERSIONS, properties

EVENTS = ["Charged", "Viewed", "It's 100% “odd” \\ {0}"]
NEVER_SEEN = "Flew to the moon"
BIRTHS = [
    None, date(1990, 3, 30), date(1990, 3, 31), date(2000, 2, 29), date(1996, 2, 29), date(2026, 3, 29),
    date(2026, 3, 30), date(2008, 3, 1), date(2026, 12, 31), date(1, 1, 1), date(9999, 12, 31), date(1880, 10, 26),
    date(2007, 3, 1), date(2001, 3, 1), date(1995, 3, 1), date(2022, 3, 1), date(2018, 2, 28), date(2014, 3, 1),
]  # fmt: skip
EMAILS = [None, None, "", " ", "ana@example.com", "O'Hara+100%@example.com", "\u3000"]
PHONES = [None, None, "", "\t", "+5511999990000"]
DEVICE_FIELDS = ["platform", "token", "app_version", "make", "model", "os_version", "sdk_version", "last_seen_at"]


class Crowd:
    """Too many to print when a test fails."""

    def __init__(self, people: Sequence[Person], segments: Mapping[int, Tree], lists: Mapping[int, Set[int]]) -> None:
        self.people, self.segments, self.lists = people, segments, lists

    def world(self, context: Context) -> World:
        return World(context.now, context.zone, self.segments, self.lists)

    def __repr__(self) -> str:
        return f"{len(self.people)} people"


@contextmanager
def settled(size: int = 500) -> Iterator[Crowd]:
    """The people, in the database and in memory, until the end of the block, which empties the database."""
    names = connection.settings_dict
    assert names["NAME"].startswith(names["TEST"]["NAME"]), "This is no database of tests."
    try:
        yield settle(size, random.Random(20260330))
    finally:
        with connection.cursor() as cursor:
            cursor.execute(
                "TRUNCATE people_event, people_profileevent, people_eventname, people_profile, campaigns_delivery,"
                " campaigns_campaign, connectors_connection, segments_segment, segments_customlist, segments_listmember"
                " CASCADE"
            )
        User.objects.filter(username="alice").delete()  # who owns the campaigns


def settle(size: int, chance: random.Random) -> Crowd:
    partitions.ensure("people_event", now=NOW, since=datetime(2024, 1, 1, tzinfo=UTC))
    profiles = Profile.objects.bulk_create(profile(*each, chance) for each in enumerate(spread(places(), size, chance)))
    ids = [each.pk for each in profiles]
    hung = hang_on(ids, chance)
    people = [person(row, hung[row.pk], chance) for row in profiles]
    store_events(people)
    got = messages(ids, chance)
    for each in people:
        each.events.extend(got[each.id])
    in_lists = lists(ids, chance)
    return Crowd(people, segments(), in_lists)


def spread(wanted: list[Place], size: int, chance: random.Random) -> list[Place]:
    """Each at least once."""
    assert len(wanted) <= size
    return [*wanted, *chance.choices(wanted, k=size - len(wanted))]


def profile(number: int, place: Place, chance: random.Random) -> Profile:
    latitude, longitude = place
    identity = {1: "", 2: " "}.get(number, f"person-{number}" if chance.random() < 0.7 else None)
    return Profile(
        identity=identity,
        email=chance.choice(EMAILS),
        phone=chance.choice(PHONES),
        first_name=chance.choice([None, *TEXTS, *BLANKS]),
        language=chance.choice([None, "", " ", "es", "es", "pt", "pt-BR", "ES"]),
        zone=chance.choice([None, None, *(zone.key for zone in ZONES), "Pacific/Kiritimati"]),
        country=chance.choice([None, "BR", "br", "Österreich"]),
        region=chance.choice([None, "SP", ""]),
        city=chance.choice([None, *TEXTS, *BLANKS]),
        latitude=latitude,
        longitude=longitude,
        birth_date=chance.choice(BIRTHS),
        gender=chance.choice([None, "F", "M", "O"]),
        bucket=chance.choice([0, 1, 499, 500, 998, 999]),
        properties=properties(CUSTOM, chance),
        created_at=moment(chance),
        updated_at=moment(chance),
    )


@dataclass
class Belongings:
    devices: list[dict[str, object]] = field(default_factory=list)
    subscriptions: dict[str, str] = field(default_factory=dict)
    identifiers: list[str] = field(default_factory=list)


def hang_on(ids: list[int], chance: random.Random) -> dict[int, Belongings]:
    """Devices, subscriptions and identifiers."""
    found = {pk: Belongings() for pk in ids}
    devices = [device(pk, number, chance) for pk in ids for number in range(chance.choice([0, 0, 1, 2, 3]))]
    devices[0].token = ""  # the only one without: tokens are unique
    for each in Device.objects.bulk_create(devices):
        found[each.profile_id].devices.append({name: getattr(each, name) for name in DEVICE_FIELDS})
    channels, states = Subscription.Channel.values, Subscription.State.values
    wanted = [(pk, channel) for pk in ids for channel in channels if chance.random() < 0.5]
    rows = [Subscription(profile_id=pk, channel=channel, state=chance.choice(states)) for pk, channel in wanted]
    for said in Subscription.objects.bulk_create(rows):
        found[said.profile_id].subscriptions[said.channel] = said.state
    anonymous = [Identifier(profile_id=pk, value=f"anonymous-{pk}") for pk in ids if chance.random() < 0.3]
    for one in Identifier.objects.bulk_create(anonymous):
        found[one.profile_id].identifiers.append(one.value)
    return found


def device(pk: int, number: int, chance: random.Random) -> Device:
    return Device(
        profile_id=pk,
        platform=chance.choice(Device.Platform.values),
        token=f"token-{pk}-{number}",
        app_version=chance.choice(VERSIONS),
        make=chance.choice(["", " ", "Apple", "apple", "O'Phone 100%"]),
        model=chance.choice(TEXTS),
        os_version=chance.choice(VERSIONS),
        sdk_version=chance.choice(["", "7.0", "7.0.0", "6.9"]),
        last_seen_at=moment(chance),
    )


def person(row: Profile, hung: Belongings, chance: random.Random) -> Person:
    columns = {name: getattr(row, name) for name in COLUMNS}
    often, zone = chance.choice([0, 0, 1, 2, 3, 8]), ZoneInfo(row.zone) if row.zone else None
    events = [
        Event(chance.choice(EVENTS), moment(chance, chance.choice([None, zone])), properties(EVENT_PROPERTIES, chance))
        for _ in range(often)
    ]
    if events and chance.random() < 0.3:
        events.append(events[0])  # the same twice
    return Person(row.pk, columns, row.properties, events, hung.devices, hung.subscriptions, hung.identifiers)


def store_events(people: list[Person]) -> None:
    names = {name: EventName.objects.create(name=name).pk for name in EVENTS}
    rows = [
        (each.id, names[event.name], event.at, json.dumps(event.properties)) for each in people for event in each.events
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
