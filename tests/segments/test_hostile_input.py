"""What hostile forms get from the pages of segments: words, never an error page."""

import json
from typing import Any

import pytest
from django.test import Client

from segments.models import Segment
from tests.segments.making import SPANISH, person, rule, segment
from tests.segments.test_parse_families import NODES

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("event_table")]
FRAGMENTS = ["builder", "reach"]  # checks, examples and why read the form as the reach does
NUMBERS = ["1e999999999", "-1e999999999", "1e-999999999", "1e400", "sNaN", "NaN", "Infinity", "9" * 5000, "٣"]
TEXTS = ["", "\0", "x" * 5000, "%s%%\\'\"", "{{ x }}", "-1", "0.0.0", "..", "property.age", "did_not.did"]
LONG = "9" * 5000
FAMILIES = ["did", "did_not", "message", "property", "property.gender", "interest", "age", "near", "channel.reachable"]
FAMILIES += ["device", "segment.in", "list.not_in", "bucket", "nonsense"]
VALUES = ["value", "amount", "last", "percent", "low", "high", "segment", "list", "distance", "hours_from", "hours_to"]
CHOICES = [
    "event",
    "property",
    "typed",
    "type",
    "operator",
    "period",
    "unit",
    "measure",
    "sum_property",
    "over",
    "share",
]
CHOICES += ["overed", "hours", "weekdays", "weekday", "channel", "was", "point", "distance_unit", "from", "to"]
SENSIBLE = {"event": "Charged", "period": "ever", "measure": "count.greater_than_equals", "property": "points"}
SENSIBLE |= {"typed": "points", "type": "number", "operator": "number.equals", "share": "at_least", "over": "weekdays"}


def typed(value: str, names: list[str], **more: str) -> dict[str, str]:
    """A form with a condition of every family, an event and a filter in each, and `value` in all of these fields."""
    fields = {**SENSIBLE, **dict.fromkeys(names, value)}
    form = {"tree.kind": "all", **more}
    for number, family in enumerate(FAMILIES):
        form[f"tree.{number}.family"] = family
        for place in (f"tree.{number}", f"tree.{number}.0", f"tree.{number}.0.0"):
            form |= {f"{place}.{name}": text for name, text in fields.items()}
    return form


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("fragment", FRAGMENTS)
def test_a_number_that_is_none_or_out_of_range_is_refused_in_words(member: Client, fragment: str, number: str) -> None:
    answer = member.post(f"/segments/{fragment}", typed(number, VALUES))

    assert answer.status_code == 200


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("fragment", FRAGMENTS)
def test_a_choice_that_was_not_offered_is_refused_in_words(member: Client, fragment: str, text: str) -> None:
    answer = member.post(f"/segments/{fragment}", {**typed(text, CHOICES), "tree.before": text})

    assert answer.status_code == 200


def compared(number: str) -> dict[str, object]:
    fields = {"property": "points", "typed": "points", "type": "number", "operator": "number.equals", "value": [number]}
    return {"tree.kind": "all", "tree.0.family": "property", **{f"tree.0.{name}": of for name, of in fields.items()}}


@pytest.mark.parametrize(
    ("number", "words"), [("1e999999999", "Type a number."), ("1e300", "This number is too large.")]
)
def test_the_words_stand_where_the_reach_would(member: Client, number: str, words: str) -> None:
    assert member.post("/segments/reach", compared(number)).context["error"].message == words


@pytest.mark.parametrize("number", NUMBERS)
def test_a_segment_with_such_a_number_is_not_kept(creator: Client, number: str) -> None:
    answer = creator.post("/segments/new", {"name": "Hostile", "version": 1, **compared(number)})

    assert (answer.status_code, Segment.objects.count()) == (422, 0)


@pytest.mark.parametrize("node", NODES)
def test_json_with_any_part_replaced_is_refused_in_words(creator: Client, node: dict[str, Any]) -> None:
    for each in [{**node, name: {"a": [{}]}} for name in node]:
        answer = creator.post("/segments/new", {"name": "Hostile", "version": 1, "tree": json.dumps(rule(each))})
        assert answer.status_code == 422
    assert Segment.objects.count() == 0


@pytest.mark.parametrize("depth", [50, 900, 100_000])
def test_json_without_end_is_refused_in_words(member: Client, creator: Client, depth: int) -> None:
    rules = ["[" * depth + "]" * depth, '{"all": [' * depth + "]}" * depth]

    for each in rules:
        given = f'{{"version": 1, "rule": {each}}}'
        for fragment in FRAGMENTS:
            assert member.post(f"/segments/{fragment}", {"tree": given}).status_code == 200
        assert creator.post("/segments/new", {"name": "Hostile", "version": 1, "tree": given}).status_code == 422


@pytest.mark.parametrize("asked", ["\0", "ann\0", "\0@example.com"])
def test_asking_why_of_a_name_that_cannot_be_stored_finds_nobody(member: Client, asked: str) -> None:
    person("ann")

    answer = member.post("/segments/why", {"person": asked, "tree": json.dumps(rule(SPANISH))})

    assert (answer.status_code, "person" in answer.context) == (200, False)


def test_a_segment_that_does_not_exist_is_no_error(member: Client) -> None:
    for given in (LONG, "٣", "9" * 19):
        answer = member.post("/segments/reach", {"segment": given, "tree": json.dumps(rule(SPANISH))})
        assert answer.status_code == 200


@pytest.mark.parametrize("after", [LONG, "9" * 19, "٣", "\0"])
def test_the_people_of_a_segment_start_over_at_nonsense(member: Client, after: str) -> None:
    made = segment()

    assert member.get(f"/segments/{made.pk}/people", {"after": after}).status_code == 200


@pytest.mark.parametrize("place", [LONG, "0.0.0.0.0.0.0.0.0.0", "x", "-1", "\0", ""])
@pytest.mark.parametrize("verb", ["remove", "condition", "group", "filter", "undo", "nonsense"])
def test_a_place_of_a_button_that_is_none_changes_nothing(member: Client, verb: str, place: str) -> None:
    answer = member.post("/segments/builder", {**compared("1"), "tree.action": f"{verb}:{place}"})

    assert answer.status_code == 200


@pytest.mark.parametrize("query", [{"search": "\0"}, {"page": LONG}, {"sort": "\0"}])
def test_the_list_of_segments_reads_past_nonsense(member: Client, query: dict[str, str]) -> None:
    assert member.get("/segments/", query).status_code == 200
