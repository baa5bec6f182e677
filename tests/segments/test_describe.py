"""A rule as one sentence."""

import pytest

from segments import operators
from segments.describe import sentence
from segments.inputs import AMOUNT, DAY, NOTHING, NUMBER, NUMBERS, SEVERAL, SPAN, TEXT
from segments.parse import parse
from segments.tree import All, Any, NoneOf
from tests.segments.making import CHARGED, SPANISH, rule

NOT_LATELY = {"did_not": "Charged", "period": {"last": 60, "unit": "days"}}
BUCKET = {"bucket": {"from": 0, "to": 99}}


def measured(**measure: object) -> dict[str, object]:
    return {**CHARGED, **measure}


SENTENCES = [
    (rule(), "Everyone."),
    (rule(SPANISH), "People whose language is “es”."),
    (rule(SPANISH, NOT_LATELY), "People whose language is “es” and who did not do Charged in the last 60 days."),
    (rule(SPANISH, CHARGED, BUCKET), "People whose language is “es”, who did Charged, and in buckets 0 to 99."),
    (rule(SPANISH, BUCKET, kind="any"), "People whose language is “es” or in buckets 0 to 99."),
    (rule(SPANISH, BUCKET, kind="none"), "Everyone except people whose language is “es” or in buckets 0 to 99."),
    (
        rule(CHARGED, {"any": [SPANISH, BUCKET]}, {"none": [SPANISH]}),
        "People who did Charged, (whose language is “es” or in buckets 0 to 99), and who are none of these:"
        " (whose language is “es”).",
    ),
    (rule({"all": [SPANISH, BUCKET]}), "People (whose language is “es” and in buckets 0 to 99)."),
    (rule({"any": [SPANISH]}), "People whose language is “es”."),
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
}
PHRASES = {
    "equals": "is exactly 1,000",
    "not_equals": "is not 1,000",
    "contains": "contains “{es}”",
    "starts_with": "starts with “{es}”",
    "greater_than_equals": "is at least 1,000",
    "less_than_equals": "is at most 1,000",
    "greater_than": "is more than 1,000",
    "less_than": "is less than 1,000",
    "on": "is on 1 March 2026",
    "before": "is before 1 March 2026",
    "after": "is after 1 March 2026",
    "between": "is between 1 March 2026 and 2 March 2026",
    "last_days": "is within the last 7 days",
    "next_days": "is within the next 7 days",
    "is_true": "is yes",
    "is_false": "is no",
    "any_of": "contains “es”",
    "all_of": "contains all of “es”",
    "none_of": "does not contain “es”",
    "exists": "has a value",
    "missing": "is missing",
}


def test_every_comparison_has_its_phrase() -> None:
    said = {row.key: row.says(row.input.parse(VALUES[row.input.widget])) for row in operators.OPERATORS}

    assert said == PHRASES
