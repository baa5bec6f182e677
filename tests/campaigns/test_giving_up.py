"""A run comes to an end however its receivers fare, and nobody is given up who was not tried for long enough."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import orjson
import pytest
from aiohttp import web
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import AuditEntry
from accounts.templatetags.belfry import when
from campaigns import lifecycle, retry
from campaigns.delivery import deliver, giving_up, ledger
from campaigns.delivery.ending import Ending, end_batches
from campaigns.delivery.job import job_of
from campaigns.delivery.ledger import Change, Result
from campaigns.models import Batch, Campaign, Delivery, Run
from campaigns.tasks import TASKS, due
from connectors import health, http
from connectors.models import Connection
from tests import factories
from tests.campaigns.delivery import SOON, counted, deliver_all, in_a_minute, plan_all, states
from tests.campaigns.outcomes import tried
from tests.connectors.servers import Play, Server, says

pytestmark = pytest.mark.django_db

PEOPLE = 60
HOURS = 3
EXPIRED = ("failed", "expired")


@pytest.fixture(autouse=True)
def _short(settings: Settings) -> None:
    settings.GIVE_UP_HOURS = HOURS


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(default=says(503, "away for good")) as running:
        yield running
    http.close()


def hook(server: Server) -> Connection:
    factories.people(PEOPLE)
    return Connection.objects.create(name="Hook", kind="webhook", config={"url": server.url})


def planned(over: Connection | None = None) -> Run:
    return plan_all(factories.run(factories.campaign(over)))


def look(run: Run, now: datetime, until: float | None = None) -> None:
    giving_up.give_up(run.pk, clock=lambda: now, until=in_a_minute() if until is None else until)


def work(run: Run, minutes: int, *, since: int = 0, sends: bool = True) -> datetime:
    """Workers send and look after the run every ten minutes; the moment at the end."""
    now = SOON + timedelta(minutes=since)
    for minute in range(since, since + minutes + 1, 10):
        now = SOON + timedelta(minutes=minute)
        if sends:
            deliver(run.pk, clock=lambda now=now: now, until=in_a_minute())  # type: ignore[misc]
        look(run, now)
    return now


def refuses(people: int, answer: Play) -> Play:
    """The first so many people who come in, for ever; all others are taken."""
    seen: dict[str, int] = {}

    async def answers(request: web.Request) -> web.StreamResponse:
        nth = seen.setdefault(orjson.loads(await request.read())["data"]["message_id"], len(seen))
        return await answer(request) if nth < people else web.Response(text="ok")

    return answers


def test_a_run_whose_every_receiver_fails_ends_and_its_people_can_be_tried_again(
    exports: Path, server: Server, approver: Client
) -> None:
    run = planned(hook(server))

    work(run, 60 * HOURS - 10)
    shortly_before = states(run)
    now = work(run, 20, since=60 * HOURS)
    run = deliver_all(run, now + timedelta(hours=1))

    assert shortly_before[("queued", "")] > 0
    assert states(run) == counted(run) == {EXPIRED: PEOPLE}
    answer = Delivery.objects.filter(run=run).values_list("answer", flat=True).distinct().get()
    assert answer.startswith("Nothing was accepted for 3 hours. The last answer: ")
    assert "503" in answer
    assert (run.state, Campaign.objects.get().state) == (Run.State.COMPLETED, Campaign.State.COMPLETED)
    assert AuditEntry.objects.filter(action="given up").count() == 1
    report = approver.get(f"/campaigns/{run.campaign_id}/").content.decode()
    assert "It was not accepted in time, so it was given up." in report
    server.default = says(200)
    health.resume(Connection.objects.get(), by=None)
    Connection.objects.update(failures=0, not_before=None)
    assert retry.retry(run, [*retry.RETRYABLE], by=factories.user(), now=now) == PEOPLE
    look(run, now + timedelta(minutes=30))
    assert states(deliver_all(run, now + timedelta(hours=2))) == {("accepted", ""): PEOPLE}


def test_people_who_are_always_asked_to_come_back_later_end_their_run(exports: Path, server: Server) -> None:
    server.default = refuses(5, says(429, Retry_After="300"))
    run = planned(hook(server))

    work(run, 60 * (HOURS + 1))
    run = deliver_all(run, SOON + timedelta(hours=HOURS + 2))

    assert states(run) == counted(run) == {("accepted", ""): PEOPLE - 5, EXPIRED: 5}
    assert run.state == Run.State.COMPLETED


def test_a_slow_run_of_which_now_and_then_somebody_is_accepted_is_never_given_up(exports: Path) -> None:
    factories.people(PEOPLE)
    run = planned()

    for hour in range(3 * HOURS):
        now = SOON + timedelta(hours=hour)
        claim = ledger.claim(job_of(run), now=now, limit=1)
        if claim and hour % 2 == 0:
            ledger.record(claim, [Result(claim.slips[0])], now=now)
        elif claim:
            ledger.release(claim, not_before=now, now=now)
        work(run, 50, since=60 * hour, sends=False)

    assert states(run) == {("accepted", ""): 50, ("queued", ""): 10}


@pytest.mark.parametrize("what", ["campaign", "connection"])
def test_while_a_person_has_to_go_on_no_time_passes(exports: Path, what: str) -> None:
    factories.people(PEOPLE)
    run = planned()
    work(run, 60 * (HOURS - 1), sends=False)
    if what == "campaign":
        Campaign.objects.update(state="paused")
    else:
        Connection.objects.update(state="paused")

    now = work(run, 60 * 100, since=60 * (HOURS - 1), sends=False)
    run.refresh_from_db()

    assert states(run) == {("queued", ""): PEOPLE}
    assert giving_up.ends_at(Run.objects.select_related("connection", "campaign").get()) is None
    Campaign.objects.update(state="running")
    Connection.objects.update(state="active")
    resumed = Run.objects.select_related("connection", "campaign").get()
    assert giving_up.ends_at(resumed) == now + timedelta(hours=1)


def test_where_no_worker_was_there_nobody_is_given_up(exports: Path) -> None:
    factories.people(PEOPLE)
    run = planned()

    look(run, SOON + timedelta(days=7))

    assert states(run) == {("queued", ""): PEOPLE}
    assert Run.objects.get().waited == timedelta()


def test_a_retry_begins_the_time_anew(exports: Path) -> None:
    factories.people(PEOPLE)
    run = planned()
    now = work(run, 60 * HOURS, sends=False)
    assert states(run) == {EXPIRED: PEOPLE}

    retry.retry(run, retry.RETRYABLE, by=factories.user(), now=now)
    look(run, now + timedelta(minutes=50))

    assert states(run) == counted(run) == {("queued", ""): PEOPLE}


def over_run() -> Run:
    """A run whose time is over, in batches of ten."""
    factories.people(PEOPLE)
    run = planned()
    Run.objects.update(waited=timedelta(hours=HOURS), looked_at=SOON)
    return run


def test_what_a_worker_has_in_hand_is_left_to_it_and_in_doubt_once_its_lease_is_over(exports: Path) -> None:
    run = over_run()
    claim = ledger.claim(job_of(run), now=SOON, limit=2)
    assert claim

    look(run, SOON)
    in_hand = states(run)
    ledger.record(ledger.Claim(claim.job, claim.lease, claim.slips[:1]), [Result(claim.slips[0])], now=SOON)
    Run.objects.update(waited=timedelta(hours=HOURS), looked_at=SOON + timedelta(hours=1))
    look(run, SOON + timedelta(hours=1))

    assert in_hand == {("queued", ""): 20, EXPIRED: 40}
    assert states(run) == counted(run) == {("accepted", ""): 10, EXPIRED: 40, ("unknown", "expired"): 10}


def test_what_is_accepted_meanwhile_ends_the_giving_up(exports: Path) -> None:
    run = over_run()
    deliver_one = ledger.claim(job_of(run), now=SOON, limit=1)
    assert deliver_one

    ledger.record(deliver_one, [Result(deliver_one.slips[0])], now=SOON)
    look(run, SOON)

    assert states(run) == {("accepted", ""): 10, ("queued", ""): 50}


def test_killed_after_any_few_batches_it_goes_on_and_counts_everybody_once(exports: Path, settings: Settings) -> None:
    settings.BATCH_SIZE = 1
    run = over_run()

    for _ in range(10):
        begun = ledger.claim(job_of(run), now=SOON, limit=1)  # somebody else is at it, too
        look(run, SOON, until=time.monotonic())  # killed before the first batches, or after them
        end_batches(run, Ending(*EXPIRED, "", ""), now=SOON)
        if begun:
            changes = [Change(pk, "failed", "too_large", "") for pk in queued_of(begun.slips[0].id)]
            ledger.record(begun, [Result(begun.slips[0], changes)], now=SOON)
        assert counted(run) == states(run)

    assert states(run) == {EXPIRED: PEOPLE - 3, ("failed", "too_large"): 3}


def queued_of(batch: int) -> list[int]:
    return list(Delivery.objects.filter(batch_id=batch, state="queued").values_list("pk", flat=True))


def test_the_clock_has_it_looked_at_every_ten_minutes_and_at_once_while_it_ends(exports: Path) -> None:
    factories.people(PEOPLE)
    run = planned()
    named = ("campaigns.look_after", run.pk)

    assert named not in due(SOON + timedelta(minutes=9), 8)
    assert named in due(SOON + timedelta(minutes=10), 8)
    look(run, SOON + timedelta(minutes=10))
    assert named not in due(SOON + timedelta(minutes=19), 8)
    Run.objects.update(waited=timedelta(hours=HOURS))
    assert named in due(SOON + timedelta(minutes=11), 8)
    Connection.objects.update(state="paused")
    assert named not in due(SOON + timedelta(minutes=11), 8)
    Connection.objects.update(state="active")
    TASKS["campaigns.look_after"](run.pk, in_a_minute())
    assert states(run) == {EXPIRED: PEOPLE}


def test_a_run_that_is_over_or_stopped_is_left_alone(exports: Path) -> None:
    run = over_run()
    lifecycle.stop(run.campaign, by=None, now=SOON)

    look(run, SOON)

    assert states(run) == {("queued", ""): PEOPLE}
    assert not Batch.objects.exclude(state="queued").exists()


def test_a_run_that_only_waits_for_its_file_is_not_given_up(exports: Path) -> None:
    factories.people(PEOPLE)
    run = planned()
    tried(run, {})
    Run.objects.update(state="sending", completed_at=None)

    work(run, 60 * (HOURS + 2), since=120, sends=False)

    assert states(run) == {("accepted", ""): PEOPLE}
    assert not AuditEntry.objects.filter(action="given up").exists()


def test_the_report_says_until_when_it_goes_on_trying(exports: Path, server: Server, approver: Client) -> None:
    run = planned(hook(server))
    Connection.objects.update(failures=health.BREAKER_OPENS_AT, last_error="503 away")
    Run.objects.update(looked_at=timezone.now())
    run = Run.objects.select_related("campaign", "connection").get()

    shown = approver.get(f"/campaigns/{run.campaign_id}/").content.decode()

    until = giving_up.ends_at(run)
    assert until is not None
    assert f"Belfry goes on trying until {when(until)}." in shown
    assert "Whoever was not reached by then has failed, and can be tried again here." in shown
