"""claim and record: leases, pauses, stops, retries, completion; nobody twice, nobody lost."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection as database

from campaigns import lifecycle
from campaigns.delivery import completion, dispatch, ledger, render
from campaigns.delivery.job import Job, job_of
from campaigns.delivery.ledger import Claim
from campaigns.delivery.render import Letters
from campaigns.delivery.stopping import stop
from campaigns.models import Batch, Campaign, Counter, Delivery, Run
from campaigns.tasks import due
from connectors.base import Fault, Receipt
from connectors.models import Connection
from tests import factories
from tests.campaigns.delivery import SOON, counted, deliver_all, in_a_minute, lines, plan_all, send, states

pytestmark = pytest.mark.django_db


def planned(size: int, **campaign: object) -> tuple[Run, Job]:
    factories.people(size)
    run = plan_all(factories.run(factories.campaign(**campaign)))  # type: ignore[arg-type]  # passed on as it is
    return run, job_of(run)


def claimed(job: Job, now: datetime = SOON) -> Claim:
    claim = ledger.claim(job, now=now)
    assert claim is not None
    return claim


def answered(claim: Claim, answer: Callable[[str], Receipt], *, resends: bool = True) -> list[ledger.Result]:
    """The results of a claim whose every message got this answer."""
    return [
        dispatch.result(each, [answer(message.id) for message in each.outgoing], resends=resends, now=SOON)
        for each in render.batches(claim)
    ]


def sent(claim: Claim) -> list[ledger.Result]:
    """Really sent: the file's parts are there."""
    over = Connection.objects.get(pk=claim.job.snapshot.connection)
    return dispatch.send(claim, render.batches(claim), over, clock=lambda: SOON)


def accepted(id: str) -> Receipt:
    return Receipt(id, "accepted")


def unavailable(id: str) -> Receipt:
    return Receipt(id, "retry", answer="503", fault=Fault.UNAVAILABLE)


def test_batches_are_claimed_by_one_worker_at_a_time(exports: Path) -> None:
    _, job = planned(60)

    first, second, third = claimed(job), claimed(job), ledger.claim(job, now=SOON)

    assert (len(first.slips), len(second.slips)) == (4, 2)
    assert not {slip.id for slip in first.slips} & {slip.id for slip in second.slips}
    assert third is None


def test_lease_that_ran_out_is_taken_by_another_and_the_first_can_record_nothing(exports: Path) -> None:
    run, job = planned(10)
    slow = claimed(job)
    letters = render.batches(slow)

    later = SOON + timedelta(seconds=61)
    quick = claimed(job, later)
    is_recorded = ledger.record(slow, [ledger.Result(each.slip) for each in letters], now=later)

    assert [slip.again for slip in quick.slips] == [True]
    assert not is_recorded
    assert states(run) == {("queued", ""): 10}
    assert counted(run) == states(run)


def test_recording_twice_counts_once(exports: Path) -> None:
    run, job = planned(10)
    claim = claimed(job)

    ledger.record(claim, answered(claim, accepted), now=SOON)
    again = ledger.record(claim, [ledger.Result(slip) for slip in claim.slips], now=SOON)

    assert not again
    assert counted(run) == states(run) == {("accepted", ""): 10}


def test_a_message_sent_again_has_the_same_id(exports: Path) -> None:
    _, job = planned(10)
    first = [message.id for each in render.batches(claimed(job)) for message in each.outgoing]
    second = claimed(job, SOON + timedelta(seconds=61))

    assert [message.id for each in render.batches(second) for message in each.outgoing] == first


def test_paused_campaign_is_not_claimed_and_resumed_goes_on_with_nobody_twice(exports: Path) -> None:
    run, job = planned(60)
    campaign = run.campaign
    claim = claimed(job)
    ledger.record(claim, sent(claim), now=SOON)

    lifecycle.pause(campaign, by=campaign.owner, now=SOON)
    while_paused = ledger.claim(job, now=SOON), due(SOON, 8)
    deliver_all(run)
    half = states(run)
    lifecycle.resume(campaign, by=campaign.owner, now=SOON)
    run = deliver_all(run)

    assert while_paused == (None, [])
    assert half == {("accepted", ""): 40, ("queued", ""): 20}
    assert run.state == Run.State.COMPLETED
    assert set(Delivery.objects.filter(run=run).values_list("state", "attempts")) == {("accepted", 1)}
    assert len({line["messageId"] for line in lines(exports, run)}) == len(lines(exports, run)) == 60


def test_stopped_campaign_leaves_what_is_in_hand_to_its_worker(exports: Path) -> None:
    run, job = planned(60)
    claim = claimed(job)

    lifecycle.stop(run.campaign, by=None, now=SOON)
    assert due(SOON, 8) == [("campaigns.stop", run.pk)]  # those whom nobody has in hand need not wait
    stop(run.pk, clock=lambda: SOON, until=in_a_minute())
    meanwhile = states(run)
    assert due(SOON, 8) == []
    sent = dispatch.send(claim, render.batches(claim), factories.file_connection(), clock=lambda: SOON)
    ledger.record(claim, sent, now=SOON)

    assert meanwhile == {("queued", ""): 40, ("excluded", "campaign_stopped"): 20}
    assert states(run) == {("accepted", ""): 40, ("excluded", "campaign_stopped"): 20}
    assert counted(run) == states(run)
    assert due(SOON, 8) == [("campaigns.stop", run.pk)]
    stop(run.pk, clock=lambda: SOON, until=in_a_minute())
    assert len(lines(exports, run)) == 40
    assert due(SOON, 8) == []


def test_stopped_while_a_worker_died_over_it_is_unknown(exports: Path) -> None:
    run, job = planned(10)
    claimed(job)
    lifecycle.stop(run.campaign, by=None, now=SOON)

    stop(run.pk, clock=lambda: SOON + timedelta(seconds=61), until=in_a_minute())

    assert states(run) == {("unknown", "campaign_stopped"): 10}


def test_batch_that_failed_as_a_whole_waits_longer_each_time_and_is_given_up(exports: Path) -> None:
    run, job = planned(10)
    waits, now = [], SOON
    for _ in range(dispatch.ATTEMPTS):
        claim = claimed(job, now)
        ledger.record(claim, answered(claim, unavailable), now=SOON)
        batch = Batch.objects.get()
        waits.append((batch.not_before - SOON).total_seconds())
        now = batch.not_before

    assert waits[:6] == [1, 5, 30, 120, 600, 600]
    assert Batch.objects.get().state == Batch.State.DONE
    assert states(run) == {("failed", "provider_unavailable"): 10}
    assert set(Delivery.objects.values_list("answer", flat=True)) == {"503"}
    assert counted(run) == states(run)


def test_waiting_as_the_provider_asked_uses_up_no_attempt(exports: Path) -> None:
    _, job = planned(10)
    claim = claimed(job)
    ledger.record(
        claim,
        answered(claim, lambda id: Receipt(id, "retry", retry_after=7.0, fault=Fault.RATE_LIMITED)),
        now=SOON,
    )

    batch = Batch.objects.get()

    assert (batch.attempts, batch.not_before, batch.lease) == (0, SOON + timedelta(seconds=7), None)


def test_batch_is_never_given_up_because_the_provider_asked_to_wait(exports: Path) -> None:
    run, job = planned(10)
    Batch.objects.update(attempts=dispatch.ATTEMPTS + 5)
    claim = claimed(job)

    ledger.record(claim, answered(claim, lambda id: Receipt(id, "retry", fault=Fault.RATE_LIMITED)), now=SOON)

    assert states(run) == {("queued", ""): 10}


def test_those_to_be_tried_again_move_to_a_new_batch_and_the_others_are_settled(exports: Path) -> None:
    run, job = planned(10)
    claim = claimed(job)
    sent(claim)
    letters = render.batches(claim)
    again, refused = letters[0].outgoing[0].id, letters[0].outgoing[1].id
    answers = {again: Receipt(again, "retry"), refused: Receipt(refused, "failed", "too_large", "40 KB")}

    ledger.record(claim, answered(claim, lambda id: answers.get(id, accepted(id))), now=SOON)
    moved = Batch.objects.get(state="queued")
    after_first = states(run)
    run = deliver_all(run, SOON + timedelta(seconds=1))

    assert after_first == {("accepted", ""): 8, ("queued", ""): 1, ("failed", "too_large"): 1}
    assert (moved.size, moved.attempts, moved.not_before) == (1, 1, SOON + timedelta(seconds=1))
    assert states(run) == {("accepted", ""): 9, ("failed", "too_large"): 1}
    assert counted(run) == states(run)
    assert run.state == Run.State.COMPLETED


def test_unknown_is_tried_again_only_where_the_destination_knows_our_ids(exports: Path) -> None:
    run, job = planned(20)
    claim = claimed(job)

    resent, listed = (
        answered(claim, lambda id: Receipt(id, "unknown", answer="no answer"), resends=True),
        answered(claim, lambda id: Receipt(id, "unknown", answer="no answer"), resends=False),
    )
    ledger.record(claim, [resent[0], listed[1]], now=SOON)

    assert states(run) == {("queued", ""): 10, ("unknown", ""): 10}


@pytest.mark.parametrize("receipts", [[], [Receipt("somebody else's", "accepted")]])
def test_message_without_a_receipt_is_unknown(exports: Path, receipts: Sequence[Receipt]) -> None:
    run, job = planned(10)
    claim = claimed(job)
    (letters,) = render.batches(claim)

    ledger.record(claim, [dispatch.result(letters, receipts, resends=False, now=SOON)], now=SOON)

    assert states(run) == {("unknown", ""): 10}
    assert counted(run) == states(run)


def test_run_is_completed_once_and_only_when_nobody_is_queued(exports: Path) -> None:
    run, job = planned(20)
    too_early = completion.complete(run.pk, now=SOON)
    claim = claimed(job)
    ledger.record(claim, [*sent(claim)[:1], *answered(claim, unavailable)[1:]], now=SOON)
    still_too_early = completion.complete(run.pk, now=SOON)
    rest = claimed(job, SOON + timedelta(seconds=1))
    ledger.record(rest, answered(rest, lambda id: Receipt(id, "failed", "invalid_recipient")), now=SOON)

    winners = [completion.complete(run.pk, now=SOON), completion.complete(run.pk, now=SOON)]

    assert (too_early, still_too_early, winners) == (False, False, [True, False])
    assert Campaign.objects.get().state == Campaign.State.COMPLETED


def test_run_with_somebody_queued_outside_every_batch_is_not_completed(exports: Path) -> None:
    run, job = planned(10)
    claim = claimed(job)
    ledger.record(claim, sent(claim), now=SOON)
    Counter.objects.filter(run=run, state="queued").update(people=1)

    assert not completion.complete(run.pk, now=SOON)


@pytest.mark.parametrize("named", [True, False])
def test_recounting_mends_counters_that_lie(exports: Path, named: bool) -> None:
    run, job = planned(30)
    claim = claimed(job)
    ledger.record(claim, sent(claim)[:2], now=SOON)
    Counter.objects.filter(run=run).update(people=7)

    call_command("recount", *([run.pk] if named else []), stdout=StringIO())

    assert counted(run) == states(run) == {("accepted", ""): 20, ("queued", ""): 10}


def test_recounting_a_run_that_has_not_begun_is_refused() -> None:
    with pytest.raises(CommandError, match="No run that has begun: 404"):
        call_command("recount", 404)


def test_paused_connection_holds_everything_and_is_tried_as_soon_as_it_is_resumed(exports: Path) -> None:
    run, job = planned(20)
    Connection.objects.update(state=Connection.State.PAUSED)
    held = ledger.claim(job, now=SOON), due(SOON, 8)

    Connection.objects.update(state=Connection.State.ACTIVE)

    assert held == (None, [])
    assert due(SOON, 8) == [("campaigns.deliver", run.pk)]
    assert deliver_all(run).state == Run.State.COMPLETED


def test_rate_holds_back_what_goes_beyond_it(exports: Path) -> None:
    run, _ = planned(20, connection=factories.file_connection(rate_per_second=10))

    deliver_all(run)
    first = states(run)
    deliver_all(run, SOON + timedelta(seconds=1))

    assert first == {("accepted", ""): 10, ("queued", ""): 10}
    assert states(run) == {("accepted", ""): 20}


def test_empty_batch_does_not_end_a_run_early(exports: Path) -> None:
    """Everyone of the first batch is excluded at rendering; the second still goes out."""
    for number in range(20):
        factories.person(identity=f"p-{number}", first_name="" if number < 10 else "Ann")
    run = send(factories.run(factories.campaign(copies={"": [("t", "{{ profile.first_name }}")]})))

    assert states(run) == {("excluded", "missing_value"): 10, ("accepted", ""): 10}
    assert len(lines(exports, run)) == 10


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_send_to_everybody_once(exports: Path) -> None:
    factories.people(400)
    run = factories.run(factories.campaign(copies={"": factories.HELLO, "pt": factories.HELLO}))

    def work() -> None:
        try:
            send(run)
        finally:
            database.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    run = deliver_all(run)

    assert run.state == Run.State.COMPLETED
    assert counted(run) == states(run) == {("accepted", ""): 400}
    assert len({line["userId"] for line in lines(exports, run)}) == len(lines(exports, run)) == 400


def test_letters_keep_each_message_beside_its_row(exports: Path) -> None:
    run, job = planned(10)
    (letters,) = render.batches(claimed(job))

    profiles = dict(Delivery.objects.filter(run=run).values_list("pk", "profile_id"))

    assert isinstance(letters, Letters)
    assert [profiles[pk] for pk in letters.deliveries] == [message.profile_id for message in letters.outgoing]
