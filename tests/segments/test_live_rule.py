"""The rule of a live segment: its JSON, what is refused and where, its sentence."""

from datetime import time
from decimal import Decimal
from typing import Any

import pytest

from segments.describe import Names
from segments.live.describe import sentence
from segments.live.dump import dump
from segments.live.parse import parse, problems
from segments.live.rule import (
    Action,
    Inaction,
    LiveRule,
    OnDate,
    PageCount,
    PageVisit,
    Referral,
    Span,
    events_of,
)
from segments.parse import TreeError
from segments.tree import All, Comparison, Deed, InSegment, Property, Type
from tests.segments.making import SPANISH

CART: dict[str, Any] = {"event": "Added To Cart"}
COAT: dict[str, Any] = {
    "event": "Charged",
    "where": [{"property": "category", "type": "text", "operator": "equals", "value": ["coat"]}],
}
ABANDONED = {"inaction": {"did": [CART], "not": [COAT], "within": {"amount": 30, "unit": "minutes"}}}
COATS = Deed("Charged", (Property("category", Comparison(Type.TEXT, "equals", ("coat",))),))


def live(trigger: object, **more: object) -> dict[str, Any]:
    return {"version": 1, "live": {"trigger": trigger, **more}}


def date_of(**more: object) -> dict[str, Any]:
    return {"date": {"event": "Booked", "property": "visit_on", "when": "before", "amount": 5, "unit": "days", **more}}


RULES: list[tuple[dict[str, Any], LiveRule, str]] = [
    (live({"action": [CART]}), LiveRule(Action((Deed("Added To Cart"),))), "When someone does Added To Cart."),
    (
        live({"action": [CART, COAT]}, first_time_only=True),
        LiveRule(Action((Deed("Added To Cart"), COATS)), first_time_only=True),
        "When someone does Added To Cart or Charged (where category is “coat”), for the first time.",
    ),
    (
        live(ABANDONED, first_time_only=True, filter={"all": [SPANISH]}),
        LiveRule(
            Inaction((Deed("Added To Cart"),), (COATS,), Span(30, "minutes")),
            True,
            All((Property("language", Comparison(Type.TEXT, "equals", ("es",))),)),
        ),
        "When someone does Added To Cart and then not Charged where category is “coat” within 30 minutes, for the first"
        " time, among people whose language is “Spanish (es)”.",
    ),
    (
        live({"inaction": {"did": [CART], "not": [CART, {"event": "Left"}], "within": {"amount": 1, "unit": "days"}}}),
        LiveRule(Inaction((Deed("Added To Cart"),), (Deed("Added To Cart"), Deed("Left")), Span(1, "days"))),
        "When someone does Added To Cart and then none of Added To Cart or Left within 1 day.",
    ),
    (
        live(date_of(at="09:30")),
        LiveRule(OnDate(Deed("Booked"), "visit_on", "before", Span(5, "days"), time(9, 30))),
        "5 days before the visit_on of someone's Booked, at 09:30.",
    ),
    (
        live(date_of(when="after", amount=1, unit="hours")),
        LiveRule(OnDate(Deed("Booked"), "visit_on", "after", Span(1, "hours"))),
        "1 hour after the visit_on of someone's Booked.",
    ),
    (
        live({"date": {"event": "Booked", "property": "visit_on", "when": "on"}}),
        LiveRule(OnDate(Deed("Booked"), "visit_on", "on")),
        "On the visit_on of someone's Booked.",
    ),
    (
        live({"page_visit": {"operator": "contains", "value": "/checkout"}}),
        LiveRule(PageVisit(Comparison(Type.TEXT, "contains", "/checkout"))),
        "When someone visits a page whose address contains “/checkout”.",
    ),
    (
        live({"referrer": {"property": "utm_source", "operator": "equals", "value": ["google", "bing"]}}),
        LiveRule(Referral("utm_source", Comparison(Type.TEXT, "equals", ("google", "bing")))),
        "When someone comes to a page whose UTM source is “google” or “bing”.",
    ),
    (
        live({"page_count": {"operator": "greater_than_equals", "value": 5}}),
        LiveRule(PageCount(Comparison(Type.NUMBER, "greater_than_equals", Decimal(5)))),
        "When someone has seen at least 5 pages in one visit.",
    ),
]


@pytest.mark.parametrize(("json", "rule", "words"), RULES)
def test_a_rule_is_read_written_back_and_said(json: dict[str, Any], rule: LiveRule, words: str) -> None:
    assert parse(json) == rule
    assert dump(rule) == json
    assert sentence(rule) == words
    assert problems(json) == []


def test_a_filter_is_said_with_the_names_of_its_segments() -> None:
    rule = LiveRule(Action((Deed("Charged"),)), filter=All((InSegment(7),)))

    assert sentence(rule, Names(segments={7: "Regulars"})) == (
        "When someone does Charged, among people in the segment “Regulars”."
    )


def test_a_filter_that_lets_everyone_through_is_none() -> None:
    assert parse(live({"action": [CART]}, filter={"all": []})) == LiveRule(Action((Deed("Added To Cart"),)))


def test_a_rule_knows_the_events_that_matter_to_it() -> None:
    assert [sorted(events_of(rule)) for _, rule, _ in RULES] == [
        ["Added To Cart"],
        ["Added To Cart", "Charged"],
        ["Added To Cart", "Charged"],
        ["Added To Cart", "Left"],
        ["Booked"],
        ["Booked"],
        ["Booked"],
        ["Page Viewed"],
        ["Page Viewed"],
        ["Page Viewed"],
    ]


REFUSED: list[tuple[object, str]] = [
    (None, "Something is missing here."),
    ({"version": 1}, "live: Something is missing here."),
    ({"version": 2, "live": {}}, "version: This segment is of another version; only version 1 can be read."),
    (live({}), "live.trigger: Choose what begins it."),
    (live({"action": [CART], "date": {}}), "live.trigger: Choose what begins it."),
    (live({"moon": "full"}), "live.trigger: Choose what begins it."),
    (live({"action": []}), "live.trigger.action: Choose one to 10 events."),
    (live({"action": [CART] * 11}), "live.trigger.action: Choose one to 10 events."),
    (live({"action": [CART, {"event": ""}]}), "live.trigger.action[1].event: Choose an event."),
    (live({"inaction": {"did": [CART], "not": [COAT]}}), "live.trigger.inaction.within: Something is missing here."),
    (
        live({"inaction": {"did": [CART], "not": [COAT], "within": {"amount": 0, "unit": "minutes"}}}),
        "live.trigger.inaction.within.amount: Type a whole number of minutes from 1 to 43,200.",
    ),
    (
        live({"inaction": {"did": [CART], "not": [COAT], "within": {"amount": 3, "unit": "weeks"}}}),
        "live.trigger.inaction.within.unit: Choose minutes, hours or days.",
    ),
    (live(date_of(when="near")), "live.trigger.date.when: Choose before, on or after."),
    (live(date_of(when="on")), "live.trigger.date.amount: On the date itself there is nothing to add."),
    (live(date_of(amount=366)), "live.trigger.date.amount: Type a whole number of days from 1 to 365."),
    (live(date_of(at="9")), "live.trigger.date.at: Type a time of day from 00:00 to 23:59."),
    (
        live(date_of(unit="hours", at="09:00")),
        "live.trigger.date.at: A time of day goes with days, not with hours or minutes.",
    ),
    (live(date_of(property="")), "live.trigger.date.property: Choose the property that has the date."),
    (live({"page_visit": {"operator": "missing"}}), "live.trigger.page_visit.operator: Choose a comparison."),
    (live({"page_visit": {"operator": "contains"}}), "live.trigger.page_visit.value: Type a text."),
    (
        live({"referrer": {"property": "utm_color", "operator": "exists"}}),
        "live.trigger.referrer.property: Choose the referrer or a UTM value.",
    ),
    (
        live({"page_count": {"operator": "greater_than_equals", "value": 1.5}}),
        "live.trigger.page_count.value: Type a whole number of pages from 1 to 1,000.",
    ),
    (
        live({"page_count": {"operator": "less_than", "value": 5}}),
        "live.trigger.page_count.operator: Choose a comparison.",
    ),
    (live({"action": [CART]}, first_time_only="yes"), "live.first_time_only: This is either true or false."),
    (live({"action": [CART]}, filter={"any": []}), "live.filter: Add a condition to this group."),
    (live({"action": [CART]}, color="red"), "live: “color” is not known here."),
]


@pytest.mark.parametrize(("json", "words"), REFUSED)
def test_what_cannot_work_is_refused_with_its_place(json: object, words: str) -> None:
    with pytest.raises(TreeError) as refusal:
        parse(json)

    assert refusal.value.located == words
    assert [error.located for error in problems(json)] == [words]


def test_every_problem_is_found_at_once() -> None:
    half: dict[str, Any] = {"event": "Charged", "where": [{"property": "", "type": "text", "operator": "equals"}]}
    json = live(
        {"inaction": {"did": [{"event": ""}, CART], "not": [half], "within": {}}},
        filter={"all": [SPANISH, {"bucket": {"from": 5, "to": 2}}]},
    )

    assert [error.path for error in problems(json)] == [
        ("live", "trigger", "inaction", "did", 0, "event"),
        ("live", "trigger", "inaction", "not", 0, "where", 0, "property"),
        ("live", "filter", "all", 1, "bucket", "to"),
    ]


def test_a_rule_of_too_many_values_is_refused() -> None:
    many = {"property": "sku", "type": "text", "operator": "equals", "value": [str(number) for number in range(200)]}
    deeds = [{"event": "Charged", "where": [many] * 10}] * 3

    with pytest.raises(TreeError, match="at most 5,000 values"):
        parse(live({"action": deeds}))
