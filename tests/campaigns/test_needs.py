"""The list of campaigns says which of them need somebody, and leads there."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from campaigns.models import Campaign, Counter, Run
from connectors.models import Connection
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def ran(*, days_ago: float = 1, number: int = 1, campaign: Campaign | None = None, **fields: Any) -> Run:
    made = campaign or factories.campaign(state="waiting")
    run = factories.run(made, due_at=timezone.now() - timedelta(days=days_ago), number=number)
    Run.objects.filter(pk=run.pk).update(**{"state": "completed", **fields})
    return run


def count(run: Run, **people: int) -> None:
    for state, number in people.items():
        Counter.objects.create(run=run, copy_id=1, state=state, hour=NOW, people=number)


def needs(client: Client, query: str = "") -> list[tuple[str, str, str]]:
    """Of the only campaign in the list."""
    (row,) = client.get(f"/campaigns/{query}").context["listing"].rows
    return [(each.words, each.url, each.tone) for each in row.needs]


def test_people_whom_it_failed_for_and_who_are_in_doubt_are_told_with_their_lists(member: Client) -> None:
    run = ran()
    count(run, accepted=70, failed=1200, unknown=3)
    people = f"/campaigns/{run.campaign_id}/people"

    assert needs(member) == [
        ("1,200 failed", f"{people}?state=failed", "bad"),
        ("3 unknown", f"{people}?state=unknown", "wait"),
    ]


@pytest.mark.parametrize(("state", "words"), [("missed", "Run 4 was missed"), ("refused", "Run 4 was not sent")])
def test_a_run_that_did_not_go_out_is_told_for_a_week(member: Client, state: str, words: str) -> None:
    run = ran(number=4, state=state)

    assert needs(member) == [(words, f"/campaigns/{run.campaign_id}/", "bad")]

    ran(number=3, days_ago=6, campaign=run.campaign, state="missed")
    assert needs(member) == [("2 runs were not sent", f"/campaigns/{run.campaign_id}/", "bad")]

    Run.objects.filter(pk=run.pk).update(occurrence=timezone.now() - timedelta(days=8))
    Run.objects.exclude(pk=run.pk).delete()
    assert needs(member) == []


@pytest.mark.parametrize(("state", "is_told"), [("running", True), ("paused", True), ("completed", False)])
def test_a_paused_connection_is_told_as_long_as_something_goes_over_it(
    member: Client, state: str, is_told: bool
) -> None:
    campaign = factories.campaign(state=state)
    Connection.objects.update(state="paused")

    found = [("File is paused", f"/connections/{campaign.connection_id}", "bad")]
    assert needs(member) == (found if is_told else [])


def test_what_goes_well_and_what_is_archived_needs_nobody(member: Client) -> None:
    run = ran()
    count(run, accepted=70, excluded=4)

    assert needs(member) == []

    count(run, failed=2)
    Campaign.objects.update(state="archived")
    assert needs(member, "?state=archived") == []


def test_the_row_leads_to_whom_it_failed_for(member: Client) -> None:
    run = ran()
    count(run, failed=2)

    page = member.get("/campaigns/").text

    assert '<ul class="needs" aria-label="Needs somebody">' in page
    assert f'<li class="state-bad"><a href="/campaigns/{run.campaign_id}/people?state=failed">' in page
