"""What hostile forms and addresses get from the pages of campaigns: a clear answer, never an error page."""

import json
from typing import Any

import pytest
from django.test import Client

from campaigns import editor, saving
from campaigns.models import Campaign
from tests import factories
from tests.factories import HELLO

pytestmark = pytest.mark.django_db
LONG = "9" * 5000
NO_IDS = [LONG, "9" * 19, "٣"]
COPIES = {"": HELLO, "es": (("title", "Hola"),)}


@pytest.fixture
def campaign() -> Campaign:
    return factories.campaign(state="draft", copies=COPIES)


def save(client: Client, campaign: Campaign, step: str, **posted: Any) -> Any:
    known = saving.basis(editor.load(campaign.pk), step)
    address = f"/campaigns/{campaign.pk}/edit/{step}"
    return client.post(address, {"revision": known.revision, "print": known.print} | posted)


def scheduled(campaign: Campaign) -> Any:
    campaign.refresh_from_db()
    return campaign.schedule


DAILY = {"kind": "recurring", "unit": "daily", "every_daily": "1", "time": "09:00"}


@pytest.mark.parametrize(
    ("posted", "name", "kept"),
    [
        ({"kind": "at", "times": ["2026-\x0008-01T09:00"]}, "times", ["2026-08-01T09:00"]),
        (DAILY | {"time": "09\0:00"}, "time", "09:00"),
        (DAILY | {"every_daily": "t\0wo"}, "every", "two"),
        (DAILY | {"ends": "on", "ends_on": "2026-08\0-01"}, "ends", {"kind": "on", "on": "2026-08-01"}),
        (DAILY | {"ends": "after", "ends_runs": "\0x"}, "ends", {"kind": "after", "runs": "x"}),
        (DAILY | {"zone": "named", "zone_name": "Europe/\0Madrid"}, "zone", "Europe/Madrid"),
    ],
)
def test_texts_of_a_schedule_are_kept_without_nul(
    creator: Client, campaign: Campaign, posted: dict[str, Any], name: str, kept: object
) -> None:
    answer = save(creator, campaign, "when", **posted)

    assert (answer.status_code, scheduled(campaign)[name]) == (200, kept)


def test_texts_of_a_schedule_are_short(creator: Client, campaign: Campaign) -> None:
    save(creator, campaign, "when", kind="at", times=["x" * 100_000])

    assert [len(text) for text in scheduled(campaign)["times"]] == [64]


@pytest.mark.parametrize("name", ["localtime", "posixrules", "Mars/Olympus", "../../etc/passwd", "x" * 100_000])
def test_a_zone_that_is_not_known_is_refused_at_its_field(creator: Client, campaign: Campaign, name: str) -> None:
    before = scheduled(campaign)

    answer = save(creator, campaign, "when", **DAILY, zone="named", zone_name=name)

    assert (answer.status_code, scheduled(campaign)) == (422, before)
    assert [mark["field"] for mark in answer.context["marks"]] == ["zone"]


@pytest.mark.parametrize("text", ["\0", "\ud800"])
def test_a_rule_with_a_text_that_cannot_be_stored_is_no_error_page(
    creator: Client, campaign: Campaign, text: str
) -> None:
    condition = {"property": "language", "type": "text", "operator": "equals", "value": [text]}
    tree = json.dumps({"version": 1, "rule": {"all": [condition]}})

    answer = save(creator, campaign, "who", source="made", tree=tree)

    assert answer.status_code in (200, 422)


@pytest.mark.parametrize("value", [10**30, -(2**64)])
def test_a_rule_kept_with_a_number_beyond_all_bounds_opens_and_is_saved_anew(
    creator: Client, campaign: Campaign, value: int
) -> None:
    condition = {"property": "points", "type": "number", "operator": "greater_than", "value": value}
    Campaign.objects.filter(pk=campaign.pk).update(tree={"version": 1, "rule": {"all": [condition]}})
    steps = [creator.get(f"/campaigns/{campaign.pk}/edit/{step}") for step in ("start", "who", "what", "when")]

    tree = {"version": 1, "rule": {"all": [{"bucket": {"from": 0, "to": 9}}]}}
    answer = save(creator, campaign, "who", source="made", control_percent=0, tree=json.dumps(tree))

    campaign.refresh_from_db()
    assert [step.status_code for step in steps] == [200] * 4
    assert (answer.status_code, campaign.tree) == (200, tree)


@pytest.mark.parametrize("given", NO_IDS)
def test_a_revision_that_is_none_is_a_conflict(creator: Client, campaign: Campaign, given: str) -> None:
    address = f"/campaigns/{campaign.pk}/edit/start"
    answer = creator.post(
        address, {"revision": given, "print": "", "name": "Other", "connection": campaign.connection_id}
    )

    assert answer.status_code == 409


@pytest.mark.parametrize("given", NO_IDS)
def test_a_copy_that_is_none_is_refused(creator: Client, campaign: Campaign, given: str) -> None:
    answer = save(creator, campaign, "what", kind="by_property", copy=given, key=["title"], template=["Hi"])

    assert answer.status_code == 422


@pytest.mark.parametrize("given", NO_IDS)
@pytest.mark.parametrize("action", ["remove", "rename", "like-default", "open"])
def test_doing_something_to_no_copy_is_no_error_page(
    creator: Client, campaign: Campaign, given: str, action: str
) -> None:
    copy = campaign.message.copies.get(value="")
    known = saving.basis(editor.load(campaign.pk), "what")
    posted = {
        "revision": known.revision, "print": known.print, "kind": campaign.message.kind, "property": "language",
        "missing": "exclude", "event_name": "Campaign Sent", "copy": copy.pk,
        "key": [key for key, _ in copy.pairs], "template": [text for _, text in copy.pairs],
        "target": given, "action": action, "renamed": "fr",
    }  # fmt: skip

    answer = creator.post(f"/campaigns/{campaign.pk}/copies", posted)

    assert answer.status_code in (200, 422)


@pytest.mark.parametrize("given", [*NO_IDS, "\0"])
def test_pages_read_past_numbers_that_are_none(member: Client, campaign: Campaign, given: str) -> None:
    person = factories.people(1)[0]
    factories.run(campaign)
    Campaign.objects.filter(pk=campaign.pk).update(state="running")
    at = f"/campaigns/{campaign.pk}"
    pages = [
        member.get(f"{at}/", {"run": given}),
        member.get(f"{at}/people", {"copy": given}),
        member.get(f"{at}/people", {"run": given}),
        member.get(f"{at}/people", {"after": f"{given}-{given}"}),
        member.get("/campaigns/", {"owner": given, "connection": given, "page": given}),
        member.get(f"/campaigns/why/{person}", {"campaign": given}),
    ]

    assert [answer.status_code for answer in pages] == [200] * len(pages)


@pytest.mark.parametrize("given", [*NO_IDS, "\0"])
def test_people_who_lack_a_value_are_listed_from_the_start(creator: Client, given: str) -> None:
    campaign = factories.campaign(state="draft", copies={"": (("title", "Hi {{ profile.first_name }}"),)})

    answer = creator.get(f"/campaigns/{campaign.pk}/lacking", {"property": "first_name", "after": given})

    assert answer.status_code in (200, 404)


@pytest.mark.parametrize("given", [*NO_IDS, "\0"])
def test_the_preview_reads_past_numbers_that_are_none(creator: Client, campaign: Campaign, given: str) -> None:
    posted = {"copy": given, "move": given, "people": given, "place": given}

    assert creator.post(f"/campaigns/{campaign.pk}/preview", posted).status_code == 200


@pytest.mark.parametrize("given", [*NO_IDS, "\0"])
def test_ticks_of_no_campaign_change_none(creator: Client, campaign: Campaign, given: str) -> None:
    answer = creator.post("/campaigns/bulk", {"action": "archive", "campaign": [given]})

    assert answer.status_code in (302, 422)
