"""What an explanation says that each condition saw."""

from collections.abc import Mapping
from datetime import date, timedelta

import pytest

from people.models import Device, Profile, Subscription
from segments.checks import Mismatch, mismatches
from segments.explanation import Explanation, Finding, explain
from segments.models import CustomList, ListMember, ListUpload
from segments.parse import parse
from tests.segments.making import CHARGED, CONTEXT, NOW, SPANISH, did, person, rule, segment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("event_table")]

EVER = {"from": "2020-01-01", "to": "2030-01-01"}
MONTH = {"last": 30, "unit": "days"}


def saw(who: Profile, node: Mapping[str, object]) -> tuple[bool, str]:
    """Whether the one condition holds, and what it saw."""
    finding = explained(who, node).findings[1]
    return finding.holds, finding.saw


def explained(who: Profile, *nodes: Mapping[str, object]) -> Explanation:
    return explain(parse(rule(*nodes)), who, CONTEXT)


def test_how_often_and_how_much() -> None:
    who = person("who")
    for days_ago, amount in ((40, 10), (3, 2), (2, 1), (1, "a lot")):
        did(who, days_ago=days_ago, amount=amount)
    average = {"property": "amount", "operator": "greater_than", "value": 4}
    several = {"did": [{"event": "Charged"}, {"event": "Viewed"}], "period": EVER}

    assert saw(who, {**CHARGED, "period": EVER, "average": average}) == (
        True, "4 times, from 18 February 2026 to 29 March 2026, 4.333333 on average",
    )  # fmt: skip
    assert saw(who, {**CHARGED, "period": MONTH, "sum": average}) == (
        False, "3 times, from 27 March 2026 to 29 March 2026, 3 in total",
    )  # fmt: skip
    assert saw(who, {**CHARGED, "period": {"last": 1, "unit": "days"}, "sum": average}) == (
        False, "once, on 29 March 2026, without a number",
    )  # fmt: skip
    assert saw(who, several) == (True, "4 times, from 18 February 2026 to 29 March 2026")
    assert saw(who, {"did_not": several["did"], "period": "ever"}) == (
        False, "4 times, from 18 February 2026 to 29 March 2026",
    )  # fmt: skip
    assert saw(who, {**CHARGED, "period": MONTH, "which": "first"}) == (False, "4 times, first on 18 February 2026")
    assert saw(who, {**CHARGED, "period": MONTH, "which": "last", "weekdays": [5, 6]}) == (
        True, "2 times, last on 28 March 2026",
    )  # fmt: skip
    assert saw(who, {"did": "Flown", "period": "ever"}) == (False, "never")
    assert saw(who, {"did": "Flown", "period": EVER}) == (False, "never")


def test_what_is_seen_of_a_period_lies_in_it() -> None:
    who = person("who")
    for days_ago in (90, 60, 40):
        did(who, days_ago=days_ago)
    early = {"from": "2020-01-01", "to": "2026-01-15"}

    assert saw(who, {"did_not": "Charged", "period": MONTH}) == (True, "never")
    assert saw(who, {**CHARGED, "period": MONTH}) == (False, "never")
    assert saw(who, {**CHARGED, "period": early}) == (True, "once, on 30 December 2025")
    assert saw(who, {**CHARGED, "period": {"to": "2026-01-15"}}) == (True, "once, on 30 December 2025")


def test_numbers_of_any_size() -> None:
    who = person("who")
    did(who, amount=10**40)
    average = {"property": "amount", "operator": "greater_than", "value": 4}

    assert saw(who, {**CHARGED, "average": average}) == (True, f"once, on 29 March 2026, {10**40:,} on average")


def test_interests() -> None:
    who = person("who", zone="Asia/Kathmandu")
    for category in ["coat", "coat", "hat", "shoe", "bag", 5]:
        did(who, "Viewed", category=category)
    viewed = {"interest": "Viewed", "period": EVER}
    values = {"property": "category", "values": ["coat"]}

    assert saw(who, {**viewed, "of": values, "at_least": 50}) == (
        False, "6 times: “coat” 2, “bag” 1, “hat” 1, others 1, no value 1",
    )  # fmt: skip
    assert saw(who, {**viewed, "of": {"weekdays": [7]}, "predominantly": True}) == (True, "6 times: Sunday 6")
    assert saw(who, {**viewed, "of": {"hours": {"from": "15:00", "to": "16:00"}}, "at_least": 1}) == (
        True, "6 times: 15:00 6",
    )  # fmt: skip
    assert saw(who, {**viewed, "interest": "Flown", "of": values, "at_least": 1}) == (False, "never")


@pytest.mark.parametrize(
    ("born", "expected"),
    [
        (None, (False, "no birth date")),
        (date(2025, 3, 1), (False, "1 year old, born on 1 March 2025")),
        (date(1990, 3, 31), (True, "35 years old, born on 31 March 1990")),
        (date(2026, 3, 31), (False, "not born before 31 March 2026")),
    ],
)
def test_ages(born: date | None, expected: tuple[bool, str]) -> None:
    assert saw(person("who", birth_date=born), {"age": {"operator": "greater_than", "value": 30}}) == expected


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ((-23.5, -46.63), (True, "5.653 km from São Paulo")),
        ((0.0, 0.001), (True, "112 m from 0° N 0° E")),
        ((52.5, 13.4), (False, "5,969.791 km from 0° N 0° E")),
        ((None, 13.4), (False, "no place")),
        ((float("nan"), 13.4), (False, "no place")),
        ((10.0, 181.0), (False, "no place")),
    ],
)
def test_distances(place: tuple[float | None, float | None], expected: tuple[bool, str]) -> None:
    points = [{"latitude": -23.55, "longitude": -46.62, "name": "São Paulo"}, {"latitude": 0, "longitude": 0}]
    latitude, longitude = place

    assert saw(person("who", latitude=latitude, longitude=longitude), {"near": points, "metres": 50_000}) == expected


def test_channels() -> None:
    yes, unasked = person("yes", email="a@example.com"), person("unasked")
    Subscription.objects.create(profile=yes, channel="email", state="unsubscribed")

    assert saw(yes, {"channel": "email", "is": "has_address"}) == (True, "has an address, unsubscribed")
    assert saw(yes, {"channel": "email", "is": "reachable"}) == (False, "has an address, unsubscribed")
    assert saw(yes, {"channel": "export", "is": "reachable"}) == (True, "has an address, never said yes or no")
    assert saw(unasked, {"channel": "push", "is": "has_address"}) == (False, "no address, never said yes or no")


def test_devices() -> None:
    who = person("who")
    newer = {"property": "app_version", "type": "version", "operator": "greater_than", "value": "9.8"}
    seen = {"property": "last_seen_at", "type": "date", "operator": "last_days", "value": 7}
    assert saw(who, {"device": [newer]}) == (False, "no device")

    for number in range(7):
        days = timedelta(days=number)
        Device.objects.create(
            profile=who, platform="ios", token=str(number), app_version=f"9.{number}", last_seen_at=NOW - days
        )

    assert saw(who, {"device": [newer, seen]}) == (
        False,
        "app version “9.0”, last use 30 March 2026; app version “9.1”, last use 29 March 2026;"
        " app version “9.2”, last use 28 March 2026; app version “9.3”, last use 27 March 2026;"
        " app version “9.4”, last use 26 March 2026; 2 more",
    )


def test_other_segments_and_lists() -> None:
    who = person("who", language="pt")
    spanish = segment("Spanish", SPANISH, {"bucket": {"from": 0, "to": 9}})
    either = segment("Either", {"any": [SPANISH, {"segment": spanish.pk, "is": "not_in"}]})
    guests = CustomList.objects.create(name="Guests")
    upload = ListUpload.objects.create(list=guests, file_name="guests.csv", path="x", size=1)
    ListMember.objects.create(upload=upload, profile=who)
    CustomList.objects.filter(pk=guests.pk).update(current=upload)

    nodes = [{"segment": pk, "is": "in"} for pk in (spanish.pk, either.pk)]
    nodes += [{"list": guests.pk, "is": is_in} for is_in in ("in", "not_in")]
    found = explained(who, *nodes, {"none": [{"segment": either.pk, "is": "not_in"}]})

    assert found.findings == (
        Finding((), "all of these", False, ""),
        Finding((0,), "in the segment “Spanish”", False, "does not hold: whose language is “Spanish (es)”"),
        Finding((1,), "in the segment “Either”", True, "all of its conditions hold"),
        Finding((2,), "in the list “Guests”", True, "on the list"),
        Finding((3,), "not in the list “Guests”", False, "on the list"),
        Finding((4,), "none of these", True, ""),
        Finding((4, 0), "not in the segment “Either”", False, "all of its conditions hold"),
    )


@pytest.mark.parametrize(
    ("kind", "language", "expected"),
    [
        ("any", "es", (True, "holds: whose language is “Spanish (es)”")),
        ("any", "pt", (False, "none of its conditions holds")),
        ("none", "es", (False, "holds: whose language is “Spanish (es)”")),
        ("none", "pt", (True, "none of its conditions holds")),
    ],
)
def test_the_branches_of_another_segment_that_decide(kind: str, language: str, expected: tuple[bool, str]) -> None:
    spanish = segment()
    spanish.tree = rule(SPANISH, {"bucket": {"from": 5, "to": 9}}, kind=kind)
    spanish.save()

    assert saw(person("who", language=language), {"segment": spanish.pk, "is": "in"}) == expected


def test_values_of_another_type_are_counted_for_every_family() -> None:
    who, other = person("who", properties={"build": "soon"}), person("other")
    Device.objects.create(profile=who, platform="ios", token="1", app_version="beta")
    Device.objects.create(profile=other, platform="ios", token="2", app_version="9.8")
    did(who, amount="a lot", Items=[{"price": "free", "name": 5}, 7], category=3)
    did(other, amount=2, Items="coat", category="coat")
    version = {"type": "version", "operator": "greater_than", "value": "9.8"}
    price = {"property": "Items", "item": "price", "type": "number", "operator": "greater_than", "value": 1}
    average = {"property": "amount", "operator": "greater_than", "value": 1}
    of = {"property": "category", "values": ["coat"]}
    tree = parse(
        rule(
            {"property": "build", **version},
            {"device": [{"property": "app_version", **version}]},
            {"did": [{"event": "Charged", "where": [price]}, {"event": "Viewed"}], "period": "ever"},
            {**CHARGED, "average": average},
            {"interest": "Charged", "period": MONTH, "of": of, "at_least": 3},
        )
    )

    assert mismatches(tree, CONTEXT) == [
        Mismatch(1, "build", "a version", None),
        Mismatch(1, "app_version", "a version", None),
        Mismatch(1, "Items", "a list", "Charged"),
        Mismatch(1, "Items.price", "a number", "Charged"),
        Mismatch(1, "amount", "a number", "Charged"),
        Mismatch(1, "category", "a text", "Charged"),
    ]
