"""The builder and the parts of a page that follow it: what is posted, what comes back."""

from typing import Any

import pytest
from django import forms
from django.db import connection
from django.http import QueryDict
from django.template.loader import render_to_string
from django.test import Client, override_settings

from people.models import PropertyName
from segments.builder import build
from segments.forms import TreeField, errors_of, json_from_post, tree_from_post
from segments.models import Segment
from segments.parse import TreeError
from tests.segments.html import fields_of
from tests.segments.making import CHARGED, SPANISH, did, person, rule, segment

pytestmark = pytest.mark.django_db


def typed(json: object) -> QueryDict:
    """What a browser would post of the builder that shows `json`."""
    return fields_of(render_to_string("segments/_builder.html", {"builder": build(json)}))


def after(client: Client, fields: QueryDict, action: str = "") -> object:
    """The rule in the builder that comes back after a button, as it would be posted next."""
    posted = fields.copy()
    posted["tree.action"] = action
    answer = client.post("/segments/builder", dict(posted.lists()))
    assert answer.headers["HX-Trigger-After-Settle"] == '{"segment-changed": {}}'
    json = json_from_post(fields_of(answer.content.decode()))
    assert json is not None
    return json["rule"]


EMPTY = {"did": "", "period": {"last": 30, "unit": "days"}}


def test_a_new_builder_has_one_empty_condition() -> None:
    assert json_from_post(typed(None)) == rule(EMPTY)


@pytest.mark.parametrize("json", [None, [], {"rule": 5}, {"rule": {"all": 5}}, {"rule": {"any": [None, {"x": 1}]}}])
def test_whatever_was_stored_a_builder_comes_of_it(json: object) -> None:
    assert json_from_post(typed(json)) is not None


@pytest.mark.usefixtures("event_table")
def test_buttons_add_and_remove_conditions_groups_and_filters(member: Client) -> None:
    did(person("somebody"))
    fields = typed(rule(SPANISH, {"any": [CHARGED]}))

    assert after(member, fields, "condition:") == {"all": [SPANISH, {"any": [CHARGED]}, EMPTY]}
    assert after(member, fields, "condition:1") == {"all": [SPANISH, {"any": [CHARGED, EMPTY]}]}
    assert after(member, fields, "group:1") == {"all": [SPANISH, {"any": [CHARGED, {"any": [EMPTY]}]}]}
    assert after(member, fields, "remove:0") == {"all": [{"any": [CHARGED]}]}
    assert after(member, fields, "remove:1.0") == {"all": [SPANISH]}
    blank = {"property": "", "type": "text", "operator": "equals", "value": []}
    assert after(member, fields, "filter:1.0") == {"all": [SPANISH, {"any": [{**CHARGED, "where": [blank]}]}]}


@pytest.mark.parametrize("action", ["", "remove:", "remove:9", "filter:0", "filter:", "burn:0", "condition:0.0.0.0"])
def test_a_button_that_does_not_fit_changes_nothing(member: Client, action: str) -> None:
    assert after(member, typed(rule(SPANISH)), action) == {"all": [SPANISH]}


def test_a_group_goes_with_its_last_condition_but_not_the_outermost(member: Client) -> None:
    assert after(member, typed(rule(SPANISH)), "remove:0") == {"all": []}


@pytest.mark.parametrize(
    ("action", "focused"),
    [("condition:", "tree-2-family"), ("group:", "tree-2-0-family"), ("remove:1", "tree-0-family")],
)
def test_the_keyboard_goes_on_where_something_was_added_or_removed(member: Client, action: str, focused: str) -> None:
    fields = typed(rule(SPANISH, {"bucket": {"from": 0, "to": 9}}))
    fields["tree.action"] = action

    page = member.post("/segments/builder", dict(fields.lists())).content.decode()

    assert page.count("autofocus") == 1
    assert f'id="{focused}"' in page[: page.index("autofocus")].rsplit("<select", 1)[1]


def test_another_property_brings_its_own_type_and_comparison() -> None:
    PropertyName.objects.create(name="points", types={"number": 9, "text": 1}, frequent=[[5, 2]])
    fields = typed(rule(SPANISH))
    fields["tree.0.property"] = "points"

    assert json_from_post(fields) == rule({"property": "points", "type": "number", "operator": "greater_than_equals"})


def test_another_comparison_keeps_what_was_typed_as_far_as_it_fits() -> None:
    fields = typed(rule(SPANISH))
    fields["tree.0.operator"] = "contains"

    assert json_from_post(fields) == rule({**SPANISH, "operator": "contains", "value": "es"})


def test_frequent_values_are_offered_and_mixed_types_can_be_chosen() -> None:
    PropertyName.objects.create(name="plan", types={"text": 9, "number": 1}, frequent=[["gold", 5], ["silver", 2]])
    plan = {"property": "plan", "type": "text", "operator": "equals", "value": ["gold"]}

    page = render_to_string("segments/_builder.html", {"builder": build(rule(plan))})

    assert '<option value="silver">' in page
    assert '<option value="number">as number</option>' in page


@pytest.mark.usefixtures("event_table")
def test_a_hidden_event_is_not_offered_but_kept_where_it_was_chosen() -> None:
    did(person("somebody"), "Viewed")
    assert ">Viewed</option>" in render_to_string("segments/_builder.html", {"builder": build(None)})

    page = render_to_string("segments/_builder.html", {"builder": build(rule({**CHARGED, "did": "Gone"}))})
    assert '<option value="Gone" selected>Gone</option>' in page


def test_numbers_are_read_as_people_type_them_and_kept_where_they_are_none() -> None:
    points = {"property": "latitude", "type": "number", "operator": "less_than", "value": 5}
    read = {}
    for text in ("1,250.50", "7", "many", "", "NaN", "-3"):
        fields = typed(rule(points))
        fields["tree.0.value"] = text
        json: Any = json_from_post(fields)
        read[text] = json["rule"]["all"][0]["value"]

    assert read == {"1,250.50": 1250.5, "7": 7, "many": "many", "": "", "NaN": "NaN", "-3": -3}


def test_the_rule_can_be_posted_as_json_too() -> None:
    assert json_from_post(QueryDict("tree=%7B%22version%22%3A1%7D")) == {"version": 1}
    assert json_from_post(QueryDict("tree=[]")) is None
    assert json_from_post(QueryDict("tree={")) is None
    assert json_from_post(QueryDict("")) is None


def test_a_rule_that_was_not_posted_is_refused_as_one() -> None:
    with pytest.raises(TreeError):
        tree_from_post(QueryDict(""))


def test_any_form_can_hold_a_rule_even_an_incomplete_one() -> None:
    class Campaign(forms.Form):
        tree = TreeField(required=False)

    form = Campaign(typed(None))

    assert form.is_valid()
    assert form.cleaned_data == {"tree": rule(EMPTY)}
    assert form.has_changed()
    assert 'name="tree.0.event"' in str(form["tree"])
    assert "<label>Tree:</label>" in str(form["tree"].label_tag())
    assert Campaign(QueryDict("")).is_valid()


def test_errors_are_found_by_place() -> None:
    wrong = rule(SPANISH, {"any": [{"bucket": {"from": 5, "to": 1}}]}, {"did": "Flown", "period": "ever"})
    unknown = rule(SPANISH, {"did": "Flown", "period": "ever"})

    assert errors_of(wrong) == {(1, 0): "The first bucket is above the second."}
    assert errors_of(unknown) == {(1,): "Nobody ever did “Flown”."}
    assert errors_of(rule(SPANISH)) == {}


def test_reach_of_few_people_is_exact_at_once_with_the_sentence(member: Client) -> None:
    person("a", language="es")

    page = member.post("/segments/reach", dict(typed(rule(SPANISH)).lists())).content.decode()

    assert "1 person" in page
    assert "exact" in page
    assert "People whose language is “es”." in page
    assert 'hx-post="/segments/count"' not in page


def test_reach_of_an_unfinished_rule_says_what_to_do(member: Client) -> None:
    page = member.post("/segments/reach", dict(typed(None).lists())).content.decode()

    assert "Choose an event." in page


@pytest.mark.parametrize("fragment", ["count", "checks", "examples", "why"])
def test_every_answer_to_an_unfinished_rule_says_what_to_do(member: Client, fragment: str) -> None:
    person("a")

    answer = member.post(f"/segments/{fragment}", {**dict(typed(None).lists()), "person": "a"})

    assert "Choose an event." in answer.content.decode()


def test_a_count_of_a_saved_segment_is_remembered_and_that_of_another_rule_is_not(member: Client) -> None:
    kept = segment()
    person("a", language="es")
    fields = {**dict(typed(rule(SPANISH)).lists()), "segment": str(kept.pk)}

    member.post("/segments/count", {**fields, "tree.0.value": ["pt"]})
    assert Segment.objects.get().people is None

    assert "1 person" in member.post("/segments/count", fields).content.decode()
    assert Segment.objects.get().people == 1


def test_people_with_values_of_another_type_are_warned_of(member: Client) -> None:
    person("a", properties={"points": "many"})
    PropertyName.objects.create(name="points", types={"number": 1})
    points = {"property": "points", "type": "number", "operator": "less_than", "value": 5}

    page = member.post("/segments/checks", dict(typed(rule(points)).lists())).content.decode()

    assert "1 person has points that is not a number; this condition leaves them out." in page


def test_examples_are_linked_people(member: Client) -> None:
    found = person("a", name="Ana <b>", language="es")

    page = member.post("/segments/examples", dict(typed(rule(SPANISH)).lists())).content.decode()
    nobody = member.post("/segments/examples", dict(typed(rule({**SPANISH, "value": ["pt"]})).lists()))

    assert f'href="/people/{found.pk}"' in page
    assert "Ana &lt;b&gt;" in page
    assert "Nobody matches." in nobody.content.decode()


@pytest.mark.parametrize("asked", ["4711", "ana@example.com"])
def test_why_a_person_is_in_or_not_is_answered_by_identity_or_address(member: Client, asked: str) -> None:
    person("4711", email="ana@example.com", language="pt")

    answer = member.post("/segments/why", {**dict(typed(rule(SPANISH)).lists()), "person": asked})

    page = answer.content.decode()
    assert "<strong>not in</strong>" in page
    assert "“pt”" in page


def test_why_needs_somebody_who_is_there(member: Client) -> None:
    fields = dict(typed(rule(SPANISH)).lists())

    assert (
        "identity or e-mail address nobody"
        in member.post("/segments/why", {**fields, "person": "nobody"}).content.decode()
    )
    assert "Type the identity" in member.post("/segments/why", fields).content.decode()


def test_reach_of_a_name_that_was_never_seen_says_so(member: Client) -> None:
    page = member.post("/segments/reach", dict(typed(rule({**CHARGED, "did": "Flown"})).lists())).content.decode()

    assert "Nobody ever did “Flown”." in page


@override_settings(STATEMENT_TIMEOUT_SECONDS=0.001)
def test_a_sample_that_takes_too_long_leaves_the_exact_number_to_come_and_that_says_so_too(member: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO people_profile (email, properties, bucket, created_at, updated_at)"
            " SELECT n || 'x@example.com', '{}', 0, now(), now() FROM generate_series(1, 19000) n"
        )
    slow = {"property": "email", "type": "text", "operator": "contains", "value": "y"}
    fields = dict(typed(rule(*[slow] * 20, kind="any")).lists())

    reach = member.post("/segments/reach", fields).content.decode()
    count = member.post("/segments/count", fields).content.decode()

    assert "The sample took too long." in reach
    assert 'hx-post="/segments/count"' in reach
    assert "Not counted" in count
    assert "was stopped." in count


def test_an_address_is_only_for_who_is_signed_in(client: Client) -> None:
    assert client.post("/segments/reach").status_code == 302
