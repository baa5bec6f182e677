"""The explanation of a segment for one person, and the warnings of other types, against the rule's meaning."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from people.models import Profile
from segments import audience
from segments.checks import KINDS as WORDS
from segments.checks import mismatches
from segments.context import Context
from segments.tree import Any, Node, NoneOf, Property, Tree, nodes
from tests.properties.test_segments import thorough
from tests.segments import oracle
from tests.segments.oracle_values import is_nothing, is_of
from tests.segments.oracle_world import Person
from tests.segments.population import Crowd
from tests.segments.trees import BEHAVIOUR, PEOPLE, contexts, trees

pytestmark = pytest.mark.django_db
brief = settings(thorough, max_examples=50)
short = settings(thorough, max_examples=3)
who = st.integers(0, 499)


def assert_explained(tree: Tree, person: Person, people: Crowd, context: Context) -> None:
    world = people.world(context)

    explanation = audience.explain(tree, Profile.objects.get(pk=person.id), context)

    assert {each.place: each.holds for each in explanation.findings} == {
        place: oracle.matches(node, person, world) for place, node in nodes(tree)
    }
    assert explanation.is_in == oracle.matches(tree, person, world)


@brief
@given(tree=trees, context=contexts, number=who)
def test_the_explanation_agrees_with_the_query_in_every_part(
    people: Crowd, tree: Tree, context: Context, number: int
) -> None:
    assert_explained(tree, people.people[number], people, context)


@pytest.mark.parametrize("kind", sorted({**BEHAVIOUR, **PEOPLE}))
@short
@given(drawn=st.data(), context=contexts, number=who)
def test_the_explanation_agrees_with_the_query_for_who_is_in_and_who_is_not(
    people: Crowd, kind: str, drawn: st.DataObject, context: Context, number: int
) -> None:
    node: Node = drawn.draw({**BEHAVIOUR, **PEOPLE}[kind])
    inside = oracle.members(Any((node,)), people.people, people.world(context))
    in_turn = [*people.people[number:], *people.people[:number]]
    first = {person.id in inside: person for person in reversed(in_turn)}

    for person in first.values():
        assert_explained(NoneOf((node,)), person, people, context)


@brief
@given(rule=st.lists(PEOPLE["property"], max_size=4).map(tuple).map(Any), context=contexts)
def test_counting_values_of_another_type_finds_those_people(people: Crowd, rule: Tree, context: Context) -> None:
    world = people.world(context)
    compared = {
        (node.name, node.comparison.type)
        for _, node in nodes(rule)
        if isinstance(node, Property) and node.comparison.operator not in ("exists", "missing")
    }

    wrong = {
        (name, WORDS[kind]): sum(not is_nothing(seen) and not is_of(kind, seen, world) for seen in values)
        for name, kind in compared
        for values in [[oracle.value_of(person, name) for person in people.people]]
    }

    found = {(each.name, each.kind): each.people for each in mismatches(rule, context)}
    assert found == {key: number for key, number in wrong.items() if number}
