"""Whatever JSON comes, it is read or refused in words; nothing else happens."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segments.describe import sentence
from segments.parse import DEPTH, TreeError, dump, parse, problems
from segments.references import mentioned
from tests.segments.making import rule
from tests.segments.test_parse_families import NODES

HOSTILE: list[Any] = [
    None, True, False, 0, -1, 1.5, 10**400, 1e400, float("nan"), "", " ", "\0", "\ud800", "x" * 5000, "٣", [], [[]], {},
    {"from": {}}, {"a" * 5000: 1}, ["first"], {"version": 1}, "ever", "all", [None] * 300, [True], [1e400], ["\0"],
]  # fmt: skip
values = st.sampled_from(HOSTILE) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3),
    max_leaves=5,
)


@st.composite
def mangled(draw: st.DrawFn, node: object) -> object:
    """The JSON with one part, anywhere in it, replaced, added or taken away."""
    here = draw(st.booleans()) or not isinstance(node, dict | list) or not node
    if isinstance(node, dict) and not here:
        name = draw(st.sampled_from(sorted(node)))
        return {**node, name: draw(mangled(node[name]))}
    if isinstance(node, list) and not here:
        number = draw(st.integers(0, len(node) - 1))
        return [*node[:number], draw(mangled(node[number])), *node[number + 1 :]]
    if isinstance(node, dict) and node and draw(st.booleans()):
        gone = draw(st.sampled_from(sorted(node)))
        return {name: part for name, part in node.items() if name != gone}
    return draw(values)


@settings(max_examples=400)
@given(st.data())
def test_a_mangled_condition_is_read_or_refused_with_its_place_and_words(data: st.DataObject) -> None:
    json = rule(data.draw(mangled(data.draw(st.sampled_from(NODES)))))

    found = problems(json)

    if found:
        assert [error.place[:1] for error in found] == [(0,)]
        assert found[0].message.endswith(".")
    else:
        assert parse(dump(parse(json))) == parse(json)
        assert sentence(parse(json)).endswith(".")


@pytest.mark.parametrize("json", HOSTILE)
@pytest.mark.parametrize("member", ["version", "rule"])
def test_a_mangled_rule_is_refused(member: str, json: object) -> None:
    with pytest.raises(TreeError):
        parse({**rule({"bucket": {"from": 0, "to": 1}}), member: json})


def test_groups_without_end_are_refused_before_they_are_entered() -> None:
    node: dict[str, Any] = {"any": []}
    for _ in range(100_000):
        node = {"all": [node]}
    json = {"version": 1, "rule": node}

    assert [error.message for error in problems(json)] == [f"Groups can be nested {DEPTH} deep."]
    assert mentioned(json, "segment") == set()
