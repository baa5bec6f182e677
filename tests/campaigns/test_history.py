"""A campaign's page tells what people did to it and how its runs went: who, what and when, the newest first."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import audit
from accounts.models import AuditEntry, User
from campaigns import editor, history, lifecycle, saving
from campaigns.models import Campaign, Run
from campaigns.saving import Edit
from tests import factories

pytestmark = pytest.mark.django_db

DAILY = {"version": 1, "kind": "daily", "every": 1, "time": "15:00"}


def ana() -> User:
    return factories.user("Ana")


def draft() -> Campaign:
    factories.people(2)
    campaign = factories.campaign(state="draft")
    Campaign.objects.update(published_at=None, schedule=DAILY)
    return campaign


def published() -> Campaign:
    return lifecycle.publish(draft(), by=ana(), now=timezone.now())


def save(of: Campaign, step: str, by: User, **edit: Any) -> None:
    known = saving.basis(editor.load(of.pk), step)
    saving.save(of.pk, Edit(step, **edit), known, by=by, now=timezone.now())


def told(campaign: Campaign) -> list[str]:
    return [f"{each.who} {each.words} {each.why}".strip() for each in history.happened(campaign)]


def lines(client: Client, campaign: Campaign) -> list[str]:
    """As the page says it, without the times."""
    page = client.get(f"/campaigns/{campaign.pk}/happened").text
    found = re.findall(r'<span class="happened-words">(.*?)</span>\n', page, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]*>", " ", each).split()) for each in found]


def test_what_people_do_is_told_with_their_names_the_newest_first(creator: Client) -> None:
    campaign, bob = published(), factories.user("Bob")
    lifecycle.pause(campaign, by=bob, now=timezone.now())
    lifecycle.resume(campaign, by=ana(), now=timezone.now())
    lifecycle.clone(campaign, by=bob, now=timezone.now())
    lifecycle.stop(campaign, by=ana(), now=timezone.now())
    lifecycle.archive(campaign, by=bob, now=timezone.now())
    lifecycle.restore(campaign, by=ana(), now=timezone.now())

    assert lines(creator, campaign) == [
        "Ana took it out of the archive",
        "Bob archived it",
        "Ana stopped it",
        "Run 1 was stopped The campaign was stopped.",
        "Bob cloned it: the copy is “Win back (copy)”",
        "Ana resumed it",
        "Bob paused it",
        "Ana published it",
    ]


def test_each_line_says_when_it_was(creator: Client) -> None:
    campaign = published()

    page = creator.get(f"/campaigns/{campaign.pk}/happened").text

    at = AuditEntry.objects.get(action="published").at
    assert f'<time datetime="{at:%Y-%m-%dT%H:%M:%SZ}"' in page


def test_edits_while_it_is_published_are_one_line_for_each_who_made_them() -> None:
    campaign, bob = draft(), factories.user("Bob")
    save(campaign, "start", bob, campaign={"name": "Before"})
    lifecycle.publish(campaign, by=ana(), now=timezone.now())
    copy = campaign.message.copies.get().pk
    save(campaign, "what", bob, pairs={copy: [["title", "A"]]})
    save(campaign, "who", bob, campaign={"control_percent": 5})
    save(campaign, "what", bob, pairs={copy: [["title", "B"]]})
    save(campaign, "when", ana(), campaign={"schedule": DAILY | {"time": "16:00"}})

    assert told(campaign) == [
        "Ana changed when it goes",
        "Bob changed what it says and its control group",
        "Ana published it",
    ]


def test_what_belfry_did_is_told_with_its_reason() -> None:
    campaign = published()
    lifecycle.pause(campaign, by=None, now=timezone.now(), reason="Sending broke three times.")

    assert told(campaign)[0] == "Belfry paused it Sending broke three times."


def test_a_copy_says_what_it_was_made_of() -> None:
    twin = lifecycle.clone(published(), by=ana(), now=timezone.now())

    assert told(twin) == ["Ana made it as a copy of “Win back”"]


def test_runs_stand_between_what_people_did() -> None:
    campaign = published()
    then = timezone.now() + timedelta(hours=1)
    Run.objects.update(state="completed", started_at=then, completed_at=then + timedelta(hours=2))
    AuditEntry.objects.create(
        at=then + timedelta(hours=1), actor=ana(), action="retried", object_type="campaign",
        object_id=str(campaign.pk), changes={"people": [None, 1200]}, reason="Run 1, failed",
    )  # fmt: skip

    assert told(campaign) == [
        "Run 1 completed",
        "Ana tried 1,200 people again Run 1, failed",
        "Run 1 began",
        "Ana published it",
    ]


@pytest.mark.parametrize(
    ("action", "changes", "said"),
    [
        ("sent a test of", {"test people": [None, ["Bob", "Eve"]]}, "Ana sent a test To Bob, Eve"),
        ("sent a test again of", {"test people": [None, ["Bob"]]}, "Ana sent a test again To Bob"),
        ("exported", {"run": ["", 3]}, "Ana downloaded the file of run 3"),
        ("sent late", {}, "Ana sent a missed run"),
        ("blessed", {}, "Ana blessed it"),
    ],
)
def test_other_acts_are_told_too(action: str, changes: Any, said: str) -> None:
    campaign = published()
    audit.record(ana(), action, campaign, changes)

    assert told(campaign)[0] == said


def test_what_people_wrote_is_only_text(creator: Client) -> None:
    campaign = published()
    lifecycle.pause(campaign, by=ana(), now=timezone.now(), reason="<b>why</b>")

    page = creator.get(f"/campaigns/{campaign.pk}/happened").text

    assert "&lt;b&gt;why&lt;/b&gt;" in page
    assert "<b>why" not in page


def test_it_takes_two_queries_and_ends_somewhere(django_assert_num_queries: Any) -> None:
    campaign = published()
    for _ in range(60):
        audit.record(ana(), "exported", campaign, {"run": ("", 1)})
        audit.record(factories.user("Bob"), "changed", campaign, {"name": ("A", "B")})

    with django_assert_num_queries(2):
        found = history.happened(campaign)

    assert len(found) == 50


def test_an_open_page_asks_what_happened_as_soon_as_the_campaign_is_in_another_state(creator: Client) -> None:
    campaign = published()
    lifecycle.pause(campaign, by=ana(), now=timezone.now())

    same: Any = creator.get(f"/campaigns/{campaign.pk}/?seen=paused", headers={"HX-Request": "true"})
    other: Any = creator.get(f"/campaigns/{campaign.pk}/?seen=scheduled", headers={"HX-Request": "true"})

    assert "HX-Trigger" not in same.headers
    assert other.headers["HX-Trigger"] == '{"campaign-moved": {}}'
