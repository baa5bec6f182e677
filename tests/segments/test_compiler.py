"""Whom each condition on what people did finds: the cases that decide between two readings of it."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any as Anything
from zoneinfo import ZoneInfo

import pytest
from psycopg.sql import SQL

from people.models import Profile
from people.registry import EVENT_RELATIONS, EventRelation
from segments.tree import (
    Any,
    Average,
    Between,
    Calendar,
    Comparison,
    Deed,
    Did,
    DidNot,
    Ever,
    Hours,
    Interest,
    NoneOf,
    Property,
    Sum,
    Times,
    Type,
    Values,
)
from tests.segments.compiling import CHARGED, WEEK, at_least, at_most, did_at, found, is_, text
from tests.segments.making import CONTEXT, did, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("event_table")]


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


@pytest.mark.parametrize(
    ("name", "spring", "a_year_on"),
    [
        ("this_month", ["march"], ["next march"]),
        ("previous_month", ["february"], []),
        ("this_season", ["march"], ["next march"]),
        ("previous_season", ["december", "february"], []),
        ("this_quarter", ["february", "march"], ["next march"]),
        ("previous_quarter", ["december"], []),
        ("this_year", ["february", "march"], ["next march"]),
        ("previous_year", ["december"], ["february", "march"]),
    ],
)
def test_a_period_of_the_calendar_goes_with_the_day(name: str, spring: list[str], a_year_on: list[str]) -> None:
    """Of the account's zone: 23:30 in UTC on 31 December is the year after in Berlin."""
    berlin = replace(CONTEXT, zone=ZoneInfo("Europe/Berlin"))
    for who, at in {
        "december": datetime(2025, 12, 31, 22, 30, tzinfo=UTC),
        "february": datetime(2026, 2, 28, 22, 59, tzinfo=UTC),
        "march": datetime(2026, 2, 28, 23, 0, tzinfo=UTC),
        "next march": datetime(2027, 3, 2, tzinfo=UTC),
    }.items():
        did_at(person(who), at)

    assert sorted(found(Did(CHARGED, Calendar(name)), context=berlin)) == spring
    later = replace(berlin, now=berlin.now.replace(year=2027))
    assert found(Did(CHARGED, Calendar(name)), context=later) == a_year_on


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
