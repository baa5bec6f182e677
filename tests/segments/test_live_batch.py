"""Verdicts on stored events: how many queries they take, and what only the database can know."""

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from people import segment_format
from people.models import Event, EventName, Profile
from people.records import Track
from segments.context import Context
from segments.live.batch import happenings, verdicts
from segments.live.matcher import Happening, No, Qualifies, Waits
from segments.live.rule import PAGE_URL, PAGE_VIEW, Action, Inaction, LiveRule, OnDate, PageCount, Referral, Span
from segments.parse import TreeError
from segments.tree import All, Comparison, Deed, Did, Ever, InSegment, Property, Type
from tests.segments.making import NOW, did, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("event_table")]
UTC_ZONE = ZoneInfo("UTC")
CONTEXT = Context(NOW, UTC_ZONE)
CHARGED = Deed("Charged")
DEAR = Deed("Charged", (Property("amount", Comparison(Type.NUMBER, "greater_than_equals", Decimal(5))),))
ABANDONED = Inaction((Deed("Added To Cart"),), (CHARGED,), Span(30, "minutes"))
PAID = All((Did((CHARGED,), Ever()),))


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def happened(who: Profile, event: str, *, minutes: float, **properties: object) -> int:
    did(who, event, days_ago=-minutes / 1440, **properties)
    return Event.objects.latest("pk").pk


def stored() -> list[Happening]:
    keys = list(Event.objects.values_list("pk", flat=True))
    return happenings(keys, at(-100_000), at(100_000), UTC_ZONE)


def answers(rule: LiveRule, *, now: datetime = NOW) -> dict[int, Qualifies | Waits | No]:
    events = stored()
    found = verdicts(rule, events, Context(now, UTC_ZONE))
    return {event.id: verdict.answer for event, verdict in zip(events, found, strict=True)}


QUERIES = [
    (LiveRule(Action((DEAR,))), 0),
    (LiveRule(Action((DEAR,)), first_time_only=True), 1),
    (LiveRule(Action((CHARGED,)), filter=PAID), 2),
    (LiveRule(ABANDONED, first_time_only=True, filter=PAID), 2),
    (LiveRule(OnDate(CHARGED, "visit_on", "on"), filter=PAID), 2),
    (LiveRule(Referral("utm_source", Comparison(Type.TEXT, "exists")), first_time_only=True), 1),
    (LiveRule(PageCount(Comparison(Type.NUMBER, "equals", Decimal(2))), True, PAID), 4),
]


@pytest.fixture
def crowd() -> None:
    for number in range(12):
        who = person(f"person-{number}")
        happened(who, "Added To Cart", minutes=-5, amount=9)
        happened(who, "Charged", minutes=-4, amount=9, visit_on="2026-03-30T09:30:00Z")
        for page in range(3):
            happened(who, PAGE_VIEW, minutes=page - 3, utm_source="google")


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize(("rule", "queries"), QUERIES)
@pytest.mark.parametrize("people", [1, 12])
def test_the_events_of_many_take_as_many_queries_as_those_of_one(rule: LiveRule, queries: int, people: int) -> None:
    some = set(Profile.objects.order_by("pk").values_list("pk", flat=True)[:people])
    events = [each for each in stored() if each.profile in some]

    with CaptureQueriesContext(connection) as asked:
        found = verdicts(rule, events, CONTEXT)

    assert len(asked) == queries
    assert len(found) == len(events) == 5 * people


def test_events_come_with_the_zone_of_their_person_else_the_accounts(django_assert_num_queries: object) -> None:
    first = happened(person("ana", zone="America/Havana"), "Charged", minutes=-1, amount=5)
    second = happened(person("bia"), "Charged", minutes=0)

    with django_assert_num_queries(1):  # type: ignore[operator]  # a fixture
        found = happenings([first, second, 999_999], at(-1), at(0), ZoneInfo("Europe/Berlin"))

    assert [(each.id, each.name, each.at, each.properties, each.zone.key) for each in found] == [
        (first, "Charged", at(-1), {"amount": 5}, "America/Havana"),
        (second, "Charged", at(0), {}, "Europe/Berlin"),
    ]


def test_the_first_time_is_the_first_with_the_same_filters() -> None:
    ana = person("ana")
    cheap, dear, again = (happened(ana, "Charged", minutes=-3 + n, amount=n) for n in (1, 5, 6))

    assert answers(LiveRule(Action((DEAR,)), first_time_only=True)) == {
        cheap: No("Here amount is 1; the rule wants: amount is at least 5."),
        dear: Qualifies(at(2)),
        again: No("Not for the first time: they did this before."),
    }


def test_what_was_done_before_is_known_though_the_events_are_gone() -> None:
    ana = person("ana")
    gone = happened(ana, "Charged", minutes=-60)
    kept = happened(ana, "Charged", minutes=0)
    Event.objects.filter(pk=gone, at=at(-60)).delete()

    assert answers(LiveRule(Action((CHARGED,)), first_time_only=True)) == {
        kept: No("Not for the first time: they did this before.")
    }


def test_each_time_opens_a_window_of_its_own() -> None:
    ana = person("ana")
    first, second, third = (happened(ana, "Added To Cart", minutes=minutes) for minutes in (0, 10, 40))
    paid = happened(ana, "Charged", minutes=35)

    rule = LiveRule(ABANDONED)

    assert answers(rule, now=at(39)) == {
        first: Qualifies(at(30)),
        second: No("They did Charged 25 minutes later."),
        third: Waits(at(70), (CHARGED,)),
        paid: No("This ends a wait, it begins none."),
    }
    assert answers(rule, now=at(70))[third] == Qualifies(at(70))


@pytest.mark.parametrize(("minutes", "ends"), [(0, True), (29.999, True), (30, False), (-0.001, False)])
def test_the_window_takes_in_its_first_instant_and_not_its_last(minutes: float, ends: bool) -> None:
    ana, bia = person("ana"), person("bia")
    cart = happened(ana, "Added To Cart", minutes=0)
    happened(ana, "Charged", minutes=minutes)
    happened(bia, "Charged", minutes=5)

    assert isinstance(answers(LiveRule(ABANDONED), now=at(60))[cart], No) is ends


def test_of_equals_at_one_instant_only_the_last_waits_on() -> None:
    ana = person("ana")
    first, last = happened(ana, "Charged", minutes=0), happened(ana, "Charged", minutes=0)

    found = answers(LiveRule(Inaction((CHARGED,), (CHARGED,), Span(1, "days"))))

    assert found == {first: No("They did Charged at the same moment."), last: Waits(at(1440), (CHARGED,))}


def test_a_visit_ends_when_no_page_follows_for_half_an_hour() -> None:
    ana = person("ana")
    pages = [happened(ana, PAGE_VIEW, minutes=minutes) for minutes in (0, 30, 60, 90.1, 91, 92)]
    rule = LiveRule(PageCount(Comparison(Type.NUMBER, "greater_than", Decimal(2))))

    assert list(answers(rule).values()) == [
        No("This is page 1 of the visit; it takes 3."),
        No("This is page 2 of the visit; it takes 3."),
        Qualifies(at(60)),
        No("This is page 1 of the visit; it takes 3."),
        No("This is page 2 of the visit; it takes 3."),
        Qualifies(at(92)),
    ]
    once = answers(LiveRule(rule.trigger, first_time_only=True))
    assert [each for each in pages if once[each] == Qualifies(at(60))] == [pages[2]]
    assert once[pages[5]] == No("Not for the first time: they did this before.")


def test_a_filter_is_asked_for_the_people_of_the_events_alone() -> None:
    ana, bia = person("ana", language="es"), person("bia", language="pt")
    first, second = happened(ana, "Charged", minutes=0), happened(bia, "Charged", minutes=0)
    spanish = All((Property("language", Comparison(Type.TEXT, "equals", ("es",))),))

    assert answers(LiveRule(Action((CHARGED,)), filter=spanish)) == {
        first: Qualifies(at(0)),
        second: No("They are not among the people this is for."),
    }


def test_a_filter_by_a_segment_that_is_gone_is_an_error() -> None:
    happened(person("ana"), "Charged", minutes=0)

    with pytest.raises(TreeError):
        answers(LiveRule(Action((CHARGED,)), filter=All((InSegment(999),))))


def test_an_event_of_a_name_that_nobody_did_asks_nothing(django_assert_num_queries: object) -> None:
    happened(person("ana"), "Charged", minutes=0)
    events = stored()

    with django_assert_num_queries(0):  # type: ignore[operator]  # a fixture
        found = verdicts(LiveRule(Action((Deed("Left"),)), True, PAID), events, CONTEXT)

    assert [each.answer for each in found] == [No("This is not Left.")]
    assert EventName.objects.filter(name="Left").count() == 0


def test_a_page_call_of_the_tracking_api_is_a_page_view_with_its_address() -> None:
    message = segment_format.Message(
        type="page", user_id="ana", context={"page": {"url": "https://shop.example/"}, "campaign": {"source": "x"}}
    )

    record = segment_format.fact(message, segment_format.Batch([message]), NOW)

    assert isinstance(record, Track)
    assert (record.event, record.properties) == (PAGE_VIEW, {PAGE_URL: "https://shop.example/", "utm_source": "x"})
