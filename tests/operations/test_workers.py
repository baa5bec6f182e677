"""`manage.py workers`: real processes on a database of their own, killed, stopped and cut off."""

import asyncio
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from aiohttp import web
from django.db import connection
from django.utils import timezone
from django_q.models import OrmQ

from campaigns.models import Delivery, Run
from connectors.models import Connection
from operations import health
from operations.models import Heartbeat
from tests import factories
from tests.connectors.servers import Server
from tests.crash import killing
from tests.stack import Stack, wait_until

pytestmark = pytest.mark.stack

PEOPLE = 2_500


def due_run(people: int = PEOPLE, number: int = 1) -> Run:
    factories.people(people, prefix=f"group{number}")
    return factories.run(factories.campaign(), due_at=datetime.now(UTC))


def is_completed(run: Run) -> Callable[[], bool]:
    return lambda: Run.objects.get(pk=run.pk).state == Run.State.COMPLETED


def workers() -> list[int]:
    return list(Heartbeat.objects.filter(role=Heartbeat.Role.WORKER).values_list("pid", flat=True))


def idle_workers(number: int) -> Callable[[], bool]:
    return lambda: Heartbeat.objects.filter(role=Heartbeat.Role.WORKER, task="").count() >= number


def accepted(run: Run) -> int:
    return Delivery.objects.filter(run=run, state=Delivery.State.ACCEPTED).count()


def cut_all_connections() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


async def slow(request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(0.4)
    return web.Response(status=204)


def test_two_supervisors_with_four_workers_send_to_everybody_once(stack: Stack) -> None:
    run = due_run(10_000)

    for _ in range(2):
        stack.start_workers(BELFRY_WORKERS="4")
    wait_until(is_completed(run), "the run is completed")

    lines = (stack.folder / "exports" / f"campaign-{run.campaign_id}" / "run-1.ndjson").read_bytes().splitlines()
    assert accepted(run) == len(lines) == len(set(lines)) == 10_000
    assert set(Delivery.objects.filter(run=run).values_list("attempts", flat=True)) == {1}


def test_sending_goes_on_after_an_idle_worker_was_killed(stack: Stack) -> None:
    stack.start_workers(BELFRY_WATCHDOG_SECONDS="30")
    wait_until(idle_workers(2), "two workers wait for work")

    killing.kill(workers()[0])
    run = due_run()
    wait_until(is_completed(run), "the run is completed")

    assert accepted(run) == PEOPLE


def test_workers_that_hang_are_started_anew(stack: Stack) -> None:
    stack.start_workers()
    wait_until(idle_workers(2), "two workers wait for work")
    hanging = workers()

    for pid in hanging:
        os.kill(pid, signal.SIGSTOP)
    run = due_run()
    wait_until(is_completed(run), "the run is completed")

    assert accepted(run) == PEOPLE
    assert not set(workers()) & set(hanging)


def test_sending_goes_on_after_the_database_cut_every_connection(stack: Stack) -> None:
    connection_slow = factories.file_connection()
    Connection.objects.filter(pk=connection_slow.pk).update(rate_per_second=500)
    run = due_run()
    stack.start_workers()
    wait_until(lambda: accepted(run) > 0, "the first are sent")

    cut_all_connections()
    wait_until(is_completed(run), "the run is completed")

    assert accepted(run) == PEOPLE


def test_nobody_is_in_doubt_after_the_database_cut_every_connection(stack: Stack) -> None:
    """Of a receiver that drops nothing: workers finish what they have in hand before they are started anew."""
    factories.people(600)
    with Server(default=slow) as server:
        hook = Connection.objects.create(name="Hook", kind="webhook", config={"url": f"{server.url}/in"})
        run = factories.run(factories.campaign(hook), due_at=datetime.now(UTC))
        supervisor = stack.start_workers()
        wait_until(lambda: len(server.requests) > 50, "the first are under way")

        cut_all_connections()
        wait_until(is_completed(run), "the run is completed")

    assert supervisor.poll() is None
    assert accepted(run) == len({request.headers["webhook-id"] for request in server.requests}) == 600


def test_everything_below_a_killed_supervisor_ends(stack: Stack) -> None:
    supervisor = stack.start_workers()
    wait_until(idle_workers(2), "two workers wait for work")
    below = killing.tree(supervisor.pid)

    killing.kill(supervisor.pid)

    assert len(below) == 7
    killing.gone(below)


def test_stopped_workers_leave_no_rows_behind_and_health_says_what_to_do(stack: Stack) -> None:
    supervisor = stack.start_workers()
    wait_until(idle_workers(2), "two workers wait for work")
    while_running = health.state(timezone.now())
    below = killing.tree(supervisor.pid)

    supervisor.terminate()
    supervisor.wait(30)

    assert while_running == health.Health(ok=True, sentences=())
    killing.gone(below)
    assert supervisor.returncode == 0
    assert list(Heartbeat.objects.all()) == list(OrmQ.objects.all()) == []
    assert health.state(timezone.now()).sentences == (
        "Nothing is sent: the workers are not running. Start them with “manage.py workers”.",
    )
