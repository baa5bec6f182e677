"""The builder and the parts of a page that follow it: what is posted, what comes back."""

from typing import Any

import pytest
from django import forms
from django.http import QueryDict
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone

from people.models import EventName, PropertyName
from segments.builder import build
from segments.forms import TreeField, errors_of, json_from_post, tree_from_post
from segments.parse import TreeError
from tests.segments.html import fields_of
from tests.segments.making import CHARGED, SPANISH, did, person, rule

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


EMPTY = {"did": [{"event": ""}], "period": {"last": 30, "unit": "days"}}


def test_a_new_builder_has_one_empty_condition() -> None:
    assert json_from_post(typed(None)) == rule(EMPTY)


@pytest.mark.parametrize("json", [None, [], {"rule": 5}, {"rule": {"all": 5}}, {"rule": {"any": [None, {"x": 1}]}}])
def test_whatever_was_stored_a_builder_comes_of_it(json: object) -> None:
    assert json_from_post(typed(json)) is not None


@pytest.mark.usefixtures("event_table")
def test_a_hidden_event_is_not_offered_but_kept_where_it_was_chosen() -> None:
    did(person("somebody"), "Viewed")
    assert ">Viewed</option>" in render_to_string("segments/_builder.html", {"builder": build(None)})

    page = render_to_string("segments/_builder.html", {"builder": build(rule({**CHARGED, "did": "Gone"}))})
    assert '<option value="Gone" selected>Gone</option>' in page


@pytest.mark.parametrize(
    ("kind", "ends"), [("between", {"from", "to"}), ("since", {"from"}), ("until", {"to"}), ("this_year", {"named"})]
)
def test_the_dates_of_a_period_of_the_calendar_are_filled_in_when_they_are_to_be_changed(
    kind: str, ends: set[str]
) -> None:
    fields = typed(rule({**CHARGED, "period": {"named": "this_month"}}))
    fields["tree.0.period"] = kind

    json = json_from_post(fields)

    assert json is not None
    period = json["rule"]["all"][0]["period"]
    assert period.keys() == ends
    assert all(day.startswith(f"{timezone.localdate():%Y-%m-}") for end, day in period.items() if end != "named")


def test_languages_are_chosen_by_name_and_posted_as_they_are() -> None:
    PropertyName.objects.create(name="language", types={"text": 3}, frequent=[["es", 2], ["pt-BR", 1]])
    spanish = {"property": "language", "type": "text", "operator": "equals", "value": ["es"]}

    page = render_to_string("segments/_builder.html", {"builder": build(rule(spanish))})

    assert json_from_post(fields_of(page)) == rule(spanish)
    assert "<span>Spanish (es)</span>" in page
    assert '<option value="pt-BR">Portuguese, Brazil (pt-BR)</option>' in page


@pytest.mark.usefixtures("event_table")
def test_what_an_operator_wrote_of_an_event_stands_beside_it() -> None:
    did(person("somebody"), "Charged")
    EventName.objects.update(description="Paid, in the shop <or> online")

    page = render_to_string("segments/_builder.html", {"builder": build(rule(CHARGED))})

    assert page.count("Paid, in the shop &lt;or&gt; online") == 2
    assert "Paid" not in render_to_string("segments/_builder.html", {"builder": build(rule(EMPTY))})


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
    assert 'name="tree.0.0.event"' in str(form["tree"])
    assert "<label>Tree:</label>" in str(form["tree"].label_tag())
    assert Campaign(QueryDict("")).is_valid()


def test_errors_are_found_by_place() -> None:
    wrong = rule(SPANISH, {"any": [{"bucket": {"from": 5, "to": 1}}]}, {"did": "Flown", "period": "ever"})
    unknown = rule(SPANISH, {"did": "Flown", "period": "ever"})

    assert errors_of(wrong) == {(1, 0): "The first bucket is above the second."}
    assert errors_of(unknown) == {(1, 0): "Nobody ever did “Flown”."}
    assert errors_of(rule(SPANISH)) == {}


def test_reach_of_few_people_is_exact_at_once_with_the_sentence(member: Client) -> None:
    person("a", language="es")

    page = member.post("/segments/reach", dict(typed(rule(SPANISH)).lists())).content.decode()

    assert "1 person" in page
    assert "exact" in page
    assert "People whose language is “Spanish (es)”." in page
    assert 'hx-post="/segments/count"' not in page


def test_reach_of_an_unfinished_rule_says_what_to_do(member: Client) -> None:
    page = member.post("/segments/reach", dict(typed(None).lists())).content.decode()

    assert "The first condition: choose an event." in page


@pytest.mark.parametrize("fragment", ["checks", "examples", "why"])
def test_every_answer_to_an_unfinished_rule_says_what_to_do(member: Client, fragment: str) -> None:
    person("a")

    answer = member.post(f"/segments/{fragment}", {**dict(typed(None).lists()), "person": "a"})

    assert "The first condition: choose an event." in answer.content.decode()


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
    assert "“Portuguese (pt)”" in page


def test_why_needs_somebody_who_is_there(member: Client) -> None:
    fields = dict(typed(rule(SPANISH)).lists())

    assert (
        "identity or e-mail address nobody"
        in member.post("/segments/why", {**fields, "person": "nobody"}).content.decode()
    )
    assert "Type the identity" in member.post("/segments/why", fields).content.decode()


def test_reach_of_a_name_that_was_never_seen_says_so(member: Client) -> None:
    page = member.post("/segments/reach", dict(typed(rule({**CHARGED, "did": "Flown"})).lists())).content.decode()

    assert "The first condition: nobody ever did “Flown”." in page


def test_an_address_is_only_for_who_is_signed_in(client: Client) -> None:
    assert client.post("/segments/reach").status_code == 302
