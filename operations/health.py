"""Is everything alive? In sentences saying what is wrong and what to do, for the light, the home page and machines."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django_q.models import OrmQ

from campaigns.tasks import late_runs
from connectors.models import Connection
from operations import queue
from operations.models import Heartbeat

CLOCK_SILENT = timedelta(seconds=20)  # it stamps its row every second
WORKERS_SILENT = timedelta(seconds=45)  # work waits for so long only if nobody takes it
RUN_LATE = timedelta(seconds=60)
FAILING_SINCE, FAILURES = timedelta(seconds=60), 3
FORGOTTEN = timedelta(days=1)  # a machine that was taken away is no trouble for ever


@dataclass(frozen=True, slots=True)
class Health:
    """`sentences` say everything that is wrong, the worst first."""

    ok: bool
    sentences: tuple[str, ...]


def state(now: datetime) -> Health:
    """A handful of small queries; what breaks is seen within a minute."""
    sentences = (*at_work(now), *connections_in_trouble())
    return Health(not sentences, sentences)


def at_work(now: datetime) -> tuple[str, ...]:
    """What is wrong with clock, workers and runs, whatever becomes of the connections."""
    return (
        *silent_clocks(now),
        *missing_workers(now),
        *stuck_queues(now),
        *failing_tasks(now),
        *late(now),
    )


def silent_clocks(now: datetime) -> Iterator[str]:
    """No clock at all, or one of several machines that went silent."""
    clocks = list(Heartbeat.objects.filter(role=Heartbeat.Role.CLOCK, at__gt=now - FORGOTTEN).order_by("-at"))
    if not clocks:
        yield "Nothing is sent: the workers are not running. Start them with “manage.py workers”."
    elif now - clocks[0].at > CLOCK_SILENT:
        since = lasting(now - clocks[0].at)
        yield f"Nothing is sent: the clock has been silent for {since}. Start “manage.py workers” again."
    else:
        alive = {clock.host for clock in clocks if now - clock.at <= CLOCK_SILENT}
        for host in sorted({clock.host for clock in clocks} - alive):
            yield f"The workers on “{host}” went silent; those on other machines go on."


def missing_workers(now: datetime) -> Iterator[str]:
    """A clock that ticks without a single worker."""
    clocks = Heartbeat.objects.filter(role=Heartbeat.Role.CLOCK, at__gt=now - CLOCK_SILENT)
    for clock in clocks:
        if not Heartbeat.objects.filter(role=Heartbeat.Role.WORKER, supervisor=clock.supervisor).exists():
            yield f"No worker runs on “{clock.host}”. They are being started; if this stays, look at the log."


def stuck_queues(now: datetime) -> Iterator[str]:
    """Work that was handed out and that nobody takes; the watchdog starts such workers anew by itself."""
    waiting = OrmQ.objects.filter(lock__gt=now - FORGOTTEN, lock__lt=now - WORKERS_SILENT).order_by("lock").first()
    stamp = Heartbeat.objects.filter(role=Heartbeat.Role.WORKER).order_by("-at").first()
    if waiting and waiting.lock and (stamp is None or now - stamp.at > WORKERS_SILENT):
        since = lasting(now - waiting.lock)
        yield f"The workers are stuck: work has waited for {since}. They are started again by themselves."


def failing_tasks(now: datetime) -> Iterator[str]:
    """What fails again and again will not mend itself."""
    for (name, pk), times in queue.failed(now, within=FAILING_SINCE).items():
        if times >= FAILURES:
            yield f"“{name}” for number {pk} failed {times} times in the last minute. The log says why."


def late(now: datetime) -> Iterator[str]:
    for run in late_runs(now, RUN_LATE):
        yield f"“{run.campaign}” should have started {lasting(now - run.due_at)} ago and has not."


def connections_in_trouble() -> Iterator[str]:
    """Nothing is lost meanwhile: people stay queued."""
    failing = Q(state=Connection.State.ACTIVE, failures__gte=FAILURES)
    for connection in Connection.objects.filter(Q(state=Connection.State.PAUSED) | failing):
        if connection.state == Connection.State.PAUSED:
            yield f"The connection “{connection}” is paused. {connection.paused_reason}".strip()
        else:
            yield f"The connection “{connection}” failed {connection.failures} times in a row: {connection.last_error}"


def lasting(span: timedelta) -> str:
    """In the largest unit that fits: 40 seconds, 3 minutes, 2 hours, 5 days."""
    seconds = int(span.total_seconds())
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            return plural(seconds // size, unit)
    return plural(seconds, "second")


def plural(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
