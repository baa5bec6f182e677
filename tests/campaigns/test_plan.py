"""plan: who is in the ledger, in which batch, and what happens when it is done twice or too late."""

import time
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from campaigns import lifecycle
from campaigns.delivery import control, snapshot
from campaigns.delivery.plan import plan, plan_chunk
from campaigns.delivery.stopping import stop
from campaigns.figures import figures
from campaigns.models import Batch, Campaign, Delivery, Run
from connectors.models import Connection
from segments.models import Segment
from tests import factories
from tests.campaigns.delivery import SOON, counted, in_a_minute, plan_all, send, states
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def rows(run: Run) -> list[tuple[int, int | None, int, str]]:
    found = Delivery.objects.filter(run=run).order_by("profile_id")
    return list(found.values_list("profile_id", "batch_id", "copy_id", "state"))


def test_planning_again_adds_nothing(exports: Path) -> None:
    factories.people(35)
    run = plan_all(factories.run(factories.campaign(control_percent=20)))
    first = rows(run), list(Batch.objects.values_list("pk", "size")), counted(run)

    Run.objects.filter(pk=run.pk).update(planned_to=0, planned_at=None, state="planning")
    plan_all(run)

    assert (rows(run), list(Batch.objects.values_list("pk", "size")), counted(run)) == first


def test_a_segment_edited_while_a_run_is_planned_changes_the_next_run_only(exports: Path, settings: Settings) -> None:
    settings.PLAN_CHUNK = 10
    factories.people(25)
    needed = Segment.objects.create(name="All", tree=factories.EVERYONE)
    tree = {"version": 1, "rule": {"all": [{"segment": needed.pk, "is": "in"}]}}
    campaign = factories.campaign(tree=tree)
    run = factories.run(campaign)
    plan(run.pk, clock=lambda: SOON, until=time.monotonic())
    plan_chunk(run.pk, now=SOON)

    needed.tree = {"version": 1, "rule": {"all": [{"property": "identity", "type": "text", "operator": "missing"}]}}
    needed.save()
    plan_all(run)

    later = timedelta(minutes=1)
    following = plan_all(factories.run(campaign, number=2, due_at=NOW + later), SOON + later)

    assert Delivery.objects.filter(run=run).count() == 25
    assert Delivery.objects.filter(run=following).count() == 0


def test_planning_stops_at_its_deadline_and_goes_on_where_it_was(exports: Path, settings: Settings) -> None:
    settings.PLAN_CHUNK = 10
    ids = factories.people(25)
    run = factories.run(factories.campaign())

    plan(run.pk, clock=lambda: SOON, until=time.monotonic())
    begun = Run.objects.get(pk=run.pk)
    plan_chunk(run.pk, now=SOON)
    after_one = Run.objects.get(pk=run.pk)
    plan_all(run)

    assert (begun.state, begun.planned_to, begun.plan_until) == ("planning", ids[0] - 1, ids[-1])
    assert after_one.planned_to == ids[0]
    assert [profile for profile, *_ in rows(run)] == ids
    assert run.state == Run.State.SENDING


def test_people_who_come_after_planning_began_are_for_the_next_run(exports: Path, settings: Settings) -> None:
    settings.PLAN_CHUNK = 10
    early = factories.people(5)
    run = factories.run(factories.campaign())
    plan(run.pk, clock=lambda: SOON, until=time.monotonic())

    factories.people(5, prefix="late")
    plan_all(run)

    assert [profile for profile, *_ in rows(run)] == early


def test_batches_hold_at_most_their_size_and_only_those_who_are_sent_to(exports: Path) -> None:
    factories.people(43)
    run = plan_all(factories.run(factories.campaign(control_percent=50)))

    queued = Delivery.objects.filter(run=run, state="queued").count()
    sizes = list(Batch.objects.filter(run=run).order_by("pk").values_list("size", flat=True))

    assert sum(sizes) == queued
    assert all(size == 10 for size in sizes[:-1])
    assert not Delivery.objects.filter(run=run, state="excluded", batch_id__isnull=False).exists()


def test_batch_is_at_most_one_second_of_a_rate(exports: Path) -> None:
    factories.people(12)
    Connection.objects.update(rate_per_second=3)
    plan_all(factories.run(factories.campaign(factories.file_connection(rate_per_second=3))))

    assert list(Batch.objects.values_list("size", flat=True)) == [3, 3, 3, 3]


@pytest.mark.parametrize(
    ("kind", "config", "sizes"),
    [
        ("webhook", {}, [200, 200, 200]),
        ("webhook", {"batch_size": 150}, [150, 150, 150, 150]),
        ("webhook", {"batch_size": 500}, [500, 100]),
        ("webhook", {"deduplicates": True}, [600]),
        ("email", {}, [100] * 6),
        ("mparticle", {}, [200, 200, 200]),
        ("eventbridge", {}, [200, 200, 200]),
        ("segment", {}, [600]),
        ("file", {}, [600]),
    ],
)
def test_few_are_in_doubt_when_a_worker_is_killed(
    exports: Path, settings: Settings, kind: str, config: dict[str, object], sizes: list[int]
) -> None:
    settings.BATCH_SIZE = 1000
    factories.people(600)
    run = factories.run(factories.campaign(factories.file_connection()))
    Connection.objects.update(kind=kind, config=config)
    plan_all(run)

    assert list(Batch.objects.order_by("pk").values_list("size", flat=True)) == sizes


def test_control_group_is_the_same_people_in_every_run(exports: Path) -> None:
    ids = factories.people(200)
    campaign = factories.campaign(control_percent=25)
    first = plan_all(factories.run(campaign))
    factories.people(50, prefix="new")
    campaign.refresh_from_db()
    second = plan_all(factories.run(campaign, due_at=NOW + timedelta(seconds=1), number=2))

    withheld = [set(withheld_of(run)) for run in (first, second)]

    expected = {pk for pk in ids if control.is_withheld(str(campaign.control_salt), pk, 25)}
    assert withheld[0] == expected
    assert withheld[1] & set(ids) == expected
    assert 20 <= len(expected) <= 80


def withheld_of(run: Run) -> list[int]:
    found = Delivery.objects.filter(run=run, reason="campaign_control_group")
    return list(found.values_list("profile_id", flat=True))


def test_funnel_says_before_what_planning_does_after(exports: Path) -> None:
    factories.people(40)
    factories.people(20, language="pt", prefix="pt")
    factories.person()
    campaign = factories.campaign(copies={"": factories.HELLO, "pt": factories.HELLO}, control_percent=30)

    foreseen = figures(snapshot.freeze(campaign), now=SOON).funnel
    run = plan_all(factories.run(campaign))

    queued = Delivery.objects.filter(run=run, state="queued").values_list("copy_id", flat=True)
    assert foreseen.qualified == 61
    assert foreseen.copies == {copy.pk: list(queued).count(copy.pk) for copy in campaign.message.copies.all()}
    assert {("excluded", reason): people for reason, people in foreseen.reasons.items()} == {
        key: people for key, people in states(run).items() if key[0] == "excluded"
    }
    assert foreseen.withheld + foreseen.reasons["no_address"] + foreseen.receives == foreseen.qualified


def test_run_is_not_begun_before_its_time(exports: Path) -> None:
    run = plan_all(factories.run(factories.campaign(), due_at=SOON + timedelta(seconds=1)))

    assert run.state == Run.State.DUE


def test_run_an_hour_late_is_missed_and_sent_to_nobody(exports: Path) -> None:
    factories.people(3)
    run = send(factories.run(factories.campaign()), NOW + timedelta(hours=1, seconds=1))

    assert run.state == Run.State.MISSED
    assert states(run) == {}


def test_run_within_the_hour_is_sent(exports: Path) -> None:
    factories.people(3)
    run = send(factories.run(factories.campaign()), NOW + timedelta(hours=1))

    assert run.state == Run.State.COMPLETED


def test_run_of_a_paused_campaign_waits(exports: Path) -> None:
    factories.people(3)
    campaign = factories.campaign(state=Campaign.State.PAUSED)
    run = send(factories.run(campaign))

    assert run.state == Run.State.DUE
    assert states(run) == {}


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({"connection": None}, "There is no connection to send over."),
        ({"tree": None}, "Nobody is chosen to send to."),
    ],
)
def test_run_that_cannot_be_sent_is_refused_with_the_reason(exports: Path, broken: dict[str, None], words: str) -> None:
    campaign = factories.campaign()
    Campaign.objects.filter(pk=campaign.pk).update(**broken)
    run = send(factories.run(campaign))

    assert (run.state, run.reason) == (Run.State.REFUSED, words)
    assert Campaign.objects.get().state == Campaign.State.COMPLETED


def test_run_with_a_tree_that_cannot_be_read_is_refused(exports: Path) -> None:
    run = send(factories.run(factories.campaign(tree={"version": 99})))

    assert run.state == Run.State.REFUSED
    assert run.reason != ""


def test_stopping_while_planning_gives_everybody_left_the_reason(exports: Path, settings: Settings) -> None:
    settings.PLAN_CHUNK = 16
    factories.people(30)
    factories.person()
    campaign = factories.campaign()
    run = factories.run(campaign)
    plan(run.pk, clock=lambda: SOON, until=time.monotonic())
    plan_chunk(run.pk, now=SOON)

    lifecycle.stop(campaign, by=campaign.owner, now=SOON)
    stop(run.pk, clock=lambda: SOON, until=in_a_minute())

    run.refresh_from_db()
    assert run.state == Run.State.STOPPED
    assert states(run) == {("excluded", "campaign_stopped"): 30, ("excluded", "no_address"): 1}
    assert counted(run) == states(run)
