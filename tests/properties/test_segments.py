"""The query of a segment against its meaning in plain Python."""

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segments import audience
from segments.compiler import profiles
from segments.context import SAMPLE, Context, Everyone, Ids, People, Sampled, Some
from segments.reading import answers
from segments.tree import All, Condition, Node, Tree
from tests.segments import oracle
from tests.segments.population import Crowd
from tests.segments.trees import COMPARED, KINDS, contexts, trees

pytestmark = pytest.mark.django_db
thorough = settings(
    max_examples=150,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
each_kind = settings(thorough, max_examples=30)
each_comparison = settings(thorough, max_examples=12)
brief = settings(thorough, max_examples=40)
limits = st.sampled_from(["everyone", "sample", "first", "second", "some"])


def selected(tree: Tree, context: Context) -> list[int]:
    return sorted(row[0] for row in answers(audience.select_from(tree, context)))


def meant(node: Node, people: Crowd, context: Context) -> list[int]:
    """Of the people that the context looks at."""
    found = oracle.members(All((node,)), people.people, people.world(context))
    return sorted(pk for pk in found if is_looked_at(pk, context))


def is_looked_at(pk: int, context: Context) -> bool:
    match context.people:
        case Everyone():
            return True
        case Sampled():
            return pk % SAMPLE == 0
        case Ids(after, until):
            return after < pk <= until
        case Some(ids):
            return pk in ids


def narrowed(context: Context, limit: str, people: Crowd) -> Context:
    ids = [person.id for person in people.people]
    middle = ids[len(ids) // 2]
    of: dict[str, People] = {
        "everyone": Everyone(),
        "sample": Sampled(),
        "first": Ids(ids[0] - 1, middle),
        "second": Ids(middle, ids[-1]),
        "some": Some(tuple(ids[::7])),
    }
    return replace(context, people=of[limit])


@thorough
@given(tree=trees, context=contexts)
def test_the_query_selects_exactly_the_people_of_the_rule(people: Crowd, tree: Tree, context: Context) -> None:
    assert selected(tree, context) == meant(tree, people, context)


@brief
@given(tree=trees, context=contexts, limit=limits)
def test_the_number_and_the_list_are_those_of_the_query(
    people: Crowd, tree: Tree, context: Context, limit: str
) -> None:
    among = narrowed(context, limit, people)
    wanted = meant(tree, people, among)

    assert selected(tree, among) == wanted
    assert sorted(row[0] for row in answers(profiles(tree, among))) == wanted
    assert audience.counted(tree, among) == len(wanted)


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - COMPARED.keys()))
@each_kind
@given(drawn=st.data(), context=contexts, limit=limits)
def test_each_kind_of_condition_selects_exactly_its_people(
    people: Crowd, kind: str, drawn: st.DataObject, context: Context, limit: str
) -> None:
    node, among = drawn.draw(KINDS[kind]), narrowed(context, limit, people)
    wanted = meant(node, people, among)

    assert selected(All((node,)), among) == wanted
    assert audience.counted(All((node,)), among) == len(wanted)


@pytest.mark.parametrize("kind", sorted(COMPARED))
@each_comparison
@given(drawn=st.data(), context=contexts)
def test_each_comparison_selects_exactly_its_people(
    people: Crowd, kind: str, drawn: st.DataObject, context: Context
) -> None:
    node = drawn.draw(COMPARED[kind])

    assert selected(All((node,)), context) == meant(node, people, context)


@settings(each_kind, max_examples=1)
@given(one_of_each=st.fixed_dictionaries(KINDS))
def test_every_condition_of_the_tree_is_among_the_kinds(one_of_each: dict[str, Node]) -> None:
    assert {type(node) for node in one_of_each.values()} == set(get_args(Condition))
