"""The JSON of a rule: what is read, what is refused, where and with which words."""

import copy
from typing import Any

import pytest

from segments.parse import DEPTH, FILTERS, SIZE, TreeError, dump, parse, problems
from segments.periods import NAMED
from segments.tree import All, Between, Calendar, Deed, Did, Ever, Last
from segments.tree import Any as Either
from tests.segments.making import CHARGED, SPANISH, rule

FULL = rule(
    {
        "did": "Charged",
        "period": {"last": 90, "unit": "days"},
        "where": [{"property": "category", "type": "text", "operator": "equals", "value": ["coat"]}],
        "count": {"operator": "greater_than_equals", "value": 2},
    },
    {"did_not": "Charged", "period": {"from": "2026-01-01", "to": "2026-02-01"}},
    {
        "did": "Charged",
        "period": "ever",
        "sum": {"property": "amount", "operator": "between", "value": [1, 2.5], "include_never": True},
    },
    {"any": [SPANISH, {"bucket": {"from": 0, "to": 99}}]},
    {"none": [{"property": "joined", "type": "date", "operator": "between", "value": ["2026-01-01", "2026-01-02"]}]},
)


def test_a_full_rule_is_read_and_written_back_the_same() -> None:
    assert dump(parse(FULL)) == FULL


def test_an_empty_group_at_the_top_is_everyone() -> None:
    assert parse(rule()) == All()


def test_periods_are_ever_relative_fixed_and_open() -> None:
    periods: list[object] = ["ever", {"last": 2, "unit": "hours"}, {"from": "2026-01-01"}, {"to": "2026-01-01"}]

    read = [parse(rule({"did": "A", "period": each})).of[0] for each in periods]

    assert [each.period for each in read if isinstance(each, Did)][:2] == [Ever(), Last(2, "hours")]
    assert [type(each.period) for each in read if isinstance(each, Did)][2:] == [Between, Between]


@pytest.mark.parametrize("named", [*NAMED, "", "next_month", 3, None])
def test_a_period_of_the_calendar_stays_a_name(named: object) -> None:
    tree = rule({"did": "A", "period": {"named": named}})

    if named not in NAMED:
        assert [error.message for error in problems(tree)] == ["Choose a period."]
    else:
        assert parse(tree).of == (Did((Deed("A"),), Calendar(str(named))),)
        assert dump(parse(tree)) == tree


def changed(path: list[str | int], value: object) -> dict[str, Any]:
    """The full rule with one part replaced, or taken away where `value` is ..."""
    whole = copy.deepcopy(FULL)
    part: Any = whole
    for step in path[:-1]:
        part = part[step]
    if value is ...:
        del part[path[-1]]
    else:
        part[path[-1]] = value
    return whole


FAMILIES = "property, did, did_not, interest, age, near, channel, device, segment, list, bucket"
CHOICES = f"Choose one of: all, any, none, {FAMILIES}."
FIRST: list[str | int] = ["rule", "all", 0]
LONG = "x" * 1025
WRONG: list[tuple[list[str | int], object, str, str]] = [
    (["version"], 2, "version", "This segment is of another version; only version 1 can be read."),
    (["version"], True, "version", "This segment is of another version; only version 1 can be read."),
    (["version"], ..., "version", "Something is missing here."),
    (["more"], 1, "", "“more” is not known here."),
    (["rule"], SPANISH, "rule", "A segment begins with a group: all, any or none."),
    (["rule"], {"any": []}, "rule", "Add a condition to this group."),
    (["rule"], [], "rule", "Choose a condition."),
    (["rule"], {"all": {}}, "rule.all", "A group is a list of conditions."),
    (["rule"], {"xor": []}, "rule", CHOICES),
    (["rule"], {"all": [], "any": []}, "rule", CHOICES),
    ([*FIRST], {"any": []}, "rule.all[0].any", "Add a condition to this group."),
    ([*FIRST, "did"], "", "rule.all[0].did", "Choose an event."),
    ([*FIRST, "did"], "a\x00", "rule.all[0].did", "Choose an event."),
    ([*FIRST, "did"], "\ud800", "rule.all[0].did", "Choose an event."),
    ([*FIRST, "did"], "x" * 121, "rule.all[0].did", "Choose an event."),
    ([*FIRST, "did"], 5, "rule.all[0].did", "Choose an event."),
    ([*FIRST, "period"], ..., "rule.all[0].period", "Something is missing here."),
    ([*FIRST, "period"], "never", "rule.all[0].period", "Something is missing here."),
    ([*FIRST, "period"], {}, "rule.all[0].period", "Choose a period."),
    ([*FIRST, "period"], {"last": 5}, "rule.all[0].period.unit", "Something is missing here."),
    ([*FIRST, "period"], {"last": 5, "unit": "weeks"}, "rule.all[0].period.unit", "Choose days or hours."),
    (
        [*FIRST, "period"],
        {"last": -1, "unit": "days"},
        "rule.all[0].period.last",
        "Type a whole number from 0 to 10,000.",
    ),
    (
        [*FIRST, "period"],
        {"last": 1.5, "unit": "days"},
        "rule.all[0].period.last",
        "Type a whole number from 0 to 10,000.",
    ),
    (
        [*FIRST, "period"],
        {"last": True, "unit": "days"},
        "rule.all[0].period.last",
        "Type a whole number from 0 to 10,000.",
    ),
    ([*FIRST, "period"], {"from": "2026-02-30"}, "rule.all[0].period.from", "Choose a date."),
    ([*FIRST, "period"], {"from": "20260228"}, "rule.all[0].period.from", "Choose a date."),
    ([*FIRST, "period"], {"from": "1026-02-28"}, "rule.all[0].period.from", "Choose a date between 1900 and 2200."),
    ([*FIRST, "period"], {"from": "275760-09-09"}, "rule.all[0].period.from", "Choose a date between 1900 and 2200."),
    (
        [*FIRST, "period"],
        {"from": "2026-02-02", "to": "2026-02-01"},
        "rule.all[0].period.to",
        "The period ends before it begins.",
    ),
    ([*FIRST, "where"], {}, "rule.all[0].where", f"An event has at most {FILTERS} property filters."),
    ([*FIRST, "where"], [SPANISH] * 11, "rule.all[0].where", f"An event has at most {FILTERS} property filters."),
    ([*FIRST, "where", 0], {}, "rule.all[0].where[0].operator", "Something is missing here."),
    ([*FIRST, "where", 0, "property"], " ", "rule.all[0].where[0].property", "Choose a property of the event."),
    ([*FIRST, "where", 0, "type"], "colour", "rule.all[0].where[0].type", "Choose a type of value."),
    ([*FIRST, "where", 0, "type"], "number", "rule.all[0].where[0].value", "Type a number."),
    ([*FIRST, "where", 0, "operator"], "like", "rule.all[0].where[0].operator", "Choose a comparison."),
    ([*FIRST, "where", 0, "operator"], ["equals"], "rule.all[0].where[0].operator", "Choose a comparison."),
    ([*FIRST, "where", 0, "operator"], "missing", "rule.all[0].where[0].value", "This comparison takes no value."),
    ([*FIRST, "where", 0, "value"], [], "rule.all[0].where[0].value", "Give at least one value."),
    ([*FIRST, "where", 0, "value"], "coat", "rule.all[0].where[0].value", "Give at least one value."),
    ([*FIRST, "where", 0, "value"], [" "], "rule.all[0].where[0].value", "Type a text."),
    ([*FIRST, "where", 0, "value"], [LONG], "rule.all[0].where[0].value", "This text is longer than 1,024 characters."),
    (
        [*FIRST, "where", 0, "value"],
        ["\x00"],
        "rule.all[0].where[0].value",
        "This text has characters that cannot be stored.",
    ),
    ([*FIRST, "where", 0, "value"], ["x"] * 201, "rule.all[0].where[0].value", "At most 200 values fit here."),
    ([*FIRST, "sum"], FULL["rule"]["all"][2]["sum"], "rule.all[0].sum", "Compare either how often or how much."),
    ([*FIRST, "count", "operator"], "not_equals", "rule.all[0].count.operator", "Choose a comparison."),
    ([*FIRST, "count", "value"], -1, "rule.all[0].count.value", "How often is a whole number, 0 or more."),
    ([*FIRST, "count", "value"], 1.5, "rule.all[0].count.value", "How often is a whole number, 0 or more."),
    ([*FIRST, "count", "value"], 1e16, "rule.all[0].count.value", "This number is too large."),
    ([*FIRST, "count", "value"], float("nan"), "rule.all[0].count.value", "This number is too large."),
    ([*FIRST, "count", "value"], 0.1234567890123456, "rule.all[0].count.value", "This number has more than 15 digits."),
    ([*FIRST, "count", "include_never"], 1, "rule.all[0].count.include_never", "This is either true or false."),
    (
        ["rule", "all", 2, "sum", "value"],
        [2, 1],
        "rule.all[2].sum.value",
        "The first number is larger than the second.",
    ),
    (["rule", "all", 2, "sum", "value"], 2, "rule.all[2].sum.value", "Type two numbers."),
    (["rule", "all", 2, "sum", "property"], "", "rule.all[2].sum.property", "Choose the number to add up."),
    (["rule", "all", 3, "any", 0, "type"], "number", "rule.all[3].any[0].type", "This property is always a text."),
    (["rule", "all", 3, "any", 1, "bucket", "to"], 1000, "rule.all[3].any[1].bucket.to", "Buckets go from 0 to 999."),
    (
        ["rule", "all", 3, "any", 1, "bucket", "from"],
        100,
        "rule.all[3].any[1].bucket.to",
        "The first bucket is above the second.",
    ),
    (
        ["rule", "all", 4, "none", 0, "value"],
        ["2026-01-02", "2026-01-01"],
        "rule.all[4].none[0].value",
        "The first date is after the second.",
    ),
]


@pytest.mark.parametrize(("path", "value", "where", "message"), WRONG)
def test_what_cannot_work_is_refused_with_its_place(
    path: list[str | int], value: object, where: str, message: str
) -> None:
    with pytest.raises(TreeError) as refused:
        parse(changed(path, value))

    assert (refused.value.where, refused.value.message) == (where, message)


@pytest.mark.parametrize(
    ("operator", "value"), [("equals", 0), ("less_than", 1), ("less_than_equals", 0), ("between", [0, 0])]
)
def test_never_is_said_by_did_not(operator: str, value: object) -> None:
    never = {**CHARGED, "count": {"operator": operator, "value": value}}
    with pytest.raises(TreeError) as refused:
        parse(rule(never))

    assert refused.value.message == "For nobody or never choose “did not do”, or include those who never did."
    assert parse(rule({**CHARGED, "count": {**never["count"], "include_never": True}}))  # type: ignore[dict-item]  # JSON


@pytest.mark.parametrize("json", [None, [], "all", 5, {}, {"version": 1}])
def test_what_is_no_rule_is_refused(json: object) -> None:
    with pytest.raises(TreeError):
        parse(json)

    assert len(problems(json)) == 1


def test_groups_are_nested_six_deep_and_no_deeper() -> None:
    def nested(depth: int) -> dict[str, Any]:
        node: dict[str, Any] = SPANISH
        for _ in range(depth):
            node = {"any": [node]}
        return {"version": 1, "rule": node}

    assert isinstance(parse(nested(DEPTH)), Either)
    with pytest.raises(TreeError, match="groups can be nested 6 deep"):
        parse(nested(DEPTH + 1))


def test_width_and_size_are_bounded() -> None:
    with pytest.raises(TreeError, match="A group has at most 50 conditions"):
        parse(rule(*[SPANISH] * 51))
    with pytest.raises(TreeError, match=f"at most {SIZE} conditions"):
        parse(rule(*[{"any": [SPANISH] * 49}] * 5))


def test_every_problem_is_found_once_at_its_place() -> None:
    wrong = rule({**CHARGED, "did": ""}, {"any": [SPANISH, {"bucket": {"from": 1, "to": 0}}]}, 5)

    assert [(each.place, each.field) for each in problems(wrong)] == [((0,), "did"), ((1, 1), "to"), ((2,), "all")]
    assert problems(FULL) == []


def test_repeated_values_are_kept_once() -> None:
    twice = {**SPANISH, "value": ["es", "pt", "es"]}

    assert dump(parse(rule(twice))) == rule({**SPANISH, "value": ["es", "pt"]})
