"""Who may do what with a campaign, and what its buttons do."""

import pytest
from django.test import Client

from campaigns.models import Campaign, Copy
from tests import factories
from tests.factories import HELLO

STEPS = ["start", "who", "what", "when", "review"]
CHANGES = ["copies", "save-segment", "publish", "pause", "resume", "stop", "clone", "archive", "restore"]
COPIES = {"": HELLO, "es": (("title", "Hola"),)}

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("part", [*(f"edit/{step}" for step in STEPS), "edit", "review"])
def test_members_do_not_open_the_editor(member: Client, part: str) -> None:
    campaign = factories.campaign(state="draft")

    assert member.get(f"/campaigns/{campaign.pk}/{part}").status_code == 403


@pytest.mark.parametrize(
    "part",
    ["edit/start", "copies", "save-segment", "publish", "pause", "resume", "stop", "clone", "archive", "restore"],
)
def test_members_change_nothing(member: Client, part: str) -> None:
    campaign = factories.campaign(state="draft")
    before = Campaign.objects.values().get()

    assert member.post(f"/campaigns/{campaign.pk}/{part}").status_code == 403
    assert Campaign.objects.values().get() == before


@pytest.mark.parametrize(
    "part", ["copies", "save-segment", "publish", "pause", "resume", "stop", "clone", "archive", "restore", "preview"]
)
def test_no_state_changes_by_get(creator: Client, part: str) -> None:
    campaign = factories.campaign(state="draft")

    assert creator.get(f"/campaigns/{campaign.pk}/{part}").status_code == 405


@pytest.mark.parametrize("address", ["edit/start", "reach", "figures", "tokens", "review", "edit/nothing"])
def test_what_is_not_there_is_404(creator: Client, address: str) -> None:
    campaign = factories.campaign(state="draft")

    there = 200 if address != "edit/nothing" else 404
    assert creator.get(f"/campaigns/{campaign.pk}/{address}").status_code == there
    assert creator.get(f"/campaigns/{campaign.pk + 1}/{address}").status_code == 404


def test_names_are_escaped_everywhere(creator: Client) -> None:
    factories.people(1)
    evil = "<script>alert(1)</script>"
    campaign = factories.campaign(
        state="draft", copies={"": ((evil, evil), (evil, evil)), evil: ((evil, evil),)}, property=evil
    )
    Campaign.objects.update(name=evil, labels=[evil])

    for part in (*(f"edit/{step}" for step in STEPS), "figures", "review", ""):
        assert evil not in creator.get(f"/campaigns/{campaign.pk}/{part}", follow=True).content.decode()
    assert evil not in creator.get("/campaigns/").content.decode()
    assert evil not in creator.post(f"/campaigns/{campaign.pk}/preview").content.decode()


def test_publishing_takes_it_to_the_campaigns_page(creator: Client) -> None:
    campaign = factories.campaign(state="draft")
    Campaign.objects.update(published_at=None)

    answer = creator.post(f"/campaigns/{campaign.pk}/publish")

    campaign.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, f"/campaigns/{campaign.pk}/")
    assert (campaign.state, campaign.runs.count()) == ("scheduled", 1)


def test_publishing_what_is_not_ready_says_what_is_missing(creator: Client) -> None:
    campaign = factories.campaign(state="draft", copies={"": (("title", ""),)})

    answer = creator.post(f"/campaigns/{campaign.pk}/publish", follow=True)

    campaign.refresh_from_db()
    assert campaign.state == "draft"
    assert "is blank" in answer.content.decode()


@pytest.mark.parametrize(
    ("state", "action", "becomes"),
    [
        ("scheduled", "pause", "paused"),
        ("running", "stop", "stopped"),
        ("completed", "archive", "archived"),
        ("draft", "pause", "draft"),
        ("running", "archive", "running"),
    ],
)
def test_actions_change_the_state_where_it_allows_them(creator: Client, state: str, action: str, becomes: str) -> None:
    campaign = factories.campaign(state=state)

    assert creator.post(f"/campaigns/{campaign.pk}/{action}").status_code == 302

    campaign.refresh_from_db()
    assert campaign.state == becomes


def test_clone_opens_the_copy(creator: Client) -> None:
    campaign = factories.campaign(state="completed", copies=COPIES)

    answer = creator.post(f"/campaigns/{campaign.pk}/clone")

    twin = Campaign.objects.exclude(pk=campaign.pk).get()
    assert answer["Location"] == f"/campaigns/{twin.pk}/edit/start"
    assert (twin.state, twin.name) == ("draft", "Win back (copy)")
    assert Copy.objects.filter(message__campaign=twin).count() == 2


def test_an_archived_draft_still_opens(creator: Client) -> None:
    creator.post("/campaigns/new")
    campaign = Campaign.objects.get()
    creator.post(f"/campaigns/{campaign.pk}/archive")

    assert creator.get(f"/campaigns/{campaign.pk}/").status_code == 200


@pytest.mark.parametrize("state", ["completed", "stopped", "archived"])
def test_the_editor_of_an_ended_campaign_leads_to_its_report(creator: Client, state: str) -> None:
    campaign = factories.campaign(state=state)

    answer = creator.get(f"/campaigns/{campaign.pk}/edit/what")

    assert (answer.status_code, answer["Location"]) == (302, f"/campaigns/{campaign.pk}/")
