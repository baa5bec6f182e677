"""What the buttons and the other choices of the builder do to a rule, and what can be brought back."""

import re
from typing import Any

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone

from people.models import EventName, PropertyName
from segments.builder import build, deeds
from segments.drafts import edited_deeds
from segments.forms import deeds_from_post, json_from_post
from tests.segments.html import fields_of
from tests.segments.making import SPANISH, did, person, rule

pytestmark = pytest.mark.django_db

EMPTY = {"did": [{"event": ""}], "period": {"last": 30, "unit": "days"}}
CHARGED = {"did": [{"event": "Charged"}], "period": "ever"}
BLANK = {"property": "", "type": "text", "operator": "equals", "value": []}
COAT = {"property": "category", "type": "text", "operator": "equals", "value": ["coat"]}
POINTS = {"property": "points", "type": "number", "operator": "greater_than", "value": 5}
NINE = {"property": "app_version", "type": "version", "operator": "equals", "value": "9"}
BUCKET = {"bucket": {"from": 0, "to": 9}}


class Form:
    """The builder in a page: it is pressed and chosen in, and what comes back is pressed and chosen in again."""

    def __init__(self, client: Client, *of: object) -> None:
        self.client = client
        self.show(render_to_string("segments/_builder.html", {"builder": build(rule(*of))}))

    def show(self, page: str) -> None:
        self.page = page
        self.fields = fields_of(page)

    def press(self, action: str) -> "Form":
        return self.post({"tree.action": action})

    def choose(self, **fields: Any) -> "Form":
        return self.post({f"tree.{name.replace('_', '.', 1)}": value for name, value in fields.items()})

    def post(self, changes: dict[str, Any]) -> "Form":
        fields: QueryDict = self.fields.copy()
        for name, value in changes.items():
            fields[name] = value
        answer = self.client.post("/segments/builder", dict(fields.lists()))
        assert answer.headers["HX-Trigger-After-Settle"] == '{"segment-changed": {}}'
        self.show(answer.content.decode())
        return self

    @property
    def rule(self) -> object:
        json: Any = json_from_post(self.fields)
        return json["rule"]

    @property
    def focus(self) -> str:
        return self.page.split('data-focus="')[1].split('"')[0]

    @property
    def says(self) -> str:
        after = self.page.split('class="builder-undo" role="status">')[1].split("</span>")[0]
        return " ".join(re.sub("<[^>]*>|Undo", "", after).split())


@pytest.mark.parametrize(
    ("action", "becomes", "focus"),
    [
        ("condition:", [SPANISH, {"any": [CHARGED]}, EMPTY], "tree-2-family"),
        ("condition:0", [SPANISH, EMPTY, {"any": [CHARGED]}], "tree-1-family"),
        ("condition:1", [SPANISH, {"any": [CHARGED, EMPTY]}], "tree-1-1-family"),
        ("group:1", [SPANISH, {"any": [CHARGED, {"any": [EMPTY]}]}], "tree-1-1-0-family"),
        ("remove:0", [{"any": [CHARGED]}], "tree-0-kind"),
        ("remove:1", [SPANISH], "tree-0-family"),
        ("remove:1.0", [SPANISH], "tree-0-family"),
        (
            "filter:1.0.0",
            [SPANISH, {"any": [{**CHARGED, "did": [{"event": "Charged", "where": [BLANK]}]}]}],
            "tree-1-0-0-0-property",
        ),
        (
            "filter:1.0",
            [SPANISH, {"any": [{**CHARGED, "did": [{"event": "Charged", "where": [BLANK]}]}]}],
            "tree-1-0-0-0-property",
        ),
        (
            "deed:1.0",
            [SPANISH, {"any": [{**CHARGED, "did": [{"event": "Charged"}, {"event": ""}]}]}],
            "tree-1-0-1-event",
        ),
        (
            "hours:1.0",
            [SPANISH, {"any": [{**CHARGED, "hours": {"from": "18:00", "to": "22:00"}}]}],
            "tree-1-0-hours_from",
        ),
        ("weekdays:1.0", [SPANISH, {"any": [{**CHARGED, "weekdays": [6, 7]}]}], "tree-1-0-weekday-1"),
    ],
)
def test_a_button_changes_the_rule_and_the_keyboard_goes_on_there(
    member: Client, action: str, becomes: list[object], focus: str
) -> None:
    form = Form(member, SPANISH, {"any": [CHARGED]}).press(action)

    assert form.rule == {"all": becomes}
    assert form.focus == focus


@pytest.mark.parametrize(
    "action",
    [
        *("", "remove:", "remove:9", "filter:0", "filter:", "deed:0", "hours:0", "weekdays:", "burn:0", "undo:"),
        *("condition:0.0.0.0", "group:0", "filter:0.0", "remove:0.0", "deed:" + "9" * 30),
    ],
)
def test_a_button_that_does_not_fit_changes_nothing(member: Client, action: str) -> None:
    assert Form(member, SPANISH).press(action).rule == {"all": [SPANISH]}


def test_the_outermost_group_stays_without_conditions(member: Client) -> None:
    assert Form(member, SPANISH).press("remove:0").rule == {"all": []}


def test_an_event_is_never_the_last_to_go_and_a_device_goes_with_its_last_filter(member: Client) -> None:
    two = {**CHARGED, "did": [{"event": "Charged"}, {"event": "Viewed"}]}
    form = Form(member, two, {"device": [NINE]})

    assert form.press("remove:0.0").press("remove:0.0").rule == {
        "all": [{**CHARGED, "did": [{"event": "Viewed"}]}, {"device": [NINE]}]
    }
    assert form.press("remove:1.0").rule == {"all": [{**CHARGED, "did": [{"event": "Viewed"}]}]}


def test_options_go_again_by_their_own_button(member: Client) -> None:
    form = Form(member, CHARGED).press("hours:0").press("weekdays:0")

    assert form.press("hours:0").press("weekdays:0").rule == {"all": [CHARGED]}


@pytest.mark.parametrize("action", ["remove:0", "remove:1", "remove:1.0.0.0", "remove:1.0.1", "remove:1.0"])
def test_what_was_removed_comes_back_where_it_was(member: Client, action: str) -> None:
    several = {**CHARGED, "did": [{"event": "Charged", "where": [COAT]}, {"event": "Viewed"}]}
    form = Form(member, SPANISH, {"any": [several, BUCKET]})
    before = form.rule

    form.press(action)
    assert form.rule != before
    assert "removed." in form.says

    assert form.press("undo:").rule == before
    assert form.says == ""


def test_several_removals_come_back_one_after_the_other(member: Client) -> None:
    form = Form(member, SPANISH, CHARGED, BUCKET)

    form.press("remove:0").press("remove:0").press("remove:0")
    assert form.rule == {"all": []}

    assert form.press("undo:").rule == {"all": [BUCKET]}
    assert form.press("undo:").rule == {"all": [CHARGED, BUCKET]}
    assert form.press("undo:").rule == {"all": [SPANISH, CHARGED, BUCKET]}


def test_what_is_written_meanwhile_stays(member: Client) -> None:
    form = Form(member, SPANISH, {"any": [CHARGED]}).press("remove:1.0")

    form.choose(**{"0_value": "pt"}).press("condition:")

    assert form.press("undo:").rule == {"all": [{**SPANISH, "value": ["pt"]}, {"any": [CHARGED]}, EMPTY]}


@pytest.mark.parametrize("forged", ["x", "[1]", '[[["a"], {}, "group"]]', '[[[0], {"any": 5}, "group"]]', "[" * 9999])
def test_a_forged_memory_breaks_nothing(member: Client, forged: str) -> None:
    form = Form(member, SPANISH)
    form.fields["tree.removed"] = forged

    assert SPANISH in form.press("undo:").rule["all"]  # type: ignore[index]  # the rule of a group


def test_another_kind_of_condition_can_be_taken_back(member: Client) -> None:
    form = Form(member, {**CHARGED, "count": {"operator": "equals", "value": 2}}, SPANISH)
    before = form.rule

    form.choose(**{"0_family": "age"})
    assert form.rule == {"all": [{"age": {"operator": "greater_than_equals", "value": ""}}, SPANISH]}
    assert "Changed." in form.says

    assert form.press("undo:").rule == before


def test_a_kind_chosen_before_anything_else_leaves_nothing_to_take_back(member: Client) -> None:
    assert Form(member, EMPTY).choose(**{"0_family": "property.language"}).says == ""


@pytest.mark.usefixtures("event_table")
def test_another_event_keeps_the_filters_that_it_has_and_the_others_come_back(member: Client) -> None:
    did(person("a"), "Charged", category="coat", amount=5)
    did(person("b"), "Viewed", category="coat")
    amount = {"property": "amount", "type": "number", "operator": "less_than", "value": 9}
    form = Form(member, {**CHARGED, "did": [{"event": "Charged", "where": [COAT, amount]}]})
    before = form.rule

    form.choose(**{"0.0_event": "Viewed"})
    assert form.rule == {"all": [{**CHARGED, "did": [{"event": "Viewed", "where": [COAT]}]}]}

    assert form.press("undo:").rule == before


def test_another_property_brings_its_own_type_and_comparison(member: Client) -> None:
    PropertyName.objects.create(name="points", types={"number": 9, "text": 1}, frequent=[[5, 2]])
    PropertyName.objects.create(name="plan", types={"text": 9})
    form = Form(member, {**SPANISH, "property": "plan"}).choose(**{"0_property": "points"})

    assert form.rule == {
        "all": [{"property": "points", "type": "number", "operator": "greater_than_equals", "value": ""}]
    }


def test_another_comparison_keeps_what_was_typed_as_far_as_it_fits(member: Client) -> None:
    form = Form(member, SPANISH).choose(**{"0_operator": "text.contains"})

    assert form.rule == {"all": [{**SPANISH, "operator": "contains", "value": "es"}]}


def test_a_text_of_ones_own_can_be_compared_as_a_version_and_a_standard_one_cannot() -> None:
    PropertyName.objects.create(name="plan", types={"text": 9, "number": 1}, frequent=[["gold", 5], ["silver", 2]])
    own = render_to_string("segments/_builder.html", {"builder": build(rule({**SPANISH, "property": "plan"}))})
    standard = render_to_string("segments/_builder.html", {"builder": build(rule(SPANISH))})

    assert '<optgroup label="As text"><option value="text.equals" selected>' in own
    assert '<option value="version.greater_than">' in own
    assert '<option value="number.equals">' in own
    assert '<option value="silver">' in own
    assert "version.greater_than" not in standard


def test_a_period_of_the_calendar_says_what_it_is_now_and_becomes_dates_on_request(member: Client) -> None:
    form = Form(member, CHARGED).choose(**{"0_period": "this_year"})

    assert form.rule == {"all": [{**CHARGED, "period": {"named": "this_year"}}]}
    assert f"this year, now {timezone.localdate().year}</option>" in form.page
    form.choose(**{"0_period": "between"})
    year = str(timezone.localdate().year)
    assert form.rule == {"all": [{**CHARGED, "period": {"from": f"{year}-01-01", "to": f"{year}-12-31"}}]}


def test_messages_are_conditions_by_their_own_words(member: Client) -> None:
    EventName.objects.create(name="Notification Clicked")
    form = Form(member, EMPTY)

    assert '<option value="message.Notification Clicked">clicked a message</option>' in form.page
    form.choose(**{"0_family": "message.Notification Clicked"})
    assert form.rule == {"all": [{**EMPTY, "did": [{"event": "Notification Clicked"}]}]}


def test_deeds_stand_in_any_other_form_too() -> None:
    PropertyName.objects.create(event=EventName.objects.create(name="Charged"), name="amount", types={"number": 1})
    shown = deeds([{"event": "Charged"}], name="live.did", most=2)
    page = render_to_string("segments/_deeds.html", {"deeds": shown, "shape": "/shape"})
    fields = fields_of(page)
    assert 'name="live.did.action" value="filter:0" hx-post="/shape"' in page

    more, focus = edited_deeds(deeds_from_post(fields, "live.did"), "filter:0")
    assert (more, focus) == ([{"event": "Charged", "where": [BLANK]}], (0, 0))

    fields = fields_of(render_to_string("segments/_deeds.html", {"deeds": deeds(more, name="live.did", focus=focus)}))
    fields["live.did.0.0.property"] = "amount"
    assert deeds_from_post(fields, "live.did") == [
        {"event": "Charged", "where": [{"property": "amount", "type": "number", "operator": "greater_than_equals"}]}
    ]
