"""Promises of `manage.py generate`: skewed, whole and exactly summed-up data, and tables left as they were."""

from collections import Counter
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Max, Min, Sum
from django.utils import timezone

from operations.management.commands import generate
from people import made_up
from people.generation.events import NAMES
from people.models import Device, Event, EventName, Profile, ProfileEvent, PropertyName, Subscription
from tests.people.facts import did, take_in

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE, EVENTS = 400, 6000


def make(processes: int) -> None:
    generate.generate(PEOPLE, EVENTS, 1, timezone.now(), lambda words: None, processes=processes)


def structure() -> list[tuple[str, ...]]:
    """Indexes and constraints of the tables that are filled, those of partitions by what they cover."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT tablename, regexp_replace(indexdef, 'INDEX .* USING', 'INDEX USING') FROM pg_indexes
            WHERE tablename ~ '^people_(profile|device|subscription|event|profileevent)(_[ym][0-9]+)?$'
            UNION ALL
            SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint
            WHERE conrelid::regclass::text ~ '^people_(profile|device|subscription|event|profileevent)$' ORDER BY 1, 2
            """
        )
        return list(cursor.fetchall())


@pytest.mark.parametrize("processes", [1, 2])
def test_everything_is_there_and_tables_are_as_before(processes: int):
    before = structure()

    make(processes)

    assert structure() == before
    assert (Profile.objects.count(), Event.objects.count()) == (PEOPLE, EVENTS)
    assert ProfileEvent.objects.aggregate(Sum("count"))["count__sum"] == EVENTS
    assert {each.name for each in EventName.objects.all()} == set(NAMES)


def test_data_is_skewed_typed_and_faulty():
    now = timezone.now()
    make(1)

    times = sorted(EventName.objects.values_list("times", flat=True), reverse=True)
    span = Event.objects.aggregate(first=Min("at"), last=Max("at"))
    busiest = ProfileEvent.objects.values("profile").annotate(times=Sum("count")).order_by("-times")
    assert times[2] >= EVENTS * 0.05
    assert PEOPLE * 0.7 < len(busiest) < PEOPLE * 0.95
    assert sum(each["times"] for each in busiest[: PEOPLE // 100]) > EVENTS * 0.1
    assert timedelta(days=360) < span["last"] - span["first"] <= timedelta(days=365)
    assert span["last"] <= timezone.now()
    assert now - timedelta(days=366) < span["first"]
    assert {"text", "number"} <= set(PropertyName.objects.get(event__name="Product Viewed", name="price").types)
    own = dict(PropertyName.objects.filter(event=None).values_list("name", "types"))
    assert {"text", "number"} <= set(own["points"])
    kinds = {"plan": "text", "newsletter": "boolean", "member_since": "date", "interests": "list"}
    assert {name: max(own[name]) for name in kinds} == kinds


def test_people_can_be_reached_in_all_ways_and_live_near_their_city():
    make(1)

    devices = Counter(Device.objects.values_list("profile", flat=True))
    states = set(Subscription.objects.values_list("channel", "state"))
    assert set(devices.values()) == {1, 2, 3}
    assert PEOPLE * 0.5 < len(devices) < PEOPLE * 0.8
    assert set(Device.objects.values_list("platform", flat=True)) == {"android", "ios", "web"}
    assert {channel for channel, _ in states} == set(Subscription.Channel.values)
    assert {state for _, state in states} == set(Subscription.State.values)
    assert Profile.objects.filter(phone__isnull=False).count() in range(PEOPLE // 2, PEOPLE * 7 // 10)
    away = [place_of(person).longitude - person.longitude for person in Profile.objects.all() if person.longitude]
    assert (len(away), max(map(abs, away)) < 1) == (PEOPLE, True)
    assert len(set(away)) > PEOPLE * 0.9


def place_of(person: Profile) -> made_up.Place:
    places = (place for places in made_up.PLACES.values() for place in places)
    return next(place for place in places if (place.city, place.country) == (person.city, person.country))


def test_purchases_list_what_was_bought():
    make(1)

    charged = Event.objects.filter(name__name="Charged").values_list("properties__Items", flat=True)
    items = [item for items in charged if isinstance(items, list) for item in items]

    assert len(items) > len(charged)
    assert {tuple(item) for item in items} == {("sku", "price", "category")}


def test_people_that_are_there_are_never_mixed_up_without_add():
    take_in(did("ann", "Charged"))

    with pytest.raises(CommandError, match="--add"):
        call_command("generate", profiles=PEOPLE, events=EVENTS)
    call_command("generate", profiles=PEOPLE, events=EVENTS, add=True)

    assert (Profile.objects.count(), Event.objects.count()) == (PEOPLE + 1, EVENTS + 1)
    assert ProfileEvent.objects.aggregate(Sum("count"))["count__sum"] == EVENTS + 1
    take_in(did("bob", "Charged"))
    assert Event.objects.count() == EVENTS + 2
