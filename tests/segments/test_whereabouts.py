"""A problem of a rule, shown away from its field, says in words which part of the rule it is in."""

from typing import Any

import pytest

from segments.live import parse as live_parse
from segments.parse import Path, TreeError, parse
from segments.parse.whereabouts import ordinal, sentence
from tests.segments.making import CHARGED, SPANISH, rule

NAMELESS = {"property": " ", "type": "text", "operator": "equals", "value": ["coat"]}
POINT = {"latitude": 1, "longitude": 1}
LAST = {"within": {"amount": 1, "unit": "days"}}


def refused(json: object) -> TreeError:
    with pytest.raises(TreeError) as caught:
        parse(json)
    return caught.value


@pytest.mark.parametrize(
    ("conditions", "words"),
    [
        ([{**CHARGED, "did": [{"event": ""}]}], "The first condition: choose an event."),
        ([SPANISH, {**CHARGED, "did": ""}], "The second condition: choose an event."),
        (
            [{**CHARGED, "did": [{"event": "A"}, {"event": ""}]}],
            "The first condition, its second event: choose an event.",
        ),
        (
            [{**CHARGED, "where": [NAMELESS]}],
            "The first condition, its first filter: choose a property of the event.",
        ),
        (
            [SPANISH, {"any": [SPANISH, {**CHARGED, "did": ""}]}],
            "The second condition, the second in it: choose an event.",
        ),
        (
            [{"near": [POINT, {}], "metres": 5}],
            "The first condition, its second place: something is missing here.",
        ),
        (
            [{"age": {"operator": "equals", "value": 151}}],
            "The first condition: an age is a whole number from 0 to 150.",
        ),
        ([{**SPANISH, "value": ["es", ""]}], "The first condition: type a text."),
        ([SPANISH] * 51, "A group has at most 50 conditions."),
        (
            [{**CHARGED, "weekdays": [1, 9]}],
            "The first condition: days are 1 to 7.",
        ),
    ],
)
def test_a_problem_names_its_condition(conditions: list[object], words: str) -> None:
    assert str(refused(rule(*conditions))) == words


def test_the_path_stays_for_who_reads_the_json() -> None:
    assert refused(rule({**CHARGED, "did": [{"event": ""}]})).located == "rule.all[0].did[0].event: Choose an event."
    assert refused({"version": 2, "rule": {}}).located.startswith("version: This segment is of another version")


@pytest.mark.parametrize(
    ("live", "words"),
    [
        ({"trigger": {"action": [{"event": ""}]}}, "What begins it: choose an event."),
        (
            {"trigger": {"action": [{"event": "A"}, {"event": ""}]}},
            "What begins it, its second event: choose an event.",
        ),
        (
            {"trigger": {"inaction": {"did": [{"event": "A"}], "not": [{"event": ""}], **LAST}}},
            "What is not done: choose an event.",
        ),
        (
            {"trigger": {"action": [{"event": "A"}]}, "filter": rule({**CHARGED, "did": ""})["rule"]},
            "Of the people, the first condition: choose an event.",
        ),
        ({"trigger": {"moon": "full"}}, "Choose what begins it."),
    ],
)
def test_a_problem_of_a_live_segment_names_its_half(live: dict[str, Any], words: str) -> None:
    with pytest.raises(TreeError) as caught:
        live_parse.parse({"version": 1, "live": live})

    assert str(caught.value) == words


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (("rule", 1, 0), "The second condition: nobody ever did “Bought”."),
        (("live", "filter", 0), "Of the people, the first condition: nobody ever did “Bought”."),
        (("rule",), "Nobody ever did “Bought”."),
        ((), "Nobody ever did “Bought”."),
    ],
)
def test_a_place_of_numbers_alone_names_the_condition_on_top(path: Path, words: str) -> None:
    assert sentence(path, "Nobody ever did “Bought”.") == words


def test_an_abbreviation_keeps_its_capitals() -> None:
    assert sentence(("rule", 0), "UTM values are texts.") == "The first condition: UTM values are texts."


def test_the_fifty_branches_of_a_group_are_counted_in_words() -> None:
    assert [ordinal(number) for number in (0, 9, 10, 11, 12, 20, 21, 22, 23, 49)] == [
        "first", "tenth", "11th", "12th", "13th", "21st", "22nd", "23rd", "24th", "50th",
    ]  # fmt: skip
