"""Whom each condition finds: the cases that decide between two readings of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any as Anything
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from psycopg.sql import SQL

from people.models import Device, Event, EventName, Identifier, Profile, Subscription
from people.registry import EVENT_RELATIONS, EventRelation
from segments import compiler
from segments.context import Sampled, Some
from segments.membership import BrokenReference
from segments.models import CustomList, ListMember, ListUpload, Segment
from segments.reading import answers
from segments.tree import (
    Age,
    All,
    Any,
    Average,
    Between,
    Comparison,
    Deed,
    Did,
    DidNot,
    Ever,
    HasDevice,
    Hours,
    InList,
    InSegment,
    Interest,
    Last,
    Near,
    Node,
    NoneOf,
    Point,
    Property,
    Reachable,
    Standing,
    Sum,
    Times,
    Type,
    Value,
    Values,
)
from tests.segments.making import CONTEXT, NOW, SPANISH, did, person, rule, segment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("event_table")]

WEEK = Last(7)
CHARGED = (Deed("Charged"),)


def found(*of: Node, context: compiler.Context = CONTEXT) -> list[str]:
    """Who is selected, by the predicate and alike by the list and the number of people."""
    tree = All(of)
    rows = answers(SQL("SELECT id FROM people_profile p WHERE {}").format(compiler.predicate(tree, context)))
    assert Counter(answers(compiler.profiles(tree, context))) == Counter(rows)
    assert answers(compiler.number(tree, context)) == [(len(rows),)]
    return sorted(str(each.identity) for each in Profile.objects.filter(pk__in=[pk for (pk,) in rows]))


def is_(wanted: Type, operator: str, value: Value = None) -> Comparison:
    return Comparison(wanted, operator, value)


def at_least(number: int | str) -> Comparison:
    return is_(Type.NUMBER, "greater_than_equals", Decimal(number))


def at_most(number: int | str) -> Comparison:
    return is_(Type.NUMBER, "less_than_equals", Decimal(number))


def text(name: str, *values: str, item: str | None = None) -> Property:
    return Property(name, is_(Type.TEXT, "equals", values), item)


def did_at(who: Profile, at: datetime, event: str = "Charged", **properties: object) -> None:
    did(who, event, days_ago=(NOW - at) / timedelta(days=1), **properties)


# behaviour


def test_several_deeds_are_counted_together() -> None:
    both, one = person("both"), person("one")
    for who, event in ((both, "Charged"), (both, "Viewed"), (one, "Viewed")):
        did(who, event)
    deeds = (Deed("Charged"), Deed("Viewed"))

    for period in (Ever(), WEEK):
        assert found(Did(deeds, period)) == ["both", "one"]
        assert found(Did(deeds, period, measure=Times(at_least(2)))) == ["both"]
        assert found(DidNot(deeds, period)) == []
        assert found(DidNot((Deed("Charged"), Deed("Flown")), period)) == ["one"]


def test_an_event_that_two_deeds_describe_counts_once() -> None:
    did(person("once"), amount=5)
    large = Deed("Charged", (Property("amount", at_least(3)),))
    small = Deed("Charged", (Property("amount", at_most(9)),))

    assert found(Did((*CHARGED, large), Ever(), measure=Times(at_least(2)))) == []
    assert found(Did((large, small), Ever(), measure=Times(at_least(2)))) == []
    assert found(Did((large, small), Ever())) == ["once"]


@pytest.mark.parametrize("where", [(), (Property("x", is_(Type.TEXT, "missing")),)])
def test_the_first_time_and_the_last_time_lie_in_the_period(where: tuple[Property, ...]) -> None:
    """From the summary and from the events; of several deeds the first and the last of them all."""
    for name, days in {"new": [3], "back": [3, 90], "gone": [20, 90], "future": [-1, 20]}.items():
        who = person(name)
        for ago in days:
            did(who, days_ago=ago)
    did(Profile.objects.get(identity="new"), "Viewed", days_ago=50)
    one, two = (Deed("Charged", where),), (Deed("Charged", where), Deed("Viewed", where))
    month = Between(date(2026, 3, 1), date(2026, 3, 30))

    assert found(Did(one, WEEK, which="first")) == ["new"]
    assert found(Did(two, WEEK, which="first")) == []
    assert found(Did(one, month, which="first")) == ["future", "new"]
    assert found(Did(one, month, which="last")) == ["back", "gone", "new"]
    assert found(Did(two, month, which="last")) == ["back", "gone", "new"]
    assert found(Did(one, Between(None, date(2026, 3, 15)), which="last")) == ["gone"]
    assert found(NoneOf((Did(one, month, which="last"),))) == ["future"]


def test_hours_and_weekdays_are_those_of_the_persons_clock() -> None:
    """22:30 in UTC on Saturday, 28 March: 23:30 in Berlin, Sunday 04:15 in Kathmandu."""
    context = replace(CONTEXT, zone=ZoneInfo("Europe/Berlin"))
    for name, zone in {"berlin": None, "kathmandu": "Asia/Kathmandu"}.items():
        did_at(person(name, zone=zone), datetime(2026, 3, 28, 22, 30, tzinfo=UTC))

    def at(hours: Hours | None, weekdays: tuple[int, ...] = ()) -> list[str]:
        opposite = found(DidNot(CHARGED, Ever(), hours, weekdays), context=context)
        these = found(Did(CHARGED, Ever(), hours, weekdays), context=context)
        assert sorted([*these, *opposite]) == ["berlin", "kathmandu"]
        return these

    assert at(Hours(time(23, 30), time(23, 31))) == ["berlin"]
    assert at(Hours(time(22), time(4))) == ["berlin"]
    assert at(Hours(time(22), time(4, 15))) == ["berlin"]
    assert at(Hours(time(22), time(4, 16))) == ["berlin", "kathmandu"]
    assert at(Hours(time(5), time(5))) == ["berlin", "kathmandu"]
    assert at(None, (6,)) == ["berlin"]
    assert at(None, (7,)) == ["kathmandu"]
    assert at(None, (1, 2, 3, 4, 5, 6, 7)) == ["berlin", "kathmandu"]
    assert at(Hours(time(22), time(5)), (7,)) == ["kathmandu"]


def test_an_average_is_of_the_events_that_have_the_number_and_is_compared_without_rounding() -> None:
    thirds, none = person("thirds"), person("none")
    for amount in (1, 0, 0, "a lot", None):
        did(thirds, amount=amount)
    did(none, amount="a lot")
    person("never")

    def average(comparison: Comparison, include_never: bool = False) -> list[str]:
        return found(Did(CHARGED, WEEK, measure=Average("amount", comparison, include_never)))

    assert average(at_least("0.333333333333333")) == ["thirds"]
    assert average(at_most("0.333333333333333")) == []
    assert average(is_(Type.NUMBER, "less_than", Decimal("0.333333333333334"))) == ["thirds"]
    assert average(is_(Type.NUMBER, "between", (Decimal("0.3"), Decimal("0.4")))) == ["thirds"]
    assert average(is_(Type.NUMBER, "equals", Decimal(0)), include_never=True) == ["never", "none"]
    assert average(at_most(1), include_never=True) == ["never", "none", "thirds"]
    assert average(at_least(1), include_never=True) == []


def test_less_than_takes_in_who_never_did_it_only_when_asked() -> None:
    often, once = person("often"), person("once")
    for who, times in ((often, 3), (once, 1)):
        for _ in range(times):
            did(who, amount=1)
    person("never")

    for period in (Ever(), WEEK):
        assert found(Did(CHARGED, period, measure=Times(at_most(2)))) == ["once"]
        assert found(Did(CHARGED, period, measure=Times(at_most(2), include_never=True))) == ["never", "once"]
        assert found(Did(CHARGED, period, measure=Sum("amount", at_most(2), include_never=True))) == ["never", "once"]
        assert found(NoneOf((Did(CHARGED, period, measure=Times(at_most(2), include_never=True)),))) == ["often"]


ITEMS = {
    "coat": [{"category": "hat"}, {"category": "coat", "price": 90}],
    "two": [{"category": "coat", "price": 10}, {"category": "hat", "price": 90}],
    "empty": [],
    "texts": ["coat", {"category": None}],
    "object": {"category": "coat"},
    "text": "coat",
    "nothing": None,
}


def test_any_one_object_of_a_list_may_match() -> None:
    for name, items in ITEMS.items():
        did(person(name), Items=items)

    def bought(*where: Property) -> list[str]:
        return found(Did((Deed("Charged", where),), WEEK))

    assert bought(text("Items", "coat", item="category")) == ["coat", "two"]
    assert bought(Property("Items", at_least(50), "price")) == ["coat", "two"]
    assert bought(text("Items", "hat", item="category"), text("Items", "coat", item="category")) == ["coat", "two"]
    assert bought(Property("Items", is_(Type.TEXT, "missing"), "category")) == ["texts"]
    assert bought(Property("Items", is_(Type.TEXT, "not_equals", ("coat",)), "category")) == ["coat", "texts", "two"]


def test_events_of_another_app_are_never_of_people_who_are_gone() -> None:
    rows = (
        "(SELECT {}::bigint AS profile_id, now() AS at, '{{}}'::jsonb AS properties UNION ALL SELECT 0, now(), '{{}}')"
    )
    EVENT_RELATIONS.append(EventRelation("Told", SQL(rows).format(person("told").pk)))
    did(person("other"))
    try:
        told = Did((Deed("Told"),), Ever())
        assert found(told) == ["told"]
        assert found(Any((told, Did(CHARGED, Ever())))) == ["other", "told"]
        assert found(Did((Deed("Told"), *CHARGED), Ever())) == ["other", "told"]
        assert found(Did((Deed("Told"),), Ever(), measure=Times(at_least(1)))) == ["told"]
    finally:
        EVENT_RELATIONS.pop()


# interest


def viewed(name: str, *categories: object) -> Profile:
    who = person(name)
    for each in categories:
        properties: dict[str, Anything] = {} if each is None else {"category": each}
        did(who, "Viewed", **properties)
    return who


@pytest.mark.parametrize(
    ("at_least", "expected"),
    [(1, ["all", "half", "third"]), (34, ["all", "half"]), (50, ["all", "half"]), (51, ["all"])],
)
def test_a_share_is_of_all_the_events_also_of_those_without_a_value(at_least: int, expected: list[str]) -> None:
    viewed("all", "coat")
    viewed("half", "coat", "cap", "Coat", "hat")
    viewed("third", "coat", None, 3)
    viewed("none", "shoe")
    viewed("never")
    coats = Interest(Deed("Viewed"), WEEK, Values("category", ("coat", "cap")), at_least)

    assert found(coats) == expected
    assert found(NoneOf((coats,))) == sorted({"all", "half", "third", "none", "never"} - set(expected))


def test_predominantly_is_one_of_the_most_frequent_values() -> None:
    viewed("most", "coat", "coat", "hat", None, None, None, 3, 3, 3)
    viewed("tie", "coat", "hat")
    viewed("least", "coat", "hat", "hat")
    viewed("blank", " ", None)
    viewed("never")

    assert found(Interest(Deed("Viewed"), WEEK, Values("category", ("coat",)))) == ["most", "tie"]
    assert found(Interest(Deed("Viewed"), WEEK, Values("category", ("coat", "hat")))) == ["least", "most", "tie"]


def test_an_interest_can_be_in_hours_and_weekdays_of_the_persons_clock() -> None:
    for name, zone in {"utc": "UTC", "kathmandu": "Asia/Kathmandu"}.items():
        who = person(name, zone=zone)
        did_at(who, datetime(2026, 3, 28, 22, 30, tzinfo=UTC))
        did_at(who, datetime(2026, 3, 27, 22, 30, tzinfo=UTC))
        did_at(who, datetime(2026, 3, 27, 3, 30, tzinfo=UTC))

    late, days = Hours(time(22), time(2)), (6,)
    assert found(Interest(Deed("Charged"), WEEK, late, 60)) == ["utc"]
    assert found(Interest(Deed("Charged"), WEEK, late)) == ["utc"]
    assert found(Interest(Deed("Charged"), WEEK, Hours(time(4), time(5)))) == ["kathmandu"]
    assert found(Interest(Deed("Charged"), WEEK, Hours(time(0), time(0)), 100)) == ["kathmandu", "utc"]
    assert found(Interest(Deed("Charged"), WEEK, days, 34)) == []
    assert found(Interest(Deed("Charged"), WEEK, days)) == ["kathmandu"]
    assert found(Interest(Deed("Charged"), WEEK, (5,))) == ["kathmandu", "utc"]


# people


BORN = {
    "today": date(2008, 3, 30),
    "tomorrow": date(2008, 3, 31),
    "leap": date(2008, 2, 29),
    "old": date(1800, 1, 1),
    "unborn": date(2026, 3, 31),
    "newborn": date(2026, 3, 30),
    "unknown": None,
}


@pytest.mark.parametrize(
    ("comparison", "today", "expected"),
    [
        (at_least(18), NOW, ["leap", "old", "today"]),
        (at_most(17), NOW, ["newborn", "tomorrow"]),
        (is_(Type.NUMBER, "equals", Decimal(0)), NOW, ["newborn"]),
        (is_(Type.NUMBER, "between", (Decimal(17), Decimal(18))), NOW, ["leap", "today", "tomorrow"]),
        (is_(Type.NUMBER, "less_than", Decimal(0)), NOW, []),
        (is_(Type.NUMBER, "equals", Decimal(18)), datetime(2026, 2, 28, 12, tzinfo=UTC), []),
        (is_(Type.NUMBER, "equals", Decimal(18)), datetime(2026, 3, 1, 12, tzinfo=UTC), ["leap"]),
        (is_(Type.NUMBER, "equals", Decimal(20)), datetime(2028, 2, 28, 12, tzinfo=UTC), []),
        (is_(Type.NUMBER, "equals", Decimal(20)), datetime(2028, 2, 29, 12, tzinfo=UTC), ["leap"]),
        (is_(Type.NUMBER, "equals", Decimal(21)), datetime(2029, 2, 28, 12, tzinfo=UTC), []),
        (is_(Type.NUMBER, "equals", Decimal(13)), datetime(2021, 3, 1, 12, tzinfo=UTC), ["leap"]),
        (is_(Type.NUMBER, "equals", Decimal(9000)), NOW, []),
    ],
)
def test_a_person_ages_on_the_birthday(comparison: Comparison, today: datetime, expected: list[str]) -> None:
    for name, born in BORN.items():
        person(name, birth_date=born)

    assert found(Age(comparison), context=replace(CONTEXT, now=today)) == expected


def near(latitude: float, longitude: float, metres: int) -> list[str]:
    near = Near((Point(latitude, longitude), Point(45, 45)), metres)
    assert len(found(near)) + len(found(NoneOf((near,)))) == Profile.objects.count()
    return found(near)


def test_distances_reach_across_the_180th_meridian_and_the_poles() -> None:
    places = {
        "east": (0.5, 179.9), "west": (0.5, -179.9), "north": (89.9, 0.0), "beyond": (89.9, 180.0),
        "south": (-90.0, 12.0), "nowhere": (None, 10.0), "mad": (10.0, 540.0), "endless": (float("inf"), 0.0),
        "odd": (float("nan"), 0.0), "tiny": (5e-324, 1e-200),
    }  # fmt: skip
    for name, (latitude, longitude) in places.items():
        person(name, latitude=latitude, longitude=longitude)

    assert near(0.5, 179.95, 20_000) == ["east", "west"]
    assert near(0.5, -180, 11_000) == []
    assert near(0.5, -180, 11_120) == ["east", "west"]
    assert near(89.95, 0, 20_000) == ["beyond", "north"]
    assert near(89.95, 0, 10_000) == ["north"]
    assert near(-90, -170, 1) == ["south"]
    assert near(-89.9999, 0, 1_000_000) == ["south"]
    assert near(0, -1e-300, 1) == near(-5e-324, 2e-174, 1) == ["tiny"]


def test_channels_have_addresses_and_states() -> None:
    full = person("full", email="a@example.com", phone="+49301")
    shut = person("shut", email="b@example.com")
    bounced = person("bounced", email="c@example.com", phone=" ")
    person("blank", email=" ")
    Device.objects.create(profile=full, platform="ios", token="a")
    Device.objects.create(profile=full, platform="ios", token="b")
    Device.objects.create(profile=shut, platform="web", token="")
    for who, state in ((full, "subscribed"), (shut, "unsubscribed"), (bounced, "suppressed")):
        Subscription.objects.create(profile=who, channel="email", state=state)
    Subscription.objects.create(profile=full, channel="push", state="unsubscribed")

    def stands(channel: str, standing: Standing) -> list[str]:
        node = Reachable(channel, standing)
        assert len(found(node)) + len(found(NoneOf((node,)))) == Profile.objects.count()
        return found(node)

    assert stands("email", Standing.HAS_ADDRESS) == ["bounced", "full", "shut"]
    assert stands("email", Standing.REACHABLE) == ["full"]
    assert stands("email", Standing.SUBSCRIBED) == ["full"]
    assert stands("email", Standing.UNSUBSCRIBED) == ["shut"]
    assert stands("email", Standing.SUPPRESSED) == ["bounced"]
    assert stands("sms", Standing.HAS_ADDRESS) == stands("whatsapp", Standing.REACHABLE) == ["full"]
    assert stands("push", Standing.HAS_ADDRESS) == ["full"]
    assert stands("push", Standing.REACHABLE) == []


def test_exports_reach_whoever_has_any_id() -> None:
    anonymous = Profile.objects.create(bucket=0)
    Identifier.objects.create(profile=anonymous, value="a1")
    Profile.objects.create(bucket=0)
    known = person("known")
    Identifier.objects.create(profile=known, value="k1")
    Identifier.objects.create(profile=known, value="k2")
    reachable = compiler.profiles(All((Reachable("export", Standing.REACHABLE),)), CONTEXT)

    assert Counter(answers(reachable)) == Counter([(anonymous.pk,), (known.pk,)])


def test_one_device_has_to_have_it_all() -> None:
    both, apart = person("both"), person("apart")
    person("none")
    Device.objects.create(profile=both, platform="ios", token="1", app_version="10.2", make="Apple")
    Device.objects.create(profile=apart, platform="ios", token="2", app_version="9.8", make="Apple")
    Device.objects.create(profile=apart, platform="android", token="3", app_version="v10.2.0-beta")
    newer = Property("app_version", is_(Type.VERSION, "greater_than", "9.8"))

    assert found(HasDevice((newer,))) == ["apart", "both"]
    assert found(HasDevice((newer, text("platform", "ios")))) == ["both"]
    assert found(HasDevice((Property("make", is_(Type.TEXT, "missing")),))) == ["apart"]
    assert found(NoneOf((HasDevice((newer, text("platform", "ios"))),))) == ["apart", "none"]


# membership


def test_another_segment_is_its_rule() -> None:
    person("es", language="es")
    person("pt", language="pt")
    spanish = segment("Spanish", SPANISH)
    both = segment("Both", {"any": [{"segment": spanish.pk, "is": "in"}, {**SPANISH, "value": ["pt"]}]})

    assert found(InSegment(spanish.pk)) == ["es"]
    assert found(InSegment(spanish.pk, is_in=False)) == ["pt"]
    assert found(InSegment(both.pk)) == ["es", "pt"]
    assert found(InSegment(both.pk), NoneOf((InSegment(spanish.pk),))) == ["pt"]


def test_segments_are_fetched_level_by_level() -> None:
    inner = [segment(f"Inner {number}", SPANISH) for number in range(3)]
    outer = segment("Outer", *({"segment": each.pk, "is": "in"} for each in inner))

    with CaptureQueriesContext(
        connection,
    ) as queries:
        compiler.predicate(All((InSegment(outer.pk), InSegment(inner[0].pk))), CONTEXT)

    assert len(queries) == 2


def test_a_segment_that_cannot_be_used_is_refused_in_words() -> None:
    first = segment("First", SPANISH)
    second = segment("Second", {"segment": first.pk, "is": "in"})
    Segment.objects.filter(pk=first.pk).update(tree=rule({"segment": second.pk, "is": "not_in"}))
    live = segment("Live", kind=Segment.Kind.LIVE)
    broken = Segment.objects.create(name="Broken", tree={"version": 9, "rule": {"all": []}})
    gone = segment("Gone", {"segment": 987, "is": "in"})

    assert refusal(InSegment(second.pk)) == "A segment cannot need itself: “Second” → “First” → “Second”."
    assert refusal(InSegment(live.pk)) == "“Live” is a live segment: nobody is in it for good."
    assert refusal(InSegment(gone.pk)) == "A segment that this rule needs was deleted."
    assert refusal(InSegment(broken.pk)).startswith("The rule of “Broken” cannot be read: ")
    assert refusal(InList(987)) == "A custom list that this rule needs was deleted."


def test_segments_that_multiply_are_refused() -> None:
    made = segment("0", *[SPANISH] * 20)
    for number in range(1, 4):
        made = segment(str(number), *[{"segment": made.pk, "is": "in"}] * 10)

    assert refusal(InSegment(made.pk)) == "With the segments that it needs, this rule has more than 1,000 conditions."


def refusal(node: Node) -> str:
    with pytest.raises(BrokenReference) as refused:
        compiler.predicate(All((node,)), CONTEXT)
    return refused.value.message


def test_a_list_is_its_current_upload() -> None:
    old, new = person("old"), person("new")
    stored = CustomList.objects.create(name="Guests")
    assert found(InList(stored.pk)) == []
    assert found(InList(stored.pk, is_in=False)) == ["new", "old"]

    uploads = [upload(stored, each) for each in (old, new)]
    CustomList.objects.filter(pk=stored.pk).update(current=uploads[1])

    assert found(InList(stored.pk)) == ["new"]
    assert found(InList(stored.pk, is_in=False)) == ["old"]


def upload(stored: CustomList, *people: Profile) -> ListUpload:
    made = ListUpload.objects.create(list=stored, file_name="guests.csv", path="x", size=1)
    ListMember.objects.bulk_create(ListMember(upload=made, profile=each) for each in people)
    return made


# the whole


def test_people_can_be_limited_to_some_and_to_the_sample() -> None:
    name = EventName.objects.create(name="Charged")
    for pk in (64, 65, 128):
        Profile.objects.create(pk=pk, identity=str(pk), bucket=0, email="a@example.com")
        Event.objects.create(profile_id=pk, name=name, at=NOW)
    both = (Did(CHARGED, Last(1), measure=Times(at_least(1))), Reachable("email", Standing.REACHABLE))

    assert found(*both, context=replace(CONTEXT, people=Sampled())) == ["128", "64"]
    assert found(*both, context=replace(CONTEXT, people=Some((65, 128)))) == ["128", "65"]
    assert found(NoneOf(both), context=replace(CONTEXT, people=Some((65, 128)))) == []


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        ((), ["a", "b", "c"]),
        ((Any(()),), []),
        ((NoneOf((All(()),)),), []),
        ((Any((All(()), Did(CHARGED, Ever()))),), ["a", "b", "c"]),
        ((NoneOf((Any((text("language", "es"), Did(CHARGED, Ever()))),)),), ["c"]),
        ((NoneOf((All((text("language", "es"), Did(CHARGED, Ever()))),)),), ["b", "c"]),
        ((NoneOf((NoneOf((Did(CHARGED, Ever()), text("language", "pt"))),)),), ["a", "b"]),
        ((Any((DidNot(CHARGED, Ever()), text("language", "es"))),), ["a", "c"]),
        ((Did(CHARGED, Ever()), DidNot((Deed("Viewed"),), Ever())), ["b"]),
        ((Did(CHARGED, Ever()), Did(CHARGED, WEEK), NoneOf((text("language", "es"),))), ["b"]),
    ],
)
def test_groups_are_all_any_and_none(of: Sequence[Node], expected: list[str]) -> None:
    spanish, other = person("a", language="es"), person("b")
    person("c")
    did(spanish)
    did(spanish, "Viewed")
    did(other)

    assert found(*of) == expected


def test_a_rule_of_sets_is_counted_without_the_table_of_people() -> None:
    tree = All((Did(CHARGED, Last(7)), DidNot((Deed("Viewed"),), Last(7)), Any((Did(CHARGED, Last(3)),))))

    assert "people_profile " not in compiler.number(tree, CONTEXT).as_string(None)


def test_who_did_none_of_it_are_all_others() -> None:
    did(person("charged"))
    did(person("viewed"), "Viewed")
    person("neither")
    person("none")
    not_charged, not_viewed = DidNot(CHARGED, WEEK), DidNot((Deed("Viewed"),), WEEK)

    assert found(not_charged) == ["neither", "none", "viewed"]
    assert found(not_charged, not_viewed) == ["neither", "none"]
    assert found(not_charged, not_viewed, DidNot((Deed("Flown"),), WEEK)) == ["neither", "none"]
