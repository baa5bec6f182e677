"""Retry failed: only the failed and the unknown, in new batches, once."""

import re
from pathlib import Path

import pytest
from django.test import Client

from accounts.models import AuditEntry
from campaigns import lifecycle, retry
from campaigns.delivery import ledger
from campaigns.delivery.job import job_of
from campaigns.delivery.ledger import Change, Result
from campaigns.models import Batch, Campaign, Delivery, Run
from campaigns.models.ledger import State
from connectors.models import Connection
from people.models import Profile, Subscription
from tests import factories
from tests.campaigns.delivery import SOON, counted, deliver_all, lines, plan_all, states
from tests.campaigns.outcomes import LATER, mixed_run, population, tried

pytestmark = pytest.mark.django_db


def test_retry_sends_to_the_failed_and_the_unknown_and_to_nobody_else(exports: Path) -> None:
    population()
    run = plan_all(factories.run(factories.campaign(control_percent=20)))
    claim = ledger.claim(job_of(run), now=SOON, limit=1)
    assert claim
    first_batch = Delivery.objects.filter(batch_id=claim.slips[0].id).order_by("pk")
    outcomes = [("excluded", "missing_value"), *[("failed", "too_large")] * 4, *[("unknown", "")] * 5]
    changes = [Change(row.pk, *outcome, "") for row, outcome in zip(first_batch, outcomes, strict=True)]
    ledger.record(claim, [Result(claim.slips[0], changes)], now=SOON)
    deliver_all(run)
    before, in_file = states(run), len(lines(exports, run))
    lost = set(first_batch.exclude(state="excluded").values_list("profile_id", flat=True))

    people = retry.retry(run, retry.RETRYABLE, by=factories.user(), now=LATER)
    queued = set(Delivery.objects.filter(state="queued").values_list("profile_id", flat=True))
    run = deliver_all(run, now=LATER)

    assert (people, queued) == (9, lost)
    assert (run.state, Campaign.objects.get().state) == (Run.State.COMPLETED, Campaign.State.COMPLETED)
    settled = {key: count for key, count in before.items() if key[0] == "excluded"}
    assert states(run) == counted(run) == settled | {("accepted", ""): in_file + 9}
    assert len({line["messageId"] for line in lines(exports, run)}) == len(lines(exports, run)) == in_file + 9


@pytest.mark.parametrize(("rate", "sizes"), [(None, [10, 10, 4]), (7, [7, 7, 7, 3])])
def test_retry_makes_batches_no_larger_than_planning_does(exports: Path, rate: int | None, sizes: list[int]) -> None:
    factories.people(30)
    run = plan_all(factories.run(factories.campaign()))
    tried(run, dict.fromkeys(range(24), ("failed", "too_large")))
    planned = set(Batch.objects.values_list("pk", flat=True))
    Connection.objects.update(rate_per_second=rate)

    retry.retry(run, retry.RETRYABLE, by=factories.user(), now=LATER)

    added = Batch.objects.exclude(pk__in=planned).order_by("pk")
    assert [batch.size for batch in added] == sizes
    assert [Delivery.objects.filter(batch_id=batch.pk).count() for batch in added] == sizes
    assert counted(run) == states(run)


def test_the_unknown_are_tried_again_by_a_button_of_their_own(approver: Client, exports: Path) -> None:
    population()
    run = mixed_run(factories.campaign())
    before, address = states(run), f"/campaigns/runs/{run.pk}/retry"
    assert "twice, unless the destination knows messages by their id" in offered(approver, run.campaign)

    failed = approver.post(address, follow=True).content.decode()
    between = states(run)
    unknown = approver.post(address, {"which": "unknown"}, follow=True).content.decode()

    assert ("3 people are tried again." in failed, "1 person is tried again." in unknown) == (True, True)
    assert (between["queued", ""], between["unknown", ""]) == (3, before["unknown", ""]) == (3, 1)
    assert states(run)["queued", ""] == 4
    entries = AuditEntry.objects.filter(action="retried").order_by("pk")
    assert [entry.reason for entry in entries] == ["Run 1, failed", "Run 1, unknown"]


def test_retry_pressed_twice_finds_nobody(approver: Client, exports: Path) -> None:
    population()
    run = mixed_run(factories.campaign())

    first = approver.post(f"/campaigns/runs/{run.pk}/retry", follow=True).content.decode()
    batches = Batch.objects.count()
    second = approver.post(f"/campaigns/runs/{run.pk}/retry", follow=True).content.decode()

    assert "3 people are tried again." in first
    assert "Nobody is left who can be tried again." in second
    assert Batch.objects.count() == batches
    assert AuditEntry.objects.filter(action="retried").count() == 1
    assert Run.objects.get().state == Run.State.SENDING
    assert Campaign.objects.get().state == Campaign.State.RUNNING


def test_retry_of_a_paused_campaign_waits_for_its_resumption(exports: Path) -> None:
    population()
    campaign = factories.campaign()
    run = mixed_run(campaign)
    Campaign.objects.filter(pk=campaign.pk).update(state="paused")

    retry.retry(run, retry.RETRYABLE, by=factories.user(), now=LATER)
    deliver_all(run, now=LATER)

    assert Campaign.objects.get().state == Campaign.State.PAUSED
    assert states(run)["queued", ""] == 4


@pytest.mark.parametrize("state", ["stopped", "archived"])
def test_retry_is_refused_when_the_campaign_is_over(approver: Client, exports: Path, state: str) -> None:
    population()
    run = mixed_run(factories.campaign())
    Campaign.objects.update(state=state)
    before = states(run)

    answer = approver.post(f"/campaigns/runs/{run.pk}/retry", follow=True)

    assert f"“Win back” is {state}: nobody can be tried again." in answer.content.decode()
    assert answer.context["page"].lost == ""
    assert "Retry the" not in approver.get(f"/campaigns/{run.campaign_id}/lost").content.decode()
    assert states(run) == before


@pytest.mark.parametrize("state", ["due", "planning", "stopped", "missed", "refused"])
def test_retry_of_a_run_that_is_not_being_sent_is_refused(exports: Path, state: str) -> None:
    population()
    run = mixed_run(factories.campaign())
    Run.objects.update(state=state)

    with pytest.raises(lifecycle.Refused, match=f"Run 1 is {state}"):
        retry.retry(run, retry.RETRYABLE, by=factories.user(), now=LATER)


def test_only_runs_with_somebody_to_retry_offer_it(approver: Client, member: Client, exports: Path) -> None:
    population()
    campaign = factories.campaign()
    fine = plan_all(factories.run(campaign))
    tried(fine, {})
    mixed_run(campaign, number=2, due_at=LATER)

    shown = offered(approver, campaign)

    assert re.findall(r"Retry the (\d+) failed of run (\d+)", shown) == [("3", "2")]
    assert member.get(f"/campaigns/{campaign.pk}/lost").status_code == 403
    assert "Counting who can be tried again" not in member.get(f"/campaigns/{campaign.pk}/").content.decode()


def offered(client: Client, campaign: Campaign) -> str:
    """What the report loads below its funnel, by the address that it names."""
    holder = re.search(r'hx-get="([^"]+/lost[^"]*)"', client.get(f"/campaigns/{campaign.pk}/").content.decode())
    return client.get(holder[1]).content.decode() if holder else ""


def unreachable_run() -> Run:
    """Of eight people six failed and two are unknown; by now two of the failed and one of the others get nothing."""
    people = factories.people(8)
    run = plan_all(factories.run(factories.campaign()))
    tried(run, dict.fromkeys(range(6), ("failed", "invalid_recipient")) | {6: ("unknown", ""), 7: ("unknown", "")})
    Subscription.objects.create(profile_id=people[0], channel="export", state="suppressed", cause="bounce")
    Subscription.objects.create(profile_id=people[1], channel="export", state="unsubscribed")
    Subscription.objects.create(profile_id=people[2], channel="email", state="suppressed", cause="bounce")
    Profile.objects.filter(pk=people[7]).update(identity=None)
    return run


def test_who_cannot_be_reached_by_now_keeps_state_and_reason(exports: Path) -> None:
    run = unreachable_run()

    people = retry.retry(run, [State.FAILED], by=factories.user(), now=LATER)
    tried_again = states(run)
    unknown = retry.retry(run, [State.UNKNOWN], by=factories.user(), now=LATER)

    assert (people, unknown) == (4, 1)
    assert tried_again == {("failed", "invalid_recipient"): 2, ("queued", ""): 4, ("unknown", ""): 2}
    assert states(run) == counted(run) == {("failed", "invalid_recipient"): 2, ("queued", ""): 5, ("unknown", ""): 1}
    assert set(Delivery.objects.filter(state="failed").values_list("answer", flat=True)) == {"said no"}
    assert AuditEntry.objects.filter(action="retried").order_by("pk").first().changes == {"people": [None, 4]}  # type: ignore[union-attr]


def test_button_dialog_and_toast_name_who_is_really_tried_and_say_why_the_others_are_not(
    approver: Client, exports: Path
) -> None:
    run = unreachable_run()

    shown = offered(approver, run.campaign)
    toast = approver.post(f"/campaigns/runs/{run.pk}/retry", follow=True).content.decode()

    why = (
        "3 people are not tried again, as nothing may be sent to them: 1 suppressed, 1 unsubscribed, 1 without an"
        " address. They stay in the report as they are."
    )
    assert "Retry the 4 failed of run 1" in shown
    assert f'data-confirm="Try the 4 people of run 1 again who failed? {why}"' in shown
    assert "Send again to the 1 unknown of run 1" in shown
    assert f"Run 1: {why}" in shown
    assert "4 people are tried again." in toast


def test_where_nobody_can_be_reached_there_is_a_sentence_and_no_button(approver: Client, exports: Path) -> None:
    run = unreachable_run()
    Subscription.objects.all().delete()
    Subscription.objects.bulk_create(
        Subscription(profile_id=pk, channel="export", state="suppressed", cause="bounce")
        for pk in Profile.objects.values_list("pk", flat=True)
    )

    shown = offered(approver, run.campaign)
    toast = approver.post(f"/campaigns/runs/{run.pk}/retry", follow=True).content.decode()

    assert "8 people are not tried again, as nothing may be sent to them: 7 suppressed, 1 without an address." in shown
    assert "<button" not in shown
    assert "Nobody is left who can be tried again." in toast
    assert states(run) == {("failed", "invalid_recipient"): 6, ("unknown", ""): 2}
    assert Run.objects.get().state == Run.State.COMPLETED


def test_while_a_run_goes_on_the_numbers_are_looked_for_now_and_then(approver: Client, exports: Path) -> None:
    population()
    run = mixed_run(factories.campaign())
    address = f"/campaigns/{run.campaign_id}/"
    ended = approver.get(address).content.decode()
    Run.objects.update(state="sending")

    working = approver.get(address).content.decode()

    assert ('id="retry-3-1"' in ended, 'id="retry-working"' in working) == (True, True)
    assert ('hx-trigger="load"' in ended, 'hx-trigger="load, every 30s"' in working) == (True, True)
