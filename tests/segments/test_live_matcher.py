"""What the matcher says of one event, in which words, and when a date comes due."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from segments.context import Context
from segments.live.matcher import Happening, No, Opened, Past, Qualifies, Undone, Verdict, Waits, judge
from segments.live.moments import NoMoment, due
from segments.live.rule import Action, Inaction, LiveRule, OnDate, PageCount, PageVisit, Referral, Span
from segments.tree import All, Bucket, Comparison, Deed, Property, Type

NOON = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)
NOW = NOON + timedelta(minutes=5)
BERLIN = ZoneInfo("Europe/Berlin")
CONTEXT = Context(NOW, ZoneInfo("UTC"))
CART, CHARGED = Deed("Added To Cart"), Deed("Charged")
DEAR = Deed("Charged", (Property("amount", Comparison(Type.NUMBER, "greater_than_equals", Decimal(5))),))
ABANDONED = LiveRule(Inaction((CART,), (CHARGED,), Span(30, "minutes")))
FIVE_PAGES = LiveRule(PageCount(Comparison(Type.NUMBER, "greater_than_equals", Decimal(5))))


def event(name: str = "Charged", zone: ZoneInfo = BERLIN, **properties: object) -> Happening:
    return Happening(7, 1, name, NOON, properties, zone)


def answer(rule: LiveRule, one: Happening, past: Past | None = None) -> Qualifies | Waits | No:
    return judge(rule, one, past or Past(), CONTEXT).answer


@pytest.mark.parametrize(
    ("rule", "one", "past", "expected"),
    [
        (LiveRule(Action((CART, DEAR))), event(amount=5), Past(), Qualifies(NOON)),
        (
            LiveRule(Action((CART, DEAR))),
            event("Left"),
            Past(),
            No("This is not Added To Cart or Charged (where amount is at least 5)."),
        ),
        (
            LiveRule(Action((DEAR,))),
            event(amount="5"),
            Past(),
            No("Here amount is “5”; the rule wants: amount is at least 5."),
        ),
        (
            LiveRule(Action((DEAR,))),
            event(),
            Past(),
            No("Here amount has no value; the rule wants: amount is at least 5."),
        ),
        (LiveRule(Action((CHARGED,)), first_time_only=True), event(), Past(), Qualifies(NOON)),
        (
            LiveRule(Action((CHARGED,)), first_time_only=True),
            event(),
            Past(is_earlier=True),
            No("Not for the first time: they did this before."),
        ),
        (LiveRule(Action((CHARGED,))), event(), Past(is_earlier=True), Qualifies(NOON)),
        (
            LiveRule(Action((CHARGED,)), filter=All((Bucket(0, 9),))),
            event(),
            Past(is_among=False),
            No("They are not among the people this is for."),
        ),
        (ABANDONED, event("Added To Cart"), Past(), Waits(NOON + timedelta(minutes=30), (CHARGED,))),
        (ABANDONED, event("Charged"), Past(), No("This ends a wait, it begins none.")),
        (
            ABANDONED,
            event("Added To Cart"),
            Past(undone=Undone("Charged", NOON + timedelta(minutes=12, seconds=30))),
            No("They did Charged 12 minutes later."),
        ),
        (
            ABANDONED,
            event("Added To Cart"),
            Past(undone=Undone("Charged", NOON)),
            No("They did Charged at the same moment."),
        ),
        (FIVE_PAGES, event("Page Viewed"), Past(page=5), Qualifies(NOON)),
        (FIVE_PAGES, event("Page Viewed"), Past(page=2), No("This is page 2 of the visit; it takes 5.")),
        (FIVE_PAGES, event("Page Viewed"), Past(page=6), No("It had 5 pages in this visit before.")),
        (
            LiveRule(PageVisit(Comparison(Type.TEXT, "contains", "/PAY"))),
            event("Page Viewed", page_url="https://shop.example/pay?x=1"),
            Past(),
            Qualifies(NOON),
        ),
        (
            LiveRule(Referral("utm_source", Comparison(Type.TEXT, "equals", ("google",)))),
            event("Page Viewed", utm_source="Google"),
            Past(),
            No("Here utm_source is “Google”; the rule wants: utm_source is “google”."),
        ),
    ],
)
def test_an_event_qualifies_waits_or_does_not_and_says_why(
    rule: LiveRule, one: Happening, past: Past, expected: Qualifies | Waits | No
) -> None:
    assert answer(rule, one, past) == expected


def test_a_wait_that_is_over_is_decided_by_whom_the_rule_is_for_then() -> None:
    rule = LiveRule(ABANDONED.trigger, filter=All((Bucket(0, 9),)))
    cart, over = event("Added To Cart"), NOON + timedelta(minutes=30)

    asked = [
        judge(rule, cart, past, Context(now, CONTEXT.zone)).answer
        for past in (Past(), Past(is_among=False))
        for now in (over - timedelta(microseconds=1), over)
    ]

    assert asked == [
        Waits(over, (CHARGED,)),
        Qualifies(over),
        Waits(over, (CHARGED,)),
        No("They are not among the people this is for."),
    ]


def test_what_was_not_to_be_done_may_end_the_waits_of_the_window_before_it() -> None:
    assert [judge(ABANDONED, event(name), Past(), CONTEXT).ends for name in ("Charged", "Added To Cart")] == [
        Opened(NOON - timedelta(minutes=30), NOON),
        None,
    ]


def test_an_event_may_begin_a_wait_and_end_others() -> None:
    rule = LiveRule(Inaction((CHARGED,), (CHARGED,), Span(1, "days")))

    assert judge(rule, event(), Past(), CONTEXT) == Verdict(
        Waits(NOON + timedelta(days=1), (CHARGED,)), Opened(NOON - timedelta(days=1), NOON)
    )


def test_an_event_of_a_clock_that_is_ahead_qualifies_at_once() -> None:
    ahead = Happening(7, 1, "Charged", NOW + timedelta(minutes=2), {}, BERLIN)

    assert answer(LiveRule(Action((CHARGED,))), ahead) == Qualifies(NOW + timedelta(minutes=2))


def test_a_long_value_is_cut_short_in_the_reason() -> None:
    said = answer(LiveRule(Action((DEAR,))), event(amount="x" * 5000))

    assert said == No(f"Here amount is “{'x' * 79}…; the rule wants: amount is at least 5.")


def on(when: str = "on", shift: Span | None = None, clock: time | None = None) -> OnDate:
    return OnDate(Deed("Booked"), "visit_on", when, shift, clock)  # type: ignore[arg-type]  # one of three words


def utc(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}Z")


# Europe: clocks go from 02:00 to 03:00 on 29 March and back from 03:00 on 25 October 2026.
DUE: list[tuple[OnDate, object, str, str]] = [
    (on(), "2026-04-02", "Europe/Berlin", "2026-04-01T22:00"),
    (on(), "2026-04-02", "America/Havana", "2026-04-02T04:00"),
    (on(), "2026-04-02T09:30", "Europe/Berlin", "2026-04-02T07:30"),
    (on(), "2026-04-02 09:30:15.5", "UTC", "2026-04-02T09:30:15.500"),
    (on(), "2026-04-02T09:30:00+05:45", "Europe/Berlin", "2026-04-02T03:45"),
    (on(clock=time(9)), "2026-04-02T23:30:00Z", "Europe/Berlin", "2026-04-03T07:00"),
    (on("before", Span(5, "days")), "2026-04-02", "Europe/Berlin", "2026-03-27T23:00"),
    (on("before", Span(5, "days"), time(9)), "2026-04-02", "Europe/Berlin", "2026-03-28T08:00"),
    (on("after", Span(2, "days")), "2026-03-28T12:00", "Europe/Berlin", "2026-03-30T10:00"),
    (on("after", Span(48, "hours")), "2026-03-28T12:00", "Europe/Berlin", "2026-03-30T11:00"),
    (on("before", Span(90, "minutes")), "2026-03-29T03:30", "Europe/Berlin", "2026-03-29T00:00"),
    (on(), "2026-03-29T02:30", "Europe/Berlin", "2026-03-29T01:00"),
    (on("before", Span(1, "days")), "2026-03-30T02:30", "Europe/Berlin", "2026-03-29T01:00"),
    (on(clock=time(2, 30)), "2026-10-25", "Europe/Berlin", "2026-10-25T00:30"),
    (on(), "2026-10-25T02:30:00+01:00", "Europe/Berlin", "2026-10-25T01:30"),
]


@pytest.mark.parametrize(("trigger", "value", "zone", "moment"), DUE)
def test_a_date_comes_due_on_the_clock_of_the_person(trigger: OnDate, value: object, zone: str, moment: str) -> None:
    assert due(trigger, value, ZoneInfo(zone)) == utc(moment)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "visit_on has no value."),
        (" ", "visit_on has no value."),
        ("soon", "visit_on is “soon”, which is no date."),
        ("2026-02-30", "visit_on is “2026-02-30”, which is no date."),
        (20260402, "visit_on is 20,260,402, which is no date."),
        (["2026-04-02"], "visit_on is “2026-04-02”, which is no date."),
        ("9999-12-31", "visit_on is “9999-12-31”, too far away for a date."),
    ],
)
def test_what_is_no_date_is_a_reason(value: object, reason: str) -> None:
    with pytest.raises(NoMoment, match=f"^{reason}$"):
        due(on("after", Span(5, "days")), value, BERLIN)


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"visit_on": "2026-04-02"}, Waits(utc("2026-04-01T22:00"))),
        ({"visit_on": "2026-03-28T13:00"}, Qualifies(NOON)),
        ({"visit_on": "2026-03-28T12:59"}, No("Too late: that moment had passed when they did this.")),
        ({"visit_on": 3}, No("visit_on is 3, which is no date.")),
    ],
)
def test_a_date_in_an_event_is_waited_for_unless_it_has_passed(
    properties: Mapping[str, object], expected: Qualifies | Waits | No
) -> None:
    assert answer(LiveRule(on()), event("Booked", BERLIN, **properties)) == expected
