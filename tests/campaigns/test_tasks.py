"""Which work of campaigns is due, and in which order."""

from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import DjangoAssertNumQueries

from campaigns import lifecycle
from campaigns.delivery import ledger
from campaigns.delivery.job import job_of
from campaigns.models import Campaign, Run
from campaigns.tasks import due, in_turns
from tests import factories
from tests.campaigns.delivery import SOON, plan_all, send
from tests.factories import NOW

pytestmark = pytest.mark.django_db
LIMIT = 8


def test_due_run_is_to_be_planned_and_one_that_is_not_due_is_not(exports: Path) -> None:
    run = factories.run(factories.campaign())
    factories.run(factories.campaign(), due_at=NOW + timedelta(hours=1))
    factories.run(factories.campaign(state=Campaign.State.PAUSED))

    assert due(SOON, LIMIT) == [("campaigns.plan", run.pk)]


def test_planned_run_is_named_once_for_every_few_free_batches(exports: Path) -> None:
    factories.people(90)
    run = plan_all(factories.run(factories.campaign()))
    before = due(SOON, LIMIT)

    ledger.claim(job_of(run), now=SOON)

    assert before == [("campaigns.deliver", run.pk)] * 3
    assert due(SOON, LIMIT) == [("campaigns.deliver", run.pk)] * 2


def test_run_with_nothing_left_is_named_once_to_be_completed(exports: Path) -> None:
    run = plan_all(factories.run(factories.campaign()))

    assert due(SOON, LIMIT) == [("campaigns.deliver", run.pk)]


def test_batches_in_a_workers_hand_are_not_due_until_its_lease_ends(exports: Path) -> None:
    factories.people(10)
    run = plan_all(factories.run(factories.campaign()))
    ledger.claim(job_of(run), now=SOON)

    assert due(SOON + timedelta(seconds=59), LIMIT) == []
    assert due(SOON + timedelta(seconds=61), LIMIT) == [("campaigns.deliver", run.pk)]


def test_stopped_run_is_due_until_its_ledger_is_final(exports: Path) -> None:
    factories.people(10)
    run = plan_all(factories.run(factories.campaign()))
    lifecycle.stop(run.campaign, by=None, now=SOON)

    assert due(SOON, LIMIT) == [("campaigns.stop", run.pk)]


def test_completed_run_is_never_due(exports: Path) -> None:
    factories.people(10)
    run = send(factories.run(factories.campaign()))

    assert run.state == Run.State.COMPLETED
    assert due(SOON, LIMIT) == []


def test_every_run_has_a_turn_before_any_has_two() -> None:
    assert in_turns({1: 3, 2: 1, 3: 2}, LIMIT) == [
        ("campaigns.deliver", pk) for pk in (1, 2, 3, 1, 3, 1)
    ]  # fmt: skip
    assert in_turns({1: 30, 2: 30}, 4) == [("campaigns.deliver", pk) for pk in (1, 2, 1, 2)]


@pytest.mark.parametrize("runs", [1, 3])
def test_looking_for_work_takes_the_same_queries_however_many_runs(
    exports: Path, runs: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    factories.people(20)
    for _ in range(runs):
        plan_all(factories.run(factories.campaign()))

    with django_assert_num_queries(7):  # five questions in one transaction
        due(SOON, LIMIT)
