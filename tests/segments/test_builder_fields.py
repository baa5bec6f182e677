"""Every kind of condition goes through the form and comes back as it was, and an incomplete one as it was typed."""

import re
from typing import Any

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string

from people import partitions
from people.models import EventName, PropertyName
from segments.builder import build
from segments.forms import json_from_post
from segments.parse import parse
from tests.segments.html import fields_of
from tests.segments.making import CHARGED, NOW, SPANISH, did, person, rule

pytestmark = pytest.mark.django_db

ITEM = {"property": "Items", "item": "category", "type": "text", "operator": "equals", "value": ["coat", "hat"]}
YEAR = {"from": "2026-01-01", "to": "2026-12-31"}
SAO_PAULO = {"latitude": -23.5475, "longitude": -46.6361, "name": "São Paulo"}
IOS = {"property": "platform", "type": "text", "operator": "equals", "value": ["ios"]}
EMPTY_FILTER = {"property": "", "type": "text", "operator": "equals", "value": []}
EVENING = {"from": "18:00", "to": "02:00"}
SEVERAL = [{"event": "Charged", "where": [ITEM]}, {"event": "Viewed"}]
CONDITIONS: list[dict[str, Any]] = [
    {"did": "Charged", "period": "ever", "where": [ITEM]},
    {"did": SEVERAL, "period": {"last": 3, "unit": "hours"}, "count": {"operator": "between", "value": [2, 3]}},
    {"did": "Charged", "period": {"from": "2026-01-01"}, "hours": EVENING, "weekdays": [1, 6, 7]},
    {"did": "Charged", "period": {"named": "previous_quarter"}},
    {"did": "Charged", "period": YEAR, "which": "first"},
    {"did": "Charged", "period": YEAR, "which": "last"},
    {"did": "Charged", "period": "ever", "sum": {"property": "amount", "operator": "greater_than", "value": 12.5}},
    {
        "did": "Charged",
        "period": "ever",
        "average": {"property": "amount", "operator": "less_than", "value": 3, "include_never": True},
    },
    {"did_not": SEVERAL, "period": {"to": "2026-01-01"}, "hours": EVENING, "weekdays": [7]},
    {
        "interest": "Viewed",
        "where": [{"property": "app", "type": "version", "operator": "between", "value": ["1.9", "1.10"]}],
        "period": "ever",
        "of": {"property": "category", "values": ["coat", "São “1”"]},
        "at_least": 30,
    },
    {"interest": "Viewed", "period": YEAR, "of": {"hours": {"from": "18:00", "to": "21:00"}}, "predominantly": True},
    {"interest": "Viewed", "period": YEAR, "of": {"weekdays": [6, 7]}, "predominantly": True},
    {"property": "gender", "type": "text", "operator": "equals", "value": ["F", "X"]},
    {"property": "gender", "type": "text", "operator": "contains", "value": "F"},
    {"property": "country", "type": "text", "operator": "missing"},
    {"property": "birth_date", "type": "date", "operator": "anniversary_next_days", "value": 7},
    {"property": "points", "type": "number", "operator": "exists"},
    {"property": "a[]b", "type": "list", "operator": "any_of", "value": ["x"]},
    {"property": '["a"]', "type": "boolean", "operator": "is_true"},
    {"age": {"operator": "between", "value": [18, 30]}},
    {"near": [SAO_PAULO, {"latitude": 90, "longitude": -180}], "metres": 1234},
    {"near": [SAO_PAULO], "metres": 1_000_000},
    {"near": [SAO_PAULO], "metres": 1},
    *(
        {"channel": channel, "is": standing}
        for channel in ("push", "export")
        for standing in ("reachable", "suppressed")
    ),
    {"device": [{"property": "app_version", "type": "version", "operator": "greater_than", "value": "9.8"}, IOS]},
    {"segment": 12, "is": "in"},
    {"segment": 12, "is": "not_in"},
    {"list": 3, "is": "in"},
    {"list": 3, "is": "not_in"},
    {"bucket": {"from": 0, "to": 9}},
]


def typed(json: object) -> QueryDict:
    return fields_of(render_to_string("segments/_builder.html", {"builder": build(json)}))


def again(condition: dict[str, Any]) -> object:
    """The condition once it was shown and posted."""
    json = json_from_post(typed(rule(condition)))
    assert json is not None
    return json["rule"]["all"][0]


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda each: "-".join(map(str, each)))
def test_a_complete_condition_comes_back_the_same(condition: dict[str, Any]) -> None:
    json = rule({"any": [condition]})

    assert parse(json_from_post(typed(json))) == parse(json)


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda each: "-".join(map(str, each)))
def test_it_comes_back_the_same_where_its_names_were_seen(condition: dict[str, Any]) -> None:
    partitions.ensure("people_event", now=NOW)
    did(person("ana"), amount=5, category="coat", Items=[{"category": "coat", "price": 5}])
    PropertyName.objects.filter(name="Items").update(types={"list": 1})
    EventName.objects.create(name="Viewed")
    PropertyName.objects.create(name="points", types={"text": 3, "number": 1})

    assert parse(json_from_post(typed(rule(condition)))) == parse(rule(condition))


@pytest.mark.parametrize(
    "condition",
    [
        {"did": [{"event": ""}], "period": {"last": "many", "unit": "days"}, "weekdays": []},
        {"did": [{"event": "A"}, {"event": ""}], "period": {"from": "", "to": ""}, "hours": {"from": "", "to": ""}},
        {"did": [{"event": "A"}], "period": "ever", "count": {"operator": "between", "value": ["", "x"]}},
        {"interest": "", "period": "ever", "of": {"property": "", "values": []}, "at_least": "most"},
        EMPTY_FILTER,
        {"age": {"operator": "less_than", "value": "old"}},
        {"near": [SAO_PAULO, {"name": "Sao Pa"}], "metres": "far"},
        {"near": [], "metres": ""},
        {"channel": "email", "is": "subscribed"},
        {"device": [{"property": "app_version", "type": "version", "operator": "equals", "value": ""}]},
        {"segment": "", "is": "in"},
        {"bucket": {"from": "", "to": "many"}},
    ],
    ids=lambda each: "-".join(map(str, each)),
)
def test_an_incomplete_condition_comes_back_as_it_was_typed(condition: dict[str, Any]) -> None:
    assert again(condition) == condition


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("-23.55, -46.63", {"latitude": -23.55, "longitude": -46.63}),
        ("51.5 -0.12 London", {"latitude": 51.5, "longitude": -0.12, "name": "London"}),
        ("Sao Paulo", {"name": "Sao Paulo"}),
        ('{"latitude": 1', {"name": '{"latitude": 1'}),
    ],
)
def test_degrees_are_a_place_and_words_are_a_name_to_look_up(text: str, point: dict[str, object]) -> None:
    fields = typed(rule({"near": [], "metres": 1000}))
    fields["tree.0.point"] = text

    json: Any = json_from_post(fields)
    assert json["rule"]["all"][0]["near"] == [point]


def test_a_distance_is_typed_in_either_unit() -> None:
    fields = typed(rule({"near": [], "metres": 1000}))
    fields["tree.0.distance"] = "0.25"
    json: Any = json_from_post(fields)
    assert json["rule"]["all"][0]["metres"] == 250

    fields["tree.0.distance_unit"] = "m"
    fields["tree.0.distance"] = "400"
    json = json_from_post(fields)
    assert json["rule"]["all"][0]["metres"] == 400


@pytest.mark.parametrize("family", ["device", "property", "did"])
def test_nothing_is_compared_before_a_property_is_chosen(family: str) -> None:
    did(person("ana"), amount=5)
    conditions: dict[str, dict[str, Any]] = {
        "device": {"device": [EMPTY_FILTER]},
        "property": EMPTY_FILTER,
        "did": {"did": [{"event": "Charged", "where": [EMPTY_FILTER]}], "period": "ever"},
    }
    fields = typed(rule(conditions[family]))

    assert [name for name in fields if name.endswith((".operator", ".value"))] == []
    assert again(conditions[family]) == conditions[family]


@pytest.mark.parametrize("name", ["iOS", "ios", " IOS "])
def test_a_platform_is_offered_and_typed_by_the_name_that_people_use(name: str) -> None:
    shown = render_to_string("segments/_builder.html", {"builder": build(rule({"device": [IOS]}))})
    fields = fields_of(shown)
    fields.setlist("tree.0.0.value", [name])
    json: Any = json_from_post(fields)

    assert re.findall(r"<span>(\w+)</span></label>", shown) == ["Android", "iOS", "Web"]
    assert json["rule"]["all"][0] == {"device": [IOS]}


def test_a_language_typed_by_its_name_is_its_tag() -> None:
    fields = typed(rule(SPANISH))
    fields.setlist("tree.0.value", ["German", "pt-BR"])
    json: Any = json_from_post(fields)

    assert json["rule"]["all"][0] == {**SPANISH, "value": ["de", "pt-BR"]}


@pytest.mark.parametrize(
    ("family", "becomes"),
    [
        ("did_not", {"did_not": [{"event": "Charged"}], "period": "ever"}),
        (
            "interest",
            {"interest": "Charged", "period": "ever", "of": {"property": "", "values": []}, "predominantly": True},
        ),
        ("message.Notification Sent", {"did": [{"event": "Notification Sent"}], "period": "ever"}),
        ("age", {"age": {"operator": "greater_than_equals", "value": ""}}),
        ("near", {"near": [], "metres": 50000}),
        ("channel.reachable", {"channel": "email", "is": "reachable"}),
        ("segment.not_in", {"segment": "", "is": "not_in"}),
        ("device", {"device": [EMPTY_FILTER]}),
    ],
)
def test_another_kind_of_condition_keeps_what_fits(family: str, becomes: dict[str, Any]) -> None:
    fields = typed(rule(CHARGED))
    fields["tree.0.family"] = family

    json: Any = json_from_post(fields)
    assert json["rule"]["all"][0] == becomes
