"""What people and runs may do to a campaign, and what follows."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from accounts.models import AuditEntry
from campaigns import lifecycle
from campaigns.models import Campaign, Run
from tests import factories

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAILY = {"version": 1, "kind": "daily", "every": 1, "time": "15:00"}
AT_ONCE = {"version": 1, "kind": "now"}
State = Campaign.State


def draft(schedule: dict[str, Any]) -> Campaign:
    campaign = factories.campaign(state=State.DRAFT)
    campaign.schedule, campaign.published_at = schedule, None
    campaign.save()
    return campaign


def published(schedule: dict[str, Any]) -> Campaign:
    return lifecycle.publish(draft(schedule), by=factories.user(), now=NOW)


def state_of(campaign: Campaign) -> str:
    return Campaign.objects.get(pk=campaign.pk).state


def runs_of(campaign: Campaign) -> list[tuple[int, str, str]]:
    return [(run.number, f"{run.due_at:%d %H:%M}", run.state) for run in campaign.runs.order_by("number")]


def finish(campaign: Campaign, number: int, *, now: datetime) -> None:
    """What the pipeline does to a run: it starts, then it completes."""
    run = campaign.runs.get(number=number)
    Run.objects.filter(pk=run.pk).update(state=Run.State.SENDING)
    lifecycle.started(run, now=now)
    Run.objects.filter(pk=run.pk).update(state=Run.State.COMPLETED)
    lifecycle.completed(run, now=now)


def test_publish_puts_the_first_run_on_the_calendar():
    campaign = published(DAILY)

    assert state_of(campaign) == State.SCHEDULED
    assert runs_of(campaign) == [(1, "02 15:00", "due")]


def test_publishing_twice_makes_one_run():
    campaign = draft(AT_ONCE)
    lifecycle.publish(campaign, by=factories.user(), now=NOW)

    with pytest.raises(lifecycle.Already):
        lifecycle.publish(campaign, by=factories.user(), now=NOW + timedelta(seconds=5))

    assert runs_of(campaign) == [(1, "02 12:00", "due")]


def test_publish_refuses_with_every_problem_named_by_its_step():
    campaign = lifecycle.draft(by=factories.user(), now=NOW)

    with pytest.raises(lifecycle.NotReady) as refused:
        lifecycle.publish(campaign, by=factories.user(), now=NOW)

    assert [(problem.step, problem.message) for problem in refused.value.problems] == [
        ("start", "Give the campaign a name."),
        ("start", "Choose the connection that it is sent over."),
        ("who", "Choose a segment, or make one."),
        ("what", "Copy “Default” is blank: add at least one key and value."),
        ("when", "Choose when to send."),
    ]
    assert state_of(campaign) == State.DRAFT
    assert runs_of(campaign) == []


def test_publish_says_in_words_which_condition_is_not_finished():
    campaign = lifecycle.draft(by=factories.user(), now=NOW)
    campaign.tree = {"version": 1, "rule": {"all": [{"did": [{"event": ""}], "period": "ever"}]}}
    campaign.save()

    with pytest.raises(lifecycle.NotReady) as refused:
        lifecycle.publish(campaign, by=factories.user(), now=NOW)

    assert [problem.message for problem in refused.value.problems if problem.step == "who"] == [
        "The first condition: choose an event.",
    ]


def test_a_run_that_starts_puts_the_next_one_on_the_calendar():
    campaign = published(DAILY)

    finish(campaign, 1, now=NOW + timedelta(hours=3))

    assert state_of(campaign) == State.WAITING
    assert runs_of(campaign) == [(1, "02 15:00", "completed"), (2, "03 15:00", "due")]


def test_a_campaign_is_completed_after_its_last_run():
    campaign = published(DAILY | {"ends": {"kind": "after", "runs": 2}})

    finish(campaign, 1, now=NOW + timedelta(hours=3))
    finish(campaign, 2, now=NOW + timedelta(hours=27))

    assert state_of(campaign) == State.COMPLETED
    assert runs_of(campaign) == [(1, "02 15:00", "completed"), (2, "03 15:00", "completed")]


def test_pause_and_resume_come_back_to_what_the_runs_say():
    campaign = published(DAILY)
    finish(campaign, 1, now=NOW + timedelta(hours=3))

    lifecycle.pause(campaign, by=factories.user(), now=NOW)
    assert state_of(campaign) == State.PAUSED

    lifecycle.resume(campaign, by=factories.user(), now=NOW)
    assert state_of(campaign) == State.WAITING


def test_a_run_whose_time_passed_during_a_pause_asks_a_person():
    campaign = published(DAILY)
    lifecycle.pause(campaign, by=factories.user(), now=NOW)

    resumed = lifecycle.resume(campaign, by=factories.user(), now=NOW + timedelta(days=1))

    assert runs_of(campaign) == [(1, "02 15:00", "missed"), (2, "03 15:00", "due")]
    assert campaign.runs.get(number=1).reason.startswith("The campaign was paused at its time")
    assert resumed.state == State.WAITING


def test_a_run_that_completes_while_paused_leaves_the_campaign_paused():
    campaign = published(AT_ONCE)
    lifecycle.pause(campaign, by=factories.user(), now=NOW)

    finish(campaign, 1, now=NOW)

    assert state_of(campaign) == State.PAUSED
    assert state_of(lifecycle.resume(campaign, by=factories.user(), now=NOW)) == State.COMPLETED


def test_stop_ends_open_runs_and_nothing_starts_it_again():
    campaign = published(DAILY)

    lifecycle.stop(campaign, by=factories.user(), now=NOW, reason="Wrong price.")

    assert runs_of(campaign) == [(1, "02 15:00", "stopped")]
    assert state_of(campaign) == State.STOPPED
    with pytest.raises(lifecycle.Refused):
        lifecycle.publish(campaign, by=factories.user(), now=NOW)
    with pytest.raises(lifecycle.Refused):
        lifecycle.resume(campaign, by=factories.user(), now=NOW)
    assert state_of(campaign) == State.STOPPED


def test_a_missed_run_asks_a_person_and_the_one_after_it_stands():
    campaign = published(DAILY)
    run = campaign.runs.get()

    lifecycle.missed(run, now=NOW + timedelta(days=3))
    lifecycle.missed(run, now=NOW + timedelta(days=3))

    assert runs_of(campaign) == [(1, "02 15:00", "missed"), (2, "05 15:00", "due")]
    lifecycle.send_missed(run, by=factories.user(), now=NOW + timedelta(days=3, minutes=5))
    assert runs_of(campaign) == [(1, "05 12:05", "due"), (2, "05 15:00", "due")]


def test_an_edited_schedule_moves_the_run_that_waits():
    campaign = published(DAILY)
    Campaign.objects.filter(pk=campaign.pk).update(schedule=DAILY | {"time": "18:00"})

    lifecycle.reschedule(campaign, by=factories.user(), now=NOW)

    assert runs_of(campaign) == [(1, "02 18:00", "due")]


def test_a_schedule_edited_to_now_runs_now():
    campaign = published(DAILY)
    Campaign.objects.filter(pk=campaign.pk).update(schedule=AT_ONCE)

    lifecycle.reschedule(campaign, by=factories.user(), now=NOW + timedelta(minutes=5))

    assert runs_of(campaign) == [(1, "02 12:05", "due")]
    assert state_of(campaign) == State.SCHEDULED


def test_a_schedule_without_a_run_ahead_is_refused_and_the_old_one_stands():
    campaign = published(DAILY)
    past = {"version": 1, "kind": "at", "times": ["2026-03-01T09:00"]}
    Campaign.objects.filter(pk=campaign.pk).update(schedule=past)

    with pytest.raises(lifecycle.Refused), transaction.atomic():
        lifecycle.reschedule(campaign, by=factories.user(), now=NOW)

    assert runs_of(campaign) == [(1, "02 15:00", "due")]


def test_a_clone_is_a_draft_with_its_own_control_group():
    campaign = published(DAILY)

    twin = lifecycle.clone(campaign, by=factories.user("bob"), now=NOW)

    assert (twin.name, twin.state, twin.owner.username) == ("Win back (copy)", "draft", "bob")
    assert twin.control_salt != campaign.control_salt
    assert [copy.pairs for copy in twin.message.copies.all()] == [copy.pairs for copy in campaign.message.copies.all()]
    assert runs_of(twin) == []


def test_archive_is_refused_while_it_sends_and_can_be_undone():
    campaign = published(AT_ONCE)
    with pytest.raises(lifecycle.Refused):
        lifecycle.archive(campaign, by=factories.user(), now=NOW)
    finish(campaign, 1, now=NOW)

    lifecycle.archive(campaign, by=factories.user(), now=NOW)
    assert state_of(campaign) == State.ARCHIVED

    lifecycle.restore(campaign, by=factories.user(), now=NOW)
    assert state_of(campaign) == State.COMPLETED


@pytest.mark.parametrize("act", [lifecycle.pause, lifecycle.stop, lifecycle.archive, lifecycle.resume])
def test_what_is_done_again_changes_nothing_and_says_so(act: Callable[..., Campaign]):
    campaign = published(AT_ONCE)
    if act is lifecycle.archive:
        finish(campaign, 1, now=NOW)
    if act is lifecycle.resume:
        lifecycle.pause(campaign, by=factories.user(), now=NOW)
    act(campaign, by=factories.user(), now=NOW)
    before = state_of(campaign), runs_of(campaign), AuditEntry.objects.count()

    with pytest.raises(lifecycle.Already):
        act(campaign, by=factories.user(), now=NOW)

    assert (state_of(campaign), runs_of(campaign), AuditEntry.objects.count()) == before


def test_a_missed_run_is_sent_once():
    campaign = published(DAILY)
    run = campaign.runs.get()
    lifecycle.missed(run, now=NOW + timedelta(hours=5))
    lifecycle.send_missed(run, by=factories.user(), now=NOW + timedelta(hours=5))

    with pytest.raises(lifecycle.Already):
        lifecycle.send_missed(run, by=factories.user(), now=NOW + timedelta(hours=6))

    assert AuditEntry.objects.filter(action="sent late").count() == 1


def test_every_change_of_state_is_recorded_with_who_and_why():
    campaign = published(AT_ONCE)

    lifecycle.pause(campaign, by=factories.user("bob"), now=NOW, reason="Price is wrong.")

    entry = AuditEntry.objects.filter(object_id=str(campaign.pk), action="paused").get()
    assert (str(entry.actor), entry.reason, entry.changes) == (
        "bob",
        "Price is wrong.",
        {"state": ["scheduled", "paused"]},
    )
