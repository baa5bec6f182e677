"""The query, the explanation and the JSON of a segment against its meaning in plain Python."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.template.loader import render_to_string
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pytest_django.plugin import DjangoDbBlocker

from people.models import Profile
from segments import audience
from segments.builder import build
from segments.checks import KINDS, mismatches
from segments.context import SAMPLE, Context, Ids, Sampled
from segments.describe import sentence
from segments.forms import json_from_post
from segments.operands import is_missing, typed
from segments.parse import dump, parse, problems
from segments.reading import answers
from segments.tree import All, Condition, Tree, nodes
from tests.segments import oracle
from tests.segments.html import fields_of
from tests.segments.population import NOW, ZONES, Crowd, settled
from tests.segments.trees import leaves, trees

pytestmark = pytest.mark.django_db
contexts = st.sampled_from(ZONES).map(lambda zone: Context(NOW, zone))
thorough = settings(
    max_examples=600,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
brief = settings(thorough, max_examples=60)


@pytest.fixture(scope="module")
def people(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Crowd]:
    with django_db_blocker.unblock(), settled() as found:
        yield found


def selected(tree: Tree, context: Context) -> list[int]:
    return sorted(row[0] for row in answers(audience.select_from(tree, context)))


@thorough
@given(tree=trees, context=contexts)
def test_the_query_selects_exactly_the_people_of_the_rule(people: Crowd, tree: Tree, context: Context) -> None:
    assert selected(tree, context) == sorted(oracle.members(tree, people, context))


@thorough
@given(leaf=leaves, context=contexts)
def test_each_condition_selects_exactly_its_people(people: Crowd, leaf: Condition, context: Context) -> None:
    tree = All((leaf,))

    assert selected(tree, context) == sorted(oracle.members(tree, people, context))


@brief
@given(tree=trees, context=contexts)
def test_everybody_is_in_the_sample_or_a_chunk_as_in_the_whole(people: Crowd, tree: Tree, context: Context) -> None:
    whole = selected(tree, context)
    middle = people[len(people) // 2].id
    sampled = replace(context, people=Sampled())
    first, second = Ids(people[0].id - 1, middle), Ids(middle, people[-1].id)

    assert selected(tree, sampled) == [pk for pk in whole if pk % SAMPLE == 0]
    assert selected(tree, replace(context, people=first)) + selected(tree, replace(context, people=second)) == whole


@brief
@given(tree=trees, context=contexts, number=st.integers(0, 499))
def test_the_explanation_agrees_with_the_query_in_every_part(
    people: Crowd, tree: Tree, context: Context, number: int
) -> None:
    person = people[number]

    explanation = audience.explain(tree, Profile.objects.get(pk=person.id), context)

    assert explanation.is_in == oracle.matches(tree, person, context)
    assert {each.place: each.holds for each in explanation.findings} == {
        place: oracle.matches(node, person, context) for place, node in nodes(tree)
    }


@brief
@given(tree=trees, context=contexts)
def test_counting_values_of_another_type_finds_those_people(people: Crowd, tree: Tree, context: Context) -> None:
    for found in mismatches(tree, context):
        if found.event is None:
            kind = next(each for each, words in KINDS.items() if words == found.kind)
            values = [person.properties.get(found.name) for person in people]
            wrong = [each for each in values if not is_missing(each) and typed(each, kind, context) is None]
            assert found.people == len(wrong)


@brief
@given(tree=trees)
def test_a_rule_survives_its_json(tree: Tree) -> None:
    assume(can_be_saved(tree))

    assert parse(json.loads(json.dumps(dump(tree)))) == tree
    assert sentence(tree).endswith(".")


@brief
@given(tree=trees)
def test_the_builder_holds_every_rule_and_gives_it_back(people: Crowd, tree: Tree) -> None:
    assume(can_be_saved(tree))
    fields = fields_of(render_to_string("segments/_builder.html", {"builder": build(dump(tree))}))

    assert parse(json_from_post(fields)) == tree


def can_be_saved(tree: Tree) -> bool:
    """Generated rules may hold what the form refuses, such as a group without conditions."""
    return problems(dump(tree)) == []
