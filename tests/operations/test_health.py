"""Health in sentences: each thing that can break says so, in words, and nothing else does."""

import os
import uuid
from datetime import datetime, timedelta

import pytest
from django_q.models import OrmQ, Task

from campaigns.models import Campaign
from connectors.models import Connection
from operations import health, heartbeat
from operations.models import Heartbeat
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def beat(role: str, *, ago: float = 0, host: str = "one", supervisor: int = 1, pid: int = 1, task: str = "") -> None:
    at = NOW - timedelta(seconds=ago)
    Heartbeat.objects.create(role=role, host=host, pid=pid, supervisor=uuid.UUID(int=supervisor), at=at, task=task)


def sentences(now: datetime = NOW) -> list[str]:
    return list(health.state(now).sentences)


@pytest.fixture
def alive() -> None:
    beat("clock")
    beat("worker", ago=3000)


@pytest.mark.usefixtures("alive")
def test_idle_workers_are_fine_however_long_they_had_nothing_to_do() -> None:
    assert health.state(NOW) == health.Health(ok=True, sentences=())


def test_nothing_running_says_how_to_start() -> None:
    assert sentences() == ["Nothing is sent: the workers are not running. Start them with “manage.py workers”."]


def test_silent_clock_says_since_when() -> None:
    beat("clock", ago=130)
    beat("worker")

    assert sentences() == ["Nothing is sent: the clock has been silent for 2 minutes. Start “manage.py workers” again."]


@pytest.mark.usefixtures("alive")
def test_one_of_two_machines_that_went_silent_is_named() -> None:
    beat("clock", ago=40, host="two", supervisor=2)

    assert sentences() == ["The workers on “two” went silent; those on other machines go on."]


def test_clock_without_workers_says_so() -> None:
    beat("clock")
    beat("worker", supervisor=2)

    assert sentences() == ["No worker runs on “one”. They are being started; if this stays, look at the log."]


def test_work_that_nobody_takes_is_a_stuck_cluster() -> None:
    beat("clock")
    beat("worker", ago=300)
    OrmQ.objects.create(key="q", payload="", lock=NOW - timedelta(seconds=50))

    assert sentences() == [
        "The workers are stuck: work has waited for 50 seconds. They are started again by themselves."
    ]


def test_work_that_waits_behind_busy_workers_is_no_trouble() -> None:
    beat("clock")
    beat("worker", ago=10, task="campaigns.deliver:1")
    OrmQ.objects.create(key="q", payload="", lock=NOW - timedelta(seconds=50))

    assert sentences() == []


@pytest.mark.usefixtures("alive")
def test_late_run_is_named_unless_its_campaign_is_paused() -> None:
    factories.run(factories.campaign(), due_at=NOW - timedelta(hours=2))
    factories.run(factories.campaign(state=Campaign.State.PAUSED), due_at=NOW - timedelta(hours=2))
    factories.run(factories.campaign(), due_at=NOW - timedelta(seconds=59))

    assert sentences() == ["“Win back” should have started 2 hours ago and has not."]


@pytest.mark.usefixtures("alive")
def test_paused_connection_says_why() -> None:
    connection = factories.file_connection()
    Connection.objects.filter(pk=connection.pk).update(state="paused", paused_reason="The disk is full.")

    assert sentences() == ["The connection “File” is paused. The disk is full."]


@pytest.mark.usefixtures("alive")
def test_task_that_fails_again_and_again_is_named() -> None:
    for number in range(3):
        Task.objects.create(
            id=str(number), name="campaigns.plan:7", func="f", started=NOW, stopped=NOW, success=False, result="broken"
        )

    assert sentences() == ["“campaigns.plan” for number 7 failed 3 times in the last minute. The log says why."]


def test_a_worker_stamps_its_row_before_and_after_its_work() -> None:
    with heartbeat.working("campaigns.plan:1"):
        during = Heartbeat.objects.get().task
    after = Heartbeat.objects.get()

    assert (during, after.task, after.pid, after.role) == ("campaigns.plan:1", "", os.getpid(), "worker")


def test_rows_of_dead_processes_of_this_machine_go_and_others_stay() -> None:
    beat("clock", host=heartbeat.HOST, pid=2**22 + 1)
    beat("worker", host=heartbeat.HOST, pid=os.getpid())
    beat("worker", host="elsewhere", pid=2**22 + 1)

    heartbeat.forget_dead_processes()

    assert sorted(Heartbeat.objects.values_list("host", flat=True)) == sorted([heartbeat.HOST, "elsewhere"])


def test_a_connection_that_fails_again_and_again_is_named_with_its_error() -> None:
    Connection.objects.create(name="Flaky", kind="file", failures=3, last_error="Disk full.")
    Connection.objects.create(name="Once", kind="file", failures=1, last_error="Reset.")

    assert "The connection “Flaky” failed 3 times in a row: Disk full." in health.state(NOW).sentences
    assert not [words for words in health.state(NOW).sentences if "Once" in words]
