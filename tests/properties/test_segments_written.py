"""A rule written as JSON, as a sentence and as a form, and read back."""

import json
from collections.abc import Iterator

import pytest
from django.template.loader import render_to_string
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from people import languages
from segments.builder import build
from segments.describe import sentence
from segments.forms import json_from_post
from segments.parse import dump, parse, problems
from segments.tree import All, Comparison, Node, Property, Tree, Type, nodes
from tests.properties.test_segments import thorough
from tests.segments.html import fields_of
from tests.segments.population import Crowd
from tests.segments.trees import KINDS, trees

pytestmark = pytest.mark.django_db
often = settings(thorough, max_examples=100)
brief = settings(thorough, max_examples=30)
once = settings(thorough, max_examples=2)


def can_be_saved(tree: Tree) -> bool:
    """Generated rules may hold what the form refuses, such as a group without conditions."""
    return problems(dump(tree)) == []


@often
@given(tree=trees)
def test_a_rule_survives_its_json(tree: Tree) -> None:
    assume(can_be_saved(tree))

    assert parse(json.loads(json.dumps(dump(tree)))) == tree


@brief
@given(one_of_each=st.fixed_dictionaries(KINDS))
def test_every_kind_of_condition_survives_its_json(one_of_each: dict[str, Node]) -> None:
    for node in one_of_each.values():
        tree = All((node,))
        assert not can_be_saved(tree) or parse(json.loads(json.dumps(dump(tree)))) == tree


@often
@given(tree=trees)
def test_every_rule_is_a_sentence_with_its_texts_as_they_are(tree: Tree) -> None:
    said = sentence(tree)

    assert said.endswith(".")
    assert all(f"“{text}”" in said for text in texts_in(tree))


def texts_in(tree: Tree) -> Iterator[str]:
    for _, node in nodes(tree):
        match node:
            case Property(_, Comparison(Type.TEXT | Type.LIST, _, str(text))):
                yield text
            case Property(name, Comparison(Type.TEXT, _, tuple(texts))):
                yield from (languages.value_words(name, str(text)) for text in texts)
            case Property(_, Comparison(Type.LIST, _, tuple(texts))):
                yield from map(str, texts)


@brief
@given(tree=trees)
def test_the_builder_holds_every_rule_and_gives_it_back(people: Crowd, tree: Tree) -> None:
    assume(can_be_saved(tree))

    assert posted(tree) == tree


@pytest.mark.parametrize("kind", sorted(KINDS))
@once
@given(drawn=st.data())
def test_the_builder_holds_every_kind_of_condition_and_gives_it_back(
    people: Crowd, kind: str, drawn: st.DataObject
) -> None:
    tree = All((drawn.draw(KINDS[kind]),))
    assume(can_be_saved(tree))

    assert posted(tree) == tree


def posted(tree: Tree) -> Tree:
    return parse(json_from_post(fields_of(render_to_string("segments/_builder.html", {"builder": build(dump(tree))}))))
