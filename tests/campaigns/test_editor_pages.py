"""The editor's pages: every step opens, saves what was posted, keeps others' work, and is closed to who may not."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from campaigns import editor, saving
from campaigns.models import Campaign
from connectors.models import Connection
from people.models import PropertyName
from segments.models import Segment
from tests import factories
from tests.factories import EVERYONE, HELLO

STEPS = ["start", "who", "what", "when", "review"]
CHANGES = ["copies", "save-segment", "publish", "pause", "resume", "stop", "clone", "archive", "restore"]
COPIES = {"": HELLO, "es": (("title", "Hola"),)}

pytestmark = pytest.mark.django_db


def new_campaign(client: Client) -> Campaign:
    client.post("/campaigns/new")
    return Campaign.objects.get()


def basis(campaign: Campaign, step: str) -> dict[str, Any]:
    known = saving.basis(editor.load(campaign.pk), step)
    return {"revision": known.revision, "print": known.print}


def save(client: Client, campaign: Campaign, step: str, **posted: Any) -> Any:
    return client.post(f"/campaigns/{campaign.pk}/edit/{step}", basis(campaign, step) | posted)


def what(campaign: Campaign, **changes: Any) -> dict[str, Any]:
    """The fields of the step What as the page posts them for the default copy."""
    copy = campaign.message.copies.get(value="")
    posted = {
        "kind": campaign.message.kind, "property": "language", "missing": "exclude", "event_name": "Campaign Sent",
        "copy": copy.pk, "key": [key for key, _ in copy.pairs], "template": [text for _, text in copy.pairs],
    }  # fmt: skip
    return posted | changes


def states(campaign: Campaign) -> dict[str, str]:
    return {step.key: step.state for step in editor.steps(editor.load(campaign.pk), now=timezone.now())}


def step_of(campaign: Campaign, key: str) -> editor.Step:
    return next(step for step in editor.steps(editor.load(campaign.pk), now=timezone.now()) if step.key == key)


@pytest.mark.parametrize("step", STEPS)
def test_every_step_opens_on_an_empty_project(creator: Client, step: str) -> None:
    campaign = new_campaign(creator)

    answer = creator.get(f"/campaigns/{campaign.pk}/edit/{step}")

    assert answer.status_code == 200
    assert states(campaign) == dict.fromkeys(STEPS, "todo")


def test_a_draft_invites_to_write_and_says_what_is_wrong_once_something_is_written(creator: Client) -> None:
    campaign = new_campaign(creator)

    untouched = step_of(campaign, "what")
    campaign.message.copies.update(pairs=[["message", "Hi"], ["code", ""]])
    begun = step_of(campaign, "what")

    assert (untouched.state, untouched.words) == ("todo", "Write what people get.")
    assert (begun.state, begun.words) == (
        "problem", "Copy “Default”, “code”: This is blank. Write something, or take the pair away.",
    )  # fmt: skip


@pytest.mark.parametrize("part", ["reach", "figures", "review", "tokens"])
def test_every_fragment_answers_on_an_empty_project(creator: Client, part: str) -> None:
    campaign = new_campaign(creator)

    assert creator.get(f"/campaigns/{campaign.pk}/{part}").status_code == 200
    assert creator.post(f"/campaigns/{campaign.pk}/preview").status_code == 200


@pytest.mark.parametrize("step", STEPS)
def test_every_step_opens_on_a_whole_campaign(creator: Client, step: str) -> None:
    factories.people(5)
    campaign = factories.campaign(state="draft", copies=COPIES)

    assert creator.get(f"/campaigns/{campaign.pk}/edit/{step}").status_code == 200
    assert states(campaign) == dict.fromkeys(STEPS, "done")


def test_start_saves_name_labels_and_connection(creator: Client) -> None:
    campaign = new_campaign(creator)
    connection = factories.file_connection()

    answer = save(creator, campaign, "start", name="Autumn", labels="a,  b c ,a,", connection=connection.pk)

    campaign.refresh_from_db()
    assert answer.status_code == 200
    assert (campaign.name, campaign.labels, campaign.connection) == ("Autumn", ["a", "b c"], connection)
    assert states(campaign)["start"] == "done"


def test_a_name_that_is_too_long_is_refused_at_its_field_and_nothing_is_saved(creator: Client) -> None:
    campaign = factories.campaign(state="draft")

    answer = save(creator, campaign, "start", name="x" * 201, labels="new", connection=campaign.connection_id)

    campaign.refresh_from_db()
    assert answer.status_code == 422
    assert [mark["field"] for mark in answer.context["marks"]] == ["name"]
    assert (campaign.name, campaign.labels) == ("Win back", ["winback"])


def test_start_tells_a_file_from_a_table(creator: Client) -> None:
    campaign = factories.campaign(state="draft")
    Connection.objects.create(name="Table", kind="file", config={"format": "csv"})

    choices = creator.get(f"/campaigns/{campaign.pk}/edit/start").context["connections"]

    assert {choice.connection.name: choice.description for choice in choices} == {
        "File": "Each run becomes one file on this server: a line of JSON per message.",
        "Table": "Each run becomes one file on this server: a table with a row per message (CSV).",
    }


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ({"state": "paused", "paused_reason": "The key was refused."}, "The key was refused."),
        ({"failures": 3, "last_error": "503", "not_before": timezone.now() + timedelta(hours=1)}, "503"),
    ],
)
def test_start_says_what_is_wrong_with_a_connection(creator: Client, trouble: dict[str, Any], words: str) -> None:
    campaign = new_campaign(creator)
    ill = Connection.objects.create(name="Ill", kind="file", **trouble)

    answer = creator.get(f"/campaigns/{campaign.pk}/edit/start")

    (choice,) = answer.context["connections"]
    assert (choice.connection, choice.trouble, choice.is_offered) == (ill, words, False)


def test_who_saves_a_rule_made_here_finished_or_not(creator: Client) -> None:
    campaign = new_campaign(creator)
    unfinished = {"version": 1, "rule": {"all": [{"did": "", "period": "ever"}]}}

    answer = save(creator, campaign, "who", source="made", tree=json.dumps(unfinished), control_percent=5)

    campaign.refresh_from_db()
    assert answer.status_code == 200
    assert (campaign.tree, campaign.segment, campaign.control_percent) == (unfinished, None, 5)
    assert states(campaign)["who"] == "problem"


def test_who_saves_a_segment_in_place_of_the_rule(creator: Client) -> None:
    campaign = factories.campaign(state="draft")
    segment = Segment.objects.create(name="All", tree=EVERYONE)

    save(creator, campaign, "who", source="saved", segment=segment.pk, control_percent=0)

    campaign.refresh_from_db()
    assert (campaign.segment, campaign.tree) == (segment, None)


@pytest.mark.parametrize("percent", ["-1", "100", "ten", ""])
def test_who_refuses_a_control_group_that_is_none(creator: Client, percent: str) -> None:
    campaign = factories.campaign(state="draft", control_percent=10)

    answer = save(creator, campaign, "who", source="made", control_percent=percent)

    campaign.refresh_from_db()
    assert (answer.status_code, campaign.control_percent) == (422, 10)


def test_what_saves_pairs_in_the_order_of_the_page(creator: Client) -> None:
    campaign = factories.campaign(state="draft")

    posted = what(campaign, key=["b", "a"], template=["2\r\n{{ profile.email }}", "1"], include=["email"])
    answer = save(creator, campaign, "what", **posted)

    assert answer.status_code == 200
    assert campaign.message.copies.get().pairs == [["b", "2\n{{ profile.email }}"], ["a", "1"]]


@pytest.mark.parametrize(
    ("pairs", "marks"),
    [
        ([("a", "x"), ("b", "")], [("template", 1, "This is blank. Write something, or take the pair away.")]),
        ([("title", "")], []),
        ([("", "x")], [("key", 0, "Give the key a name.")]),
        ([("a", "x"), ("a ", "y")], [("key", 0, "“a” is there twice."), ("key", 1, "“a” is there twice.")]),
        ([("a", "x"), ("b", "{{ x ")], [("template", 1, "This {{ is never closed. Write }} where it ends.")]),
    ],
)
def test_what_is_wrong_in_a_copy_is_said_at_its_field_and_kept(
    creator: Client, pairs: list[tuple[str, str]], marks: list[tuple[str, int, str]]
) -> None:
    campaign = factories.campaign(state="draft")

    posted = what(campaign, key=[key for key, _ in pairs], template=[text for _, text in pairs])
    answer = save(creator, campaign, "what", **posted)

    assert answer.status_code == 200
    assert [(mark["field"], mark["row"], mark["words"]) for mark in answer.context["marks"]] == marks
    assert campaign.message.copies.get().pairs == [list(pair) for pair in pairs]
    assert states(campaign)["what"] in ("problem", "todo")


def test_too_many_pairs_are_refused(creator: Client) -> None:
    campaign = factories.campaign(state="draft")

    answer = save(creator, campaign, "what", **what(campaign, key=["k"] * 51, template=["v"] * 51))

    assert answer.status_code == 422
    assert campaign.message.copies.get().pairs == [list(pair) for pair in HELLO]


@pytest.mark.parametrize(
    ("posted", "stored"),
    [
        ({"kind": "now"}, {"version": 1, "kind": "now", "zone": ""}),
        (
            {"kind": "at", "times": ["2026-12-01T09:00", ""], "zone": "named", "zone_name": "Asia/Kathmandu"},
            {"version": 1, "kind": "at", "times": ["2026-12-01T09:00"], "zone": "Asia/Kathmandu"},
        ),
        (
            {"kind": "recurring", "unit": "daily", "every_daily": "3", "time": "08:00",
             "ends": "after", "ends_runs": 4},
            {"version": 1, "kind": "daily", "every": 3, "time": "08:00", "zone": "",
             "ends": {"kind": "after", "runs": 4}},
        ),
        (
            {"kind": "recurring", "unit": "weekly", "every_weekly": "2", "weekdays": ["0", "4"], "time": "08:00"},
            {"version": 1, "kind": "weekly", "every": 2, "weekdays": [0, 4], "time": "08:00", "zone": "",
             "ends": {"kind": "never"}},
        ),
        (
            {"kind": "recurring", "unit": "monthly", "every_monthly": "1", "by": "day", "days": ["1", "-1"],
             "time": "08:00", "ends": "on", "ends_on": "2027-01-01", "nth": ["1"], "nth_weekday": ["0"]},
            {"version": 1, "kind": "monthly", "every": 1, "days": [1, -1], "nth": [], "time": "08:00", "zone": "",
             "ends": {"kind": "on", "on": "2027-01-01"}},
        ),
        (
            {"kind": "recurring", "unit": "monthly", "every_monthly": "1", "by": "nth", "nth": ["1", "-1"],
             "nth_weekday": ["0", "4"], "days": ["3"], "time": "08:00"},
            {"version": 1, "kind": "monthly", "every": 1, "days": [], "nth": [[1, 0], [-1, 4]], "time": "08:00",
             "zone": "", "ends": {"kind": "never"}},
        ),
    ],
)  # fmt: skip
def test_when_is_saved_as_chosen(creator: Client, posted: dict[str, Any], stored: dict[str, Any]) -> None:
    campaign = factories.campaign(state="draft")

    answer = save(creator, campaign, "when", **posted)

    campaign.refresh_from_db()
    assert (answer.status_code, campaign.schedule) == (200, stored)
    assert states(campaign)["when"] == "done"


def test_an_unfinished_schedule_is_kept_and_its_problem_said_at_the_field(creator: Client) -> None:
    campaign = factories.campaign(state="draft")

    answer = save(creator, campaign, "when", kind="recurring", unit="weekly", every_weekly="1", time="09:00")

    campaign.refresh_from_db()
    assert [(mark["field"], mark["words"]) for mark in answer.context["marks"]] == [
        ("weekdays", "Choose at least one weekday.")
    ]
    assert campaign.schedule["kind"] == "weekly"
    assert states(campaign)["when"] == "problem"


def test_somebody_elses_change_is_shown_beside_mine_and_stays(creator: Client) -> None:
    campaign = factories.campaign(state="draft")
    loaded = basis(campaign, "start")
    fields = {"labels": "", "connection": campaign.connection_id}
    save(creator, campaign, "start", name="Theirs", **fields)

    answer = creator.post(f"/campaigns/{campaign.pk}/edit/start", loaded | fields | {"name": "Mine"})

    campaign.refresh_from_db()
    assert (answer.status_code, campaign.name) == (409, "Theirs")
    assert [(d.name, d.theirs, d.mine) for d in answer.context["differences"]] == [("Name", "Theirs", "Mine")]


def test_keep_mine_overwrites_the_version_that_was_shown(creator: Client) -> None:
    campaign = factories.campaign(state="draft")
    loaded = basis(campaign, "start")
    fields = {"labels": "", "connection": campaign.connection_id}
    save(creator, campaign, "start", name="Theirs", **fields)
    campaign.refresh_from_db()

    mine = loaded | fields | {"name": "Mine", "revision": campaign.revision}
    answer = creator.post(f"/campaigns/{campaign.pk}/edit/start", mine)

    campaign.refresh_from_db()
    assert (answer.status_code, campaign.name) == (200, "Mine")


def test_adding_a_copy_keeps_what_was_just_typed(creator: Client) -> None:
    campaign = factories.campaign(state="draft", kind="by_property")
    posted = what(campaign, template=["Typed a moment ago"], action="add", value="fr")

    answer = creator.post(f"/campaigns/{campaign.pk}/copies", basis(campaign, "what") | posted)

    copies = {copy.value: copy.pairs for copy in campaign.message.copies.all()}
    assert answer.status_code == 200
    assert copies == {"": [["title", "Typed a moment ago"]], "fr": [["title", "Typed a moment ago"]]}
    assert answer.context["open_copy"].value == "fr"


def test_a_copy_for_a_language_called_by_its_name_is_for_its_tag(creator: Client) -> None:
    campaign = factories.campaign(state="draft", kind="by_property")
    posted = what(campaign, action="add", value="German")

    creator.post(f"/campaigns/{campaign.pk}/copies", basis(campaign, "what") | posted)

    assert [copy.value for copy in campaign.message.copies.all()] == ["", "de"]


@pytest.mark.parametrize("value", ["", "   ", "x" * 201])
def test_a_copy_needs_a_value(creator: Client, value: str) -> None:
    campaign = factories.campaign(state="draft", kind="by_property")

    answer = creator.post(
        f"/campaigns/{campaign.pk}/copies", basis(campaign, "what") | what(campaign, action="add", value=value)
    )

    assert (answer.status_code, answer["HX-Retarget"]) == (422, "#step-notice")
    assert campaign.message.copies.count() == 1


def test_a_published_campaign_is_edited_for_its_next_run_only_by_saving(creator: Client) -> None:
    campaign = factories.campaign(state="scheduled")

    page = creator.get(f"/campaigns/{campaign.pk}/edit/what").content.decode()
    answer = save(creator, campaign, "what", **what(campaign, template=["New"]))

    assert 'hx-trigger="submit"' in page
    assert "Save for the next run" in page
    assert answer.status_code == 200
    assert campaign.message.copies.get().pairs == [["title", "New"]]


def test_a_published_campaign_is_never_saved_unfinished(creator: Client) -> None:
    campaign = factories.campaign(state="scheduled")

    answer = save(creator, campaign, "what", **what(campaign, template=[""]))

    assert answer.status_code == 422
    assert campaign.message.copies.get().pairs == [list(pair) for pair in HELLO]


def test_an_ended_campaign_is_looked_at_and_not_changed(creator: Client) -> None:
    campaign = factories.campaign(state="completed")

    answer = save(creator, campaign, "start", name="New", labels="", connection=campaign.connection_id)

    campaign.refresh_from_db()
    assert (answer.status_code, campaign.name) == (422, "Win back")


def test_tokens_are_the_propertys_of_people_and_the_campaigns_fields(creator: Client) -> None:
    campaign = new_campaign(creator)
    PropertyName.objects.create(name="plan", types={"text": 3}, frequent=[["gold", 2]])
    PropertyName.objects.create(name="secret", is_hidden=True)

    tokens = creator.get(f"/campaigns/{campaign.pk}/tokens").json()["tokens"]

    assert tokens[0] == {"source": "profile", "name": "language", "type": "text", "sample": ""}
    assert {"source": "profile", "name": "plan", "type": "text", "sample": "gold"} in tokens
    assert {"source": "campaign", "name": "name", "type": "text"} in tokens
    assert not [token for token in tokens if token["name"] == "secret"]


def test_copies_and_values_on_offer_are_called_by_the_languages_names(creator: Client) -> None:
    PropertyName.objects.create(name="language", types={"text": 3}, frequent=[["es", 2], ["pt-BR", 1]])
    campaign = factories.campaign(state="draft", copies=COPIES)

    page = creator.get(f"/campaigns/{campaign.pk}/edit/what")

    assert [tab.name for tab in page.context["tabs"]] == ["Default", "Spanish (es)"]
    assert '<option value="pt-BR">Portuguese, Brazil (pt-BR)</option>' in page.content.decode()
