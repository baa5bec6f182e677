"""Each comparison at its edges: what it takes and what it leaves, the same in PostgreSQL and in Python."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from people.models import Device, Profile
from segments import audience, operators
from segments.comparisons import has_anniversary
from segments.context import Context
from segments.operands import column_json
from segments.parse import parse
from segments.tree import Did, Property, Type
from tests.segments.making import CHARGED, CONTEXT, person, rule

pytestmark = pytest.mark.django_db

TODAY = "2026-03-30"
NOTHING: list[object] = [None, "", " \u00a0", [], {}]
DIGITS = f"9{'0' * 400}"
EDGES: list[tuple[str, str, object, list[object], list[object]]] = [
    ("text", "equals", ["es", "pt"], ["es", "pt"], ["ES", "es ", "e", 5, True, ["es"], *NOTHING]),
    ("text", "not_equals", ["es", "pt"], ["ES", "es ", *NOTHING], ["es", "pt", 5, True, ["x"]]),
    ("text", "contains", "Ab%", ["xAB%y", "ab%"], ["ab", "abc", "áb%", 5, *NOTHING]),
    ("text", "contains", "É", ["caFÉ"], ["café", "CAFE"]),
    ("text", "not_contains", "Ab%", ["ab", "áb%", *NOTHING], ["xAB%y", "ab%", 5, True, ["x"]]),
    ("text", "starts_with", "a_\\", ["A_\\b", "a_\\"], ["ab\\", "xa_\\", *NOTHING]),
    ("number", "equals", 2, [2, 2.0], ["2", 2.1, True, [2], *NOTHING]),
    ("number", "not_equals", 2, [2.1, -2, *NOTHING], [2, 2.0, "2", True]),
    ("number", "greater_than", 0.1, [0.2, 1e15], [0.1, -1, "1", *NOTHING]),
    ("number", "greater_than_equals", 0.1, [0.1, 0.2], [0.09, "1", True, *NOTHING]),
    ("number", "less_than", 0.3, [0.2, -1], [0.3, "0", False, *NOTHING]),
    ("number", "less_than_equals", 0.3, [0.3, 0], [0.31, "0", False, *NOTHING]),
    ("number", "between", [1, 2], [1, 1.5, 2], [0.99, 2.01, "1", True, *NOTHING]),
    ("date", "on", TODAY, [TODAY, "2026-03-30T23:59:59Z", "2026-03-31T01:00:00+02:00", "2026-03-30 08:00"],
     ["2026-03-29", "2026-03-31T00:00:00Z", "30 March", "2026-03-30x", 20260330, *NOTHING]),
    ("date", "before", TODAY, ["2026-03-29", "2024-02-29"], [TODAY, "2026-02-30", "0001-01-01", "x", *NOTHING]),
    ("date", "after", TODAY, ["2026-03-31", "9999-12-31T23:59:59-12:00"], [TODAY, "2026-13-01", "x", *NOTHING]),
    ("date", "between", ["2026-03-29", TODAY], ["2026-03-29", TODAY], ["2026-03-28", "2026-03-31", *NOTHING]),
    ("date", "last_days", 7, ["2026-03-23", TODAY], ["2026-03-22", "2026-03-31", *NOTHING]),
    ("date", "last_days", 0, [TODAY], ["2026-03-29", "2026-03-31"]),
    ("date", "next_days", 7, [TODAY, "2026-04-06"], ["2026-03-29", "2026-04-07", *NOTHING]),
    ("date", "anniversary_today", None, ["2000-03-30", TODAY, "2031-03-30", "1999-03-30T23:00:00Z"],
     ["2000-03-29", "2000-04-30", "03-30", *NOTHING]),
    ("date", "anniversary_last_days", 29, ["2000-02-29", "2000-03-01", "1950-03-30"],
     ["2000-02-28", "2000-03-31", 330, *NOTHING]),
    ("date", "anniversary_next_days", 365, ["2000-02-29", "2000-03-29", "1950-12-31"], ["x", 2000, *NOTHING]),
    ("date", "anniversary_next_days", 1, ["2000-03-30", "2001-03-31"], ["2000-03-29", "2000-04-01"]),
    ("version", "equals", "10.2", ["10.2", "v10.2.0", "V010.2", "10.2.0.0-beta", "10.2 (7)", "10.2."],
     ["10.2.1", "10.20", "102", 10.2, "x10.2", " 10.2", ".10.2", "v", *NOTHING]),
    ("version", "not_equals", "10.2", ["10.2.1", "9", *NOTHING], ["10.2.0", "beta", 9, ["9"]]),
    ("version", "greater_than", "9.8", ["9.8.1", "9.10", "10", "9.8.0.1", DIGITS], ["9.8", "9.8.0", "9.7.9", "", "v"]),
    ("version", "greater_than_equals", "9.8", ["9.8", "9.8.0", "9.10"], ["9.7.9", "9", "x", 10, *NOTHING]),
    ("version", "less_than", "10", ["9.99", "0", "0.0.0", "9"], ["10", "10.0.0", "10.0.1", "x", DIGITS, *NOTHING]),
    ("version", "less_than_equals", "10.0", ["10", "10.0.0", "9.9"], ["10.0.1", "11", "x", *NOTHING]),
    ("version", "between", ["9.8", "10.2"], ["9.8", "10", "10.2.0"], ["9.7", "10.2.1", "x", 10, *NOTHING]),
    ("boolean", "is_true", None, [True], [False, "true", 1, *NOTHING]),
    ("boolean", "is_false", None, [False], [True, "false", 0, *NOTHING]),
    ("list", "any_of", ["a", "b"], [["a"], ["x", "b"], ["a", 1, None]], [["A"], [["a"]], "a", {"a": 1}, *NOTHING]),
    ("list", "all_of", ["a", "b"], [["b", "a", "c"]], [["a"], "a", {"a": 1, "b": 2}, *NOTHING]),
    ("list", "none_of", ["a", "b"], [["c"], [1], *NOTHING], [["a"], ["x", "b"], "c", 5]),
    ("text", "exists", None, ["x", 0, False, [None], {"a": 1}], NOTHING),
    ("text", "missing", None, NOTHING, ["x", 0, False, [None], {"a": 1}]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "operator", "value", "taken", "left"), EDGES)
def test_a_comparison_takes_its_values_and_leaves_the_others(
    kind: str, operator: str, value: object, taken: list[object], left: list[object]
) -> None:
    for number, stored in enumerate([*taken, *left]):
        person(f"{'taken' if number < len(taken) else 'left'}-{number}", properties={"x": stored})
    given = {} if value is None else {"value": value}
    tree = parse(rule({"property": "x", "type": kind, "operator": operator, **given}))

    people = audience.examples(tree, CONTEXT, limit=100)

    assert [each.properties["x"] for each in people] == taken
    condition = tree.of[0]
    assert isinstance(condition, Property)
    assert [each for each in [*taken, *left] if operators.meets(each, condition.comparison, CONTEXT)] == taken


def test_every_comparison_has_its_edges() -> None:
    assert {(kind, operator) for kind, operator, *_ in EDGES} == {
        (row.types[0] if len(row.types) == 1 else Type.TEXT, row.key) for row in operators.OPERATORS
    }


@pytest.mark.parametrize(
    ("today", "back", "is_one"),
    [
        (date(2027, 3, 1), 0, True),
        (date(2027, 2, 28), 0, False),
        (date(2028, 3, 1), 0, False),
        (date(2028, 2, 29), 0, True),
        (date(2028, 3, 1), 1, True),
        (date(2028, 3, 1), 365, True),
    ],
)
def test_who_was_born_on_29_february_has_the_first_of_march_in_other_years(
    today: date, back: int, is_one: bool
) -> None:
    at = Context(datetime(today.year, today.month, today.day, 12, tzinfo=UTC), ZoneInfo("UTC"))

    assert has_anniversary(date(2004, 2, 29), back, 0, at) == is_one


@pytest.mark.parametrize(
    ("kind", "operator", "value", "taken"),
    [
        ("text", "equals", ["a"], [[{"sku": "b"}, {"sku": "a"}]]),
        ("text", "not_equals", ["a"], [[{"sku": "b"}, {"sku": "a"}], [{}], [{"sku": None}], [{"sku": "b"}]]),
        ("number", "greater_than", 1, [[{"sku": 1}, {"sku": 2}]]),
        ("text", "missing", None, [[{}], [{"sku": None}]]),
    ],
)
def test_any_one_item_of_a_list_of_objects_is_enough(
    kind: str, operator: str, value: object, taken: list[object]
) -> None:
    given = {} if value is None else {"value": value}
    node = parse(
        rule({**CHARGED, "where": [{"property": "x", "item": "sku", "type": kind, "operator": operator, **given}]})
    )
    condition = node.of[0]
    assert isinstance(condition, Did)
    lists: list[object] = [
        [{"sku": "b"}, {"sku": "a"}], [{}], [{"sku": None}], [{"sku": "b"}], [{"sku": 1}, {"sku": 2}],
        [], ["a"], [["a"]], [None], "a", {"sku": "a"}, None,
    ]  # fmt: skip

    (where,) = condition.deeds[0].where

    assert [each for each in lists if operators.fulfils({"x": each}, where, CONTEXT)] == taken


@pytest.mark.parametrize("operator", ["equals", "missing"])
def test_a_property_that_a_person_does_not_have_is_missing(operator: str) -> None:
    person("none")
    given = {"value": ["x"]} if operator == "equals" else {}
    tree = parse(rule({"property": "x", "type": "text", "operator": operator, **given}))

    assert audience.count(tree, CONTEXT).people == (operator == "missing")


def test_standard_columns_are_read_as_their_json_says() -> None:
    found = person("a", latitude=1 / 3, birth_date="2000-02-29", created_at="2026-03-30T23:30:00Z", city="Évora")
    found = Profile.objects.get(pk=found.pk)
    nodes = [
        {
            "property": "latitude",
            "type": "number",
            "operator": "between",
            "value": [0.333333333333333, 0.333333333333334],
        },
        {"property": "birth_date", "type": "date", "operator": "on", "value": "2000-02-29"},
        {"property": "created_at", "type": "date", "operator": "on", "value": TODAY},
        {"property": "city", "type": "text", "operator": "contains", "value": "VORA"},
        {"property": "region", "type": "text", "operator": "missing"},
    ]

    tree = parse(rule(*nodes))

    assert audience.examples(tree, CONTEXT) == [found]
    for node in tree.of:
        assert isinstance(node, Property)
        assert operators.meets(column_json(getattr(found, node.name)), node.comparison, CONTEXT)


def device(identity: str, **fields: str) -> None:
    Device.objects.create(profile=person(identity), platform="ios", token=identity, **fields)


@pytest.mark.parametrize(
    ("name", "kind", "operator", "value", "taken"),
    [
        ("app_version", "version", "greater_than", "9.8", {"new"}),
        ("app_version", "version", "not_equals", "9.8", {"new", "blank"}),
        ("app_version", "text", "missing", None, {"blank"}),
        ("app_version", "text", "exists", None, {"old", "new", "odd"}),
        ("make", "text", "not_equals", ["Acme"], {"new", "blank", "odd"}),
        ("last_seen_at", "date", "on", TODAY, {"new"}),
        ("platform", "text", "equals", ["ios"], {"old", "new", "blank", "odd"}),
    ],
)
def test_what_is_blank_of_a_device_is_missing(
    name: str, kind: str, operator: str, value: object, taken: set[str]
) -> None:
    device("old", app_version="9.8.0", make="Acme", last_seen_at="2026-03-29T23:59:59Z")
    device("new", app_version="10.0", last_seen_at="2026-03-30T00:00:00Z")
    device("blank", app_version="", last_seen_at="2026-01-01T00:00:00Z")
    device("odd", app_version="beta", last_seen_at="2026-01-01T00:00:00Z")
    given = {} if value is None else {"value": value}

    tree = parse(rule({"device": [{"property": name, "type": kind, "operator": operator, **given}]}))

    assert {each.identity for each in audience.examples(tree, CONTEXT)} == taken
