"""Whoever does in a second tab what was done already is told who did it, and nothing is done twice."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, User
from campaigns import editor, lifecycle, meanwhile, saving
from campaigns.models import Campaign, Run
from campaigns.saving import Edit
from tests import factories

pytestmark = pytest.mark.django_db


def draft(**schedule: Any) -> Campaign:
    factories.people(2)
    campaign = factories.campaign(state="draft")
    campaign.schedule, campaign.published_at = {"version": 1, "kind": "now"} | schedule, None
    campaign.save()
    return campaign


def published_by_ana(**schedule: Any) -> Campaign:
    return lifecycle.publish(draft(**schedule), by=factories.user("Ana"), now=timezone.now())


def press(client: Client, campaign: Campaign, what: str) -> Any:
    return client.post(f"/campaigns/{campaign.pk}/{what}", follow=True)


def words(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def test_who_publishes_second_is_told_who_was_first_and_nothing_goes_out_twice(creator: Client) -> None:
    campaign = published_by_ana()
    Campaign.objects.update(state="running")

    answer = press(creator, campaign, "publish")

    assert answer.redirect_chain == [(f"/campaigns/{campaign.pk}/edit/review", 302)]
    assert words(answer) == [
        "Ana published this just now; it is being sent. Nothing goes out twice. "
        f'<a href="/campaigns/{campaign.pk}/">See its report</a>.'
    ]
    assert f'<a href="/campaigns/{campaign.pk}/">See its report</a>' in answer.text
    assert (Run.objects.count(), AuditEntry.objects.filter(action="published").count()) == (1, 1)


def test_it_says_how_long_ago_it_was() -> None:
    campaign = published_by_ana()
    later = timezone.now() + timedelta(minutes=2)

    said = meanwhile.published(campaign, reader=factories.user("Bob"), now=later)

    assert said == "Ana published this 2 minutes ago; it is about to be sent."


def test_who_presses_twice_is_told_so(creator: Client) -> None:
    campaign = draft()
    press(creator, campaign, "publish")

    answer = press(creator, campaign, "publish")

    assert words(answer)[0].startswith("You published this just now; it is about to be sent.")
    assert Run.objects.count() == 1


@pytest.mark.parametrize(
    ("state", "does"),
    [
        ("paused", "it is paused"),
        ("completed", "it is completed"),
        ("stopped", "it was stopped since"),
        ("archived", "it is archived"),
    ],
)
def test_it_says_what_the_campaign_does_by_now(creator: Client, state: str, does: str) -> None:
    campaign = published_by_ana()
    Campaign.objects.update(state=state)

    answer = press(creator, campaign, "publish")

    assert words(answer)[0].startswith(f"Ana published this just now; {does}. ")
    assert (Campaign.objects.get().state, Run.objects.count()) == (state, 1)


@pytest.mark.parametrize(("state", "does"), [("scheduled", "it is scheduled for"), ("waiting", "its next run is on")])
def test_it_says_for_when_the_campaign_is_scheduled(creator: Client, state: str, does: str) -> None:
    campaign = published_by_ana(kind="daily", every=1, time="15:00")
    Campaign.objects.update(state=state)
    due = Run.objects.get().due_at

    answer = press(creator, campaign, "publish")

    assert words(answer)[0].startswith(f"Ana published this just now; {does} {due.day} {due:%b %Y}, 15:00 UTC. Nothing")


def test_what_somebody_changed_since_it_was_looked_at_is_not_published(creator: Client) -> None:
    campaign = draft()
    seen = creator.get(f"/campaigns/{campaign.pk}/review").text
    assert f'name="revision" value="{campaign.revision}"' in seen
    edit = Edit("what", pairs={campaign.message.copies.get().pk: [["title", "Half price"]]})
    known = saving.basis(editor.load(campaign.pk), "what")
    saving.save(campaign.pk, edit, known, by=factories.user("Ana"), now=timezone.now())

    answer: Any = creator.post(f"/campaigns/{campaign.pk}/publish", {"revision": campaign.revision}, follow=True)

    assert words(answer) == [
        "“Win back” was changed since you looked at it, so it is not published. Ana changed it just now. "
        "Look at it again, then publish it."
    ]
    assert answer.redirect_chain == [(f"/campaigns/{campaign.pk}/edit/review", 302)]
    assert (Campaign.objects.get().state, Run.objects.count()) == ("draft", 0)


def test_what_was_looked_at_again_is_published(creator: Client) -> None:
    campaign = draft()
    Campaign.objects.update(revision=7)

    creator.post(f"/campaigns/{campaign.pk}/publish", {"revision": 7})

    assert (Campaign.objects.get().state, Run.objects.count()) == ("scheduled", 1)


def test_review_of_a_published_campaign_says_who_published_it(creator: Client) -> None:
    campaign = published_by_ana()

    page = creator.get(f"/campaigns/{campaign.pk}/review").text

    assert "Ana published this just now; it is about to be sent." in page
    assert "campaign-publish" not in page
    assert f'action="/campaigns/{campaign.pk}/publish"' not in page


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("pause", "pause", "“Win back” is paused already. Ana paused it just now."),
        ("stop", "stop", "“Win back” is stopped already. Ana stopped it just now."),
        ("stop", "pause", "“Win back” is stopped, so it cannot be paused. Ana stopped it just now."),
        ("stop", "resume", "“Win back” is stopped, so it cannot be resumed. Ana stopped it just now."),
        ("pause", "archive", "“Win back” is paused, so it cannot be archived. Ana paused it just now."),
    ],
)
def test_other_buttons_say_who_was_first_too(creator: Client, first: str, second: str, said: str) -> None:
    campaign = published_by_ana()
    getattr(lifecycle, first)(campaign, by=User.objects.get(username="Ana"), now=timezone.now())
    before = Campaign.objects.values().get()

    answer = press(creator, campaign, second)

    assert words(answer) == [said]
    assert Campaign.objects.values().get() == before


def test_a_draft_that_somebody_archived_is_neither_published_nor_changed(creator: Client) -> None:
    campaign = draft()
    lifecycle.archive(campaign, by=factories.user("Ana"), now=timezone.now())

    answer = press(creator, campaign, "publish")

    assert words(answer) == ["“Win back” is archived, so it cannot be published. Ana archived it just now."]
    assert (Campaign.objects.get().state, Run.objects.count()) == ("archived", 0)


def test_several_at_once_name_those_that_were_stopped_before(creator: Client) -> None:
    campaign = published_by_ana()
    lifecycle.stop(campaign, by=User.objects.get(username="Ana"), now=timezone.now())

    answer: Any = creator.post("/campaigns/bulk", {"action": "stop", "campaign": [campaign.pk]}, follow=True)

    assert words(answer) == ["“Win back” is stopped already. Ana stopped it just now."]


def test_names_in_what_is_said_are_only_text(creator: Client) -> None:
    campaign = published_by_ana()
    User.objects.filter(username="Ana").update(first_name="<b>Ana", last_name="</b>")

    answer = press(creator, campaign, "publish")

    assert "&lt;b&gt;Ana &lt;/b&gt; published this just now" in answer.text
    assert "<b>Ana" not in answer.text
