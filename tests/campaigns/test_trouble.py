"""A run that breaks keeps nobody else waiting, and at last a person is asked."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from campaigns import lifecycle
from campaigns.delivery import trouble
from campaigns.models import Campaign, Run
from campaigns.tasks import TASKS, due
from tests import factories

pytestmark = pytest.mark.django_db


def broken_run() -> Run:
    """Its snapshot cannot be read, so every task of it raises."""
    now = timezone.now()
    run = factories.run(factories.campaign(state=Campaign.State.RUNNING), due_at=now - timedelta(minutes=5))
    Run.objects.filter(pk=run.pk).update(state=Run.State.PLANNING, snapshot={}, plan_until=10**9, started_at=now)
    return run


def try_it(run: Run) -> None:
    with pytest.raises(Exception, match="required field"):
        TASKS["campaigns.plan"](run.pk, float("inf"))


@pytest.mark.django_db(transaction=True)
def test_broken_runs_rest_and_leave_the_turn_to_others(exports: Path) -> None:
    factories.people(3)
    for _ in range(9):
        try_it(broken_run())
    healthy = factories.run(factories.campaign(), due_at=timezone.now())

    assert due(timezone.now() + timedelta(seconds=1), 2) == [("campaigns.plan", healthy.pk)]


@pytest.mark.django_db(transaction=True)
def test_a_run_that_breaks_again_and_again_pauses_its_campaign_with_the_reason(exports: Path) -> None:
    factories.people(3)
    run = broken_run()

    for _ in range(trouble.FAILURES):
        try_it(run)

    campaign = Campaign.objects.get(pk=run.campaign_id)
    assert campaign.state == Campaign.State.PAUSED
    assert campaign.state_reason.startswith("Run 1 broke 5 times: Object missing required field")
    lifecycle.resume(campaign, by=factories.user(), now=timezone.now())
    assert Run.objects.values_list("failures", "retry_at").get(pk=run.pk) == (0, None)


def test_rests_grow_to_ten_minutes() -> None:
    run, now = broken_run(), timezone.now()

    rests = []
    for _ in range(9):
        trouble.note(run.pk, ValueError("broken"), now=now)
        retry_at = Run.objects.values_list("retry_at", flat=True).get(pk=run.pk)
        rests.append(int(((retry_at or now) - now).total_seconds()))

    assert rests == [5, 10, 20, 40, 80, 160, 320, 600, 600]
