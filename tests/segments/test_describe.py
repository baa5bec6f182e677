"""A rule as one sentence."""

import pytest

from segments import operators
from segments.describe import Names, sentence
from segments.inputs import AMOUNT, DAY, NOTHING, NUMBER, NUMBERS, SEVERAL, SPAN, TEXT, VERSION, VERSIONS
from segments.parse import parse
from segments.tree import All, Any, NoneOf
from tests.segments.making import CHARGED, SPANISH, rule

NOT_LATELY = {"did_not": "Charged", "period": {"last": 60, "unit": "days"}}
BUCKET = {"bucket": {"from": 0, "to": 99}}


def measured(**measure: object) -> dict[str, object]:
    return {**CHARGED, **measure}


SENTENCES = [
    (rule(), "Everyone."),
    (rule(SPANISH), "People whose language is “Spanish (es)”."),
    (
        rule(SPANISH, NOT_LATELY),
        "People whose language is “Spanish (es)” and who did not do Charged in the last 60 days.",
    ),
    (
        rule(SPANISH, CHARGED, BUCKET),
        "People whose language is “Spanish (es)”, who did Charged, and in buckets 0 to 99.",
    ),
    (rule(SPANISH, BUCKET, kind="any"), "People whose language is “Spanish (es)” or in buckets 0 to 99."),
    (
        rule(SPANISH, BUCKET, kind="none"),
        "Everyone except people whose language is “Spanish (es)” or in buckets 0 to 99.",
    ),
    (
        rule(CHARGED, {"any": [SPANISH, BUCKET]}, {"none": [SPANISH]}),
        "People who did Charged, (whose language is “Spanish (es)” or in buckets 0 to 99), and who are none of these:"
        " (whose language is “Spanish (es)”).",
    ),
    (rule({"all": [SPANISH, BUCKET]}), "People (whose language is “Spanish (es)” and in buckets 0 to 99)."),
    (rule({"any": [SPANISH]}), "People whose language is “Spanish (es)”."),
    (
        rule(measured(count={"operator": "greater_than_equals", "value": 2}, period={"last": 1, "unit": "days"})),
        "People who did Charged at least 2 times in the last 1 day.",
    ),
    (
        rule(measured(count={"operator": "equals", "value": 1}, period={"last": 0, "unit": "days"})),
        "People who did Charged exactly 1 time today.",
    ),
    (
        rule(measured(count={"operator": "less_than", "value": 3, "include_never": True})),
        "People who did Charged less than 3 times (or never did).",
    ),
    (
        rule(measured(sum={"property": "Amount", "operator": "between", "value": [10, 1250.5]})),
        "People who did Charged with a total Amount of between 10 and 1,250.5.",
    ),
    (
        rule({**CHARGED, "where": [{**SPANISH, "property": "category", "value": ["a", "b", "c"]}]}),
        "People who did Charged where category is “a”, “b” or “c”.",
    ),
    (rule({**CHARGED, "period": {"last": 1, "unit": "hours"}}), "People who did Charged in the last hour."),
    (rule({**CHARGED, "period": {"last": 5, "unit": "hours"}}), "People who did Charged in the last 5 hours."),
    (rule({**CHARGED, "period": {"named": "previous_month"}}), "People who did Charged last month."),
    (rule({**CHARGED, "period": {"named": "this_season"}}), "People who did Charged this season."),
    (rule({**CHARGED, "period": {"from": "2026-03-01"}}), "People who did Charged since 1 March 2026."),
    (rule({**CHARGED, "period": {"to": "2026-03-01"}}), "People who did Charged up to 1 March 2026."),
    (
        rule({**CHARGED, "period": {"from": "2026-03-01", "to": "2026-03-02"}}),
        "People who did Charged from 1 March 2026 to 2 March 2026.",
    ),
    (
        rule({**CHARGED, "period": {"from": "2026-03-01", "to": "2026-03-01"}}),
        "People who did Charged on 1 March 2026.",
    ),
]


@pytest.mark.parametrize(("json", "words"), SENTENCES)
def test_a_rule_reads_as_a_sentence(json: object, words: str) -> None:
    assert sentence(parse(json)) == words


def test_groups_without_members_are_everyone_or_nobody() -> None:
    assert [sentence(tree) for tree in (All(), Any(), NoneOf())] == ["Everyone.", "Nobody.", "Everyone."]


VALUES: dict[str, object] = {
    NOTHING.widget: None,
    TEXT.widget: "{es}",
    SEVERAL.widget: ["es"],
    NUMBER.widget: 1000,
    NUMBERS.widget: [1, 2],
    DAY.widget: "2026-03-01",
    SPAN.widget: ["2026-03-01", "2026-03-02"],
    AMOUNT.widget: 7,
    VERSION.widget: "10.2",
    VERSIONS.widget: ["9.8", "10.2"],
}
PHRASES = {
    ("text", "equals"): "is “es”",
    ("text", "not_equals"): "is not “es”",
    ("text", "contains"): "contains “{es}”",
    ("text", "not_contains"): "does not contain “{es}”",
    ("text", "starts_with"): "starts with “{es}”",
    ("number", "greater_than_equals"): "is at least 1,000",
    ("number", "equals"): "is exactly 1,000",
    ("number", "not_equals"): "is not 1,000",
    ("number", "less_than_equals"): "is at most 1,000",
    ("number", "greater_than"): "is more than 1,000",
    ("number", "less_than"): "is less than 1,000",
    ("number", "between"): "is between 1 and 2",
    ("version", "greater_than_equals"): "is at least 10.2",
    ("version", "equals"): "is exactly 10.2",
    ("version", "not_equals"): "is not 10.2",
    ("version", "less_than_equals"): "is at most 10.2",
    ("version", "greater_than"): "is more than 10.2",
    ("version", "less_than"): "is less than 10.2",
    ("version", "between"): "is between 9.8 and 10.2",
    ("date", "on"): "is on 1 March 2026",
    ("date", "before"): "is before 1 March 2026",
    ("date", "after"): "is after 1 March 2026",
    ("date", "between"): "is between 1 March 2026 and 2 March 2026",
    ("date", "last_days"): "is within the last 7 days",
    ("date", "next_days"): "is within the next 7 days",
    ("date", "anniversary_today"): "has its anniversary today",
    ("date", "anniversary_last_days"): "had its anniversary in the last 7 days",
    ("date", "anniversary_next_days"): "has its anniversary in the next 7 days",
    ("boolean", "is_true"): "is yes",
    ("boolean", "is_false"): "is no",
    ("list", "any_of"): "contains “es”",
    ("list", "all_of"): "contains all of “es”",
    ("list", "none_of"): "does not contain “es”",
    ("text", "exists"): "has a value",
    ("text", "missing"): "is missing",
}


def test_every_comparison_has_its_phrase() -> None:
    said = {
        (str(row.types[0]), row.key): row.says(row.input.parse(VALUES[row.input.widget])) for row in operators.OPERATORS
    }

    assert said == PHRASES


def compared(name: str, kind: str, operator: str, value: object) -> dict[str, object]:
    return {"property": name, "type": kind, "operator": operator, "value": value}


COAT = compared("category", "text", "equals", ["coat"])
IPHONE = compared("platform", "text", "equals", ["ios"])
NEW_APP = compared("app_version", "version", "greater_than", "9.8")
NEW_SYSTEM = compared("os_version", "version", "greater_than_equals", "17")
LATELY = compared("last_seen_at", "date", "last_days", 7)
MONTH = {"last": 30, "unit": "days"}
SAO_PAULO = {"latitude": -23.55, "longitude": -46.63, "name": "São Paulo"}
EVENING = {"from": "18:00", "to": "02:00"}
VIEWED = {"interest": "Product Viewed", "period": MONTH}
FAMILIES: list[tuple[dict[str, object], str]] = [
    (
        {**CHARGED, "period": MONTH, "weekdays": [6, 7], "hours": EVENING, "where": [COAT],
         "count": {"operator": "greater_than_equals", "value": 2}},
        "who did Charged at least 2 times in the last 30 days on Saturdays or Sundays between 18:00 and 02:00"
        " where category is “coat”",
    ),
    ({**CHARGED, "hours": {"from": "08:00", "to": "08:00"}}, "who did Charged at any time of day"),
    ({**CHARGED, "weekdays": [1, 3, 5]}, "who did Charged on Mondays, Wednesdays or Fridays"),
    ({**CHARGED, "period": MONTH, "which": "first"}, "who did Charged for the first time in the last 30 days"),
    (
        {**CHARGED, "period": MONTH, "which": "last", "weekdays": [2]},
        "who did Charged for the last time in the last 30 days on Tuesdays",
    ),
    (
        {**CHARGED, "average": {"property": "Amount", "operator": "greater_than", "value": 5}},
        "who did Charged with an average Amount of more than 5",
    ),
    (
        {**CHARGED, "average": {"property": "Amount", "operator": "less_than", "value": 5, "include_never": True}},
        "who did Charged with an average Amount of less than 5 (or never did)",
    ),
    (
        {"did": [{"event": "Charged", "where": [COAT]}, {"event": "Added"}, {"event": "Viewed"}], "period": MONTH},
        "who did Charged (where category is “coat”), Added or Viewed in the last 30 days",
    ),
    (
        {"did": [{"event": "Charged"}, {"event": "Added"}], "period": "ever",
         "count": {"operator": "greater_than", "value": 3}},
        "who did Charged or Added more than 3 times in all",
    ),
    (
        {"did_not": [{"event": "Charged"}, {"event": "Added"}], "period": MONTH, "hours": EVENING},
        "who did not do Charged or Added in the last 30 days between 18:00 and 02:00",
    ),
    (
        {**CHARGED, "where": [{**COAT, "property": "Items", "item": "category"}]},
        "who did Charged where the category of one of Items is “coat”",
    ),
    (
        {**VIEWED, "of": {"property": "category", "values": ["coat", "hat"]}, "predominantly": True},
        "who mostly did Product Viewed with category “coat” or “hat” in the last 30 days",
    ),
    (
        {**VIEWED, "of": {"hours": {"from": "18:00", "to": "21:00"}}, "predominantly": True},
        "who mostly did Product Viewed between 18:00 and 21:00 in the last 30 days",
    ),
    (
        {**VIEWED, "of": {"weekdays": [6, 7]}, "at_least": 30, "where": [COAT]},
        "who did Product Viewed on Saturdays or Sundays at least 30% of the times in the last 30 days"
        " where category is “coat”",
    ),
    ({"age": {"operator": "between", "value": [18, 30]}}, "aged 18 to 30"),
    ({"age": {"operator": "greater_than_equals", "value": 18}}, "aged at least 18"),
    ({"near": [SAO_PAULO], "metres": 50_000}, "within 50 km of São Paulo"),
    ({"near": [SAO_PAULO, {"latitude": 0, "longitude": 7.5}], "metres": 999},
     "within 999 m of São Paulo or 0° N 7.5° E"),
    ({"near": [{"latitude": -1.25, "longitude": -0.5}], "metres": 1_500}, "within 1.5 km of 1.25° S 0.5° W"),
    ({"near": [{"latitude": 1, "longitude": 0}], "metres": 1_000}, "within 1 km of 1° N 0° E"),
    ({"channel": "email", "is": "has_address"}, "with an e-mail address"),
    ({"channel": "push", "is": "reachable"}, "reachable by push"),
    ({"channel": "sms", "is": "subscribed"}, "subscribed to SMS"),
    ({"channel": "whatsapp", "is": "unsubscribed"}, "unsubscribed from WhatsApp"),
    ({"channel": "export", "is": "suppressed"}, "suppressed for exports"),
    ({"device": [NEW_APP]}, "with a device whose app version is more than 9.8"),
    (
        {"device": [IPHONE, NEW_SYSTEM, LATELY]},
        "with a device whose platform is “iOS” and whose OS version is at least 17"
        " and whose last use is within the last 7 days",
    ),
    ({"segment": 12, "is": "in"}, "in the segment “Coats”"),
    ({"segment": 13, "is": "not_in"}, "not in the segment number 13"),
    ({"list": 12, "is": "in"}, "in the list “VIPs”"),
    (compared("gender", "text", "equals", ["F", "x"]), "whose gender is “female” or “x”"),
    (compared("gender", "text", "contains", "F"), "whose gender contains “F”"),
    (compared("language", "text", "equals", ["F"]), "whose language is “F”"),
    (compared("birth_date", "date", "anniversary_today", None), "whose birth date has its anniversary today"),
    (compared("my_date", "date", "on", "2026-03-01"), "whose my_date is on 1 March 2026"),
]  # fmt: skip


@pytest.mark.parametrize(("json", "words"), FAMILIES)
def test_every_family_reads_in_marketers_words(json: dict[str, object], words: str) -> None:
    names = Names(segments={12: "Coats"}, lists={12: "VIPs"})

    assert sentence(parse(rule(json)), names) == f"People {words}."


def test_every_channel_and_standing_has_words_of_its_own() -> None:
    channels = ["email", "sms", "push", "whatsapp", "export"]
    standings = ["has_address", "reachable", "subscribed", "unsubscribed", "suppressed"]
    said = {sentence(parse(rule({"channel": channel, "is": each}))) for channel in channels for each in standings}

    assert len(said) == 25
