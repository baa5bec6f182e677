"""The report says how far a run is, how fast it goes, and what it waits for."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from campaigns import report_page
from campaigns.models import Batch, Run
from connectors.models import Connection
from tests import factories
from tests.campaigns.delivery import plan_all, states
from tests.campaigns.outcomes import population, tried
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def test_progress_says_how_far_how_fast_and_until_when(exports: Path) -> None:
    factories.people(100)
    campaign = factories.campaign(control_percent=20)
    run = plan_all(factories.run(campaign), now=NOW)
    withheld = states(run)["excluded", "campaign_control_group"]
    tried(run, {}, batches=4, now=NOW + timedelta(seconds=10))
    Run.objects.filter(pk=run.pk).update(state="sending", completed_at=None)

    page = report_page.page(campaign, "", now=NOW + timedelta(seconds=10))

    left = 100 - withheld - 40
    ends = NOW + timedelta(seconds=10 + left / 4)
    assert page.progress is not None
    assert page.progress.words == f"{withheld + 40} of 100 · 4 a second · ends about {ends:%H:%M:%S} UTC"
    assert page.poll == report_page.FAST


def test_no_end_is_promised_from_people_who_get_nothing_or_from_what_was_accepted_long_ago(exports: Path) -> None:
    factories.people(100)
    campaign = factories.campaign(control_percent=20)
    run = plan_all(factories.run(campaign), now=NOW)
    withheld = states(run)["excluded", "campaign_control_group"]

    before = report_page.page(campaign, "", now=NOW + timedelta(seconds=10)).progress
    assert before is not None
    assert before.words == f"{withheld} of 100 · nothing was accepted yet"

    tried(run, {}, batches=4, now=NOW + timedelta(seconds=10))
    Run.objects.filter(pk=run.pk).update(state="sending", completed_at=None)
    long_after = report_page.page(campaign, "", now=NOW + timedelta(seconds=80)).progress
    assert long_after is not None
    assert long_after.words == f"{withheld + 40} of 100 · nothing was accepted in the last minute"


def test_a_report_says_when_a_failing_connection_is_tried_again_and_that_nothing_is_to_be_done(
    member: Client, exports: Path
) -> None:
    factories.people(10)
    run = plan_all(factories.run(factories.campaign(), due_at=timezone.now()), now=timezone.now())
    until = timezone.now() + timedelta(minutes=1)
    Connection.objects.update(failures=5, not_before=until, last_error="The receiver answered 500.")

    said = words(member, run)

    assert f"The receiver answered 500. Tried again at {until:%H:%M:%S} UTC." in said
    assert "there is nothing for you to do" in said
    assert "0 of 10 · waits for File" in said

    Connection.objects.update(failures=1, not_before=None, last_failure_at=timezone.now())
    later = until + timedelta(minutes=1)
    Batch.objects.update(not_before=later)
    assert f"Tried again at {later:%H:%M:%S} UTC." in words(member, run)


def test_a_report_says_that_the_connection_is_paused_and_who_may_resumes_it_there(
    member: Client, admin: Client, exports: Path
) -> None:
    factories.people(10)
    run = plan_all(factories.run(factories.campaign(), due_at=timezone.now()), now=timezone.now())
    Connection.objects.update(state="paused", paused_reason="The receiver answered 403.")

    for client, may in ((member, False), (admin, True)):
        assert "Nothing is sent: the connection File is paused. The receiver answered 403." in words(client, run)
        asks = f'action="/connections/{run.connection_id}/resume"'
        assert (asks in client.get(f"/campaigns/{run.campaign_id}/").text) is may
        assert "0 of 10 · the connection File is paused" in words(client, run)
    report = f"/campaigns/{run.campaign_id}/"
    assert f'name="back" value="{report}"' in admin.get(report).text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"state": "paused", "paused_reason": "The receiver is gone."},
            "connection File is paused. The receiver is gone.",
        ),
        (
            {"failures": 9, "last_error": "It answered 500."},
            "File, which this goes out over: failing. It answered 500.",
        ),
    ],
)
def test_a_run_that_stands_still_says_what_its_connection_waits_for(
    member: Client, exports: Path, fields: dict[str, Any], said: str
) -> None:
    population()
    campaign = factories.campaign(state="running")
    run = plan_all(factories.run(campaign))
    assert "which this goes out over" not in words(member, run)

    Connection.objects.update(**fields)

    assert said in words(member, run)


def words(client: Client, run: Run) -> str:
    return " ".join(strip_tags(client.get(f"/campaigns/{run.campaign_id}/").text).split())
