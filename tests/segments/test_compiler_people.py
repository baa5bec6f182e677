"""Whom each condition on people, groups, segments and lists finds: the cases that decide between two readings of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from people.models import Device, Event, EventName, Identifier, Profile, Subscription
from segments import compiler
from segments.context import Sampled, Some
from segments.membership import BrokenReference
from segments.models import CustomList, ListMember, ListUpload, Segment
from segments.reading import answers
from segments.tree import (
    Age,
    All,
    Any,
    Comparison,
    Deed,
    Did,
    DidNot,
    Ever,
    HasDevice,
    InList,
    InSegment,
    Last,
    Near,
    Node,
    NoneOf,
    Point,
    Property,
    Reachable,
    Standing,
    Times,
    Type,
)
from tests.segments.compiling import CHARGED, WEEK, at_least, at_most, found, is_, text
from tests.segments.making import CONTEXT, NOW, SPANISH, did, person, rule, segment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("event_table")]

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
