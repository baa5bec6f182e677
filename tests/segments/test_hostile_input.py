"""What hostile forms get from the pages of segments: words, never an error page."""

import json
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from django.http import QueryDict
from django.template.loader import render_to_string
from django.test import Client

from segments import drafts
from segments.builder import build
from segments.forms import json_from_post
from segments.live.builder import build as live_build
from segments.live.forms import changed_from_post
from segments.models import Segment
from segments.parse import parse
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


HUGE = 10**400
RULE = '{"version": 1, "rule": {"all": [CONDITION]}}'
LIVE = '{"version": 1, "live": {"trigger": {"action": [{"event": ""}]}, "filter": {"all": [CONDITION]}}}'
CONDITION_JSON = [
    '{"list": 1000000000000000000000000000000, "is": "in"}',
    '{"segment": -1000000000000000000000000000000, "is": "in"}',
    f'{{"near": [{{"latitude": {HUGE}, "longitude": 1}}], "metres": 1}}',
    '{"near": [{"latitude": NaN, "longitude": 1e999}], "metres": -Infinity}',
    r'{"property": "language", "type": "text", "operator": "equals", "value": ["\ud800", "\u0000"]}',
    r'{"did": "Charged\u0000", "period": "ever"}',
    r'{"did": [{"event": "\udfff", "\ud800": 1}], "\u0000": "ever"}',
    f'{{"bucket": {{"from": {HUGE}, "to": NaN}}}}',
    '{"property": "x", "type": "text", "operator": "equals", "value": ' + "[" * 400 + "]" * 400 + "}",
]


@pytest.mark.parametrize("condition", CONDITION_JSON)
def test_a_condition_of_unfit_values_is_drawn_refused_and_kept_in_a_draft(
    member: Client, creator: Client, condition: str
) -> None:
    given = RULE.replace("CONDITION", condition)

    for fragment in FRAGMENTS:
        assert member.post(f"/segments/{fragment}", {"tree": given}).status_code == 200
    assert creator.post("/segments/new", {"name": "Hostile", "version": 1, "tree": given}).status_code == 422
    live = LIVE.replace("CONDITION", condition)
    assert creator.post("/segments/live/new", {"name": "Hostile", "version": 1, "tree": live}).status_code == 422


@pytest.mark.parametrize("condition", CONDITION_JSON)
def test_a_draft_of_unfit_values_can_be_stored_and_read_again(condition: str) -> None:
    draft = json_from_post({"tree": RULE.replace("CONDITION", condition)})
    if draft is None:
        return
    made = Segment.objects.create(name="Kept", tree=drafts.keepable(draft))

    made.refresh_from_db()
    assert orjson.loads(orjson.dumps(made.tree)) == made.tree


def test_a_number_that_the_database_would_make_a_large_whole_one_is_kept_as_it_was_typed() -> None:
    assert drafts.keepable({"value": [1e30, 2.5, 7, 10**30]}) == {"value": ["1e+30", 2.5, 7, str(10**30)]}


@pytest.mark.parametrize("condition", CONDITION_JSON)
def test_what_is_broken_in_a_stored_rule_is_left_out_of_the_builder(condition: str) -> None:
    broken = json.loads(RULE.replace("CONDITION", f'{condition}, {{"did": "Charged"}}'))

    assert render_to_string("segments/_builder.html", {"builder": build(broken)}).encode().count(b"Charged") > 0


def groups(*children: object, deep: int) -> dict[str, object]:
    made: dict[str, object] = {"all": list(children)}
    for _ in range(deep - 1):
        made = {"all": [made]}
    return made


TOO_MUCH = {
    "wide": {"all": [{}] * 51},
    "many": {"all": [{"all": [{}] * 50}] * 9},
    "deeds": {"all": [{"did": [{"event": "Charged"}] * 10_000, "period": "ever"}]},
    "points": {"all": [{"near": [{}] * 10_000}]},
    "values": {"all": [{**SPANISH, "value": ["x"] * 20_000}]},
    "lists": {"all": [{**SPANISH, "value": [[]] * 20_000}]},
    "deep": groups(SPANISH, deep=30),
}


@pytest.mark.parametrize("given", TOO_MUCH.values(), ids=TOO_MUCH)
def test_more_than_any_rule_can_be_counts_as_nothing_given(given: object) -> None:
    assert json_from_post({"tree": json.dumps({"version": 1, "rule": given})}) is None


def test_as_much_as_a_rule_can_be_is_given() -> None:
    values = [{**SPANISH, "value": [f"{number} {'é' * 1000}" for number in range(200)]}] * 25
    nested = groups({"did": [{"event": "Charged", "where": [SPANISH]}], "period": "ever"}, deep=6)
    wide = [{"all": [{"did": "Charged", "period": {"last": 3, "unit": "days"}}] * 50}] * 3
    for each in [{"all": values}, nested, {"all": wide}]:
        given = {"version": 1, "rule": each}
        parse(given)
        assert json_from_post({"tree": json.dumps(given, ensure_ascii=False)}) == given


def test_what_is_typed_in_more_fields_than_a_rule_has_conditions_stays() -> None:
    typed_in = QueryDict(mutable=True)
    typed_in["tree.kind"] = "all"
    for number in range(300):
        typed_in[f"tree.{number}.family"] = "age"

    draft = json_from_post(typed_in)
    assert draft is not None
    assert [len(each["rule"]["all"]) for each in (draft, drafts.usable(draft))] == [300, 300]


@pytest.mark.parametrize("node", [{"all": [{}] * 10_000}, {"list": HUGE}, {"all": [{"did": "\ud800"}]}])
def test_what_is_brought_back_is_bounded_too(member: Client, node: object) -> None:
    removed = json.dumps([[[0], node, "group"]])

    answer = member.post("/segments/builder", {**compared("1"), "tree.action": "undo:", "tree.removed": removed})

    assert answer.status_code == 200
    assert len(answer.content) < 100_000


@pytest.mark.parametrize(
    "trigger",
    [
        {"referrer": {"property": ["utm_source"], "operator": {"a": 1}, "value": {}}},
        {"date": {"event": ["Booked"], "property": {}, "when": [], "amount": HUGE, "unit": {}}},
        {"inaction": {"did": "x", "not": [{"event": "\ud800"}], "within": {"amount": HUGE, "unit": []}}},
        {"page_visit": {"operator": [], "value": "\0"}},
    ],
)
def test_any_trigger_is_drawn_and_refused(member: Client, creator: Client, trigger: dict[str, Any]) -> None:
    given = json.dumps({"version": 1, "live": {"trigger": trigger}})
    posted = {"name": "Hostile", "version": 1, "tree": given}

    assert creator.post("/segments/live/new", posted).status_code == 422
    assert render_to_string("segments/live/_builder.html", {"live": live_build(json.loads(given), name="tree")})
    for no_rule in ("null", '"x"', "[]", '{"live": "x"}'):
        assert changed_from_post(QueryDict("tree.did.action=deed:&" + urlencode({"tree": no_rule})), "tree")
