"""Each comparison at its edges: what it takes and what it leaves, the same in PostgreSQL and in Python."""

import pytest

from people.models import Profile
from segments import audience, operators
from segments.operands import column_json
from segments.parse import parse
from segments.tree import Property, Type
from tests.segments.making import CONTEXT, person, rule

pytestmark = pytest.mark.django_db

TODAY = "2026-03-30"
NOTHING: list[object] = [None, "", " \u00a0", [], {}]
EDGES: list[tuple[str, str, object, list[object], list[object]]] = [
    ("text", "equals", ["es", "pt"], ["es", "pt"], ["ES", "es ", "e", 5, True, ["es"], *NOTHING]),
    ("text", "not_equals", ["es", "pt"], ["ES", "es ", *NOTHING], ["es", "pt", 5, True, ["x"]]),
    ("text", "contains", "Ab%", ["xAB%y", "ab%"], ["ab", "abc", "áb%", 5, *NOTHING]),
    ("text", "contains", "É", ["caFÉ"], ["café", "CAFE"]),
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
