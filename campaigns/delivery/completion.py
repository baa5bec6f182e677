"""completion: a run without anything queued has its result joined and is completed, by exactly one worker."""

from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Sum

from campaigns import lifecycle
from campaigns.delivery import snapshot as snapshots
from campaigns.delivery.dispatch import part_name
from campaigns.delivery.job import job_of
from campaigns.models import Batch, Counter, Delivery, Run
from connectors import health, sending
from connectors.base import ConnectorError, Fault, Receipt
from connectors.models import Connection


def complete(run_id: int, *, now: datetime) -> bool:
    """sending → completed when nothing is left to send. True for the one caller who completed it."""
    run = Run.objects.get(pk=run_id)
    if run.state != Run.State.SENDING or run.planned_at is None or is_open(run):
        return False
    if not finish(run, now=now):
        return False
    return close(run, now=now)


def is_open(run: Run) -> bool:
    """Whether anything of the run is still to be sent: a queued batch, or by the counters a queued person."""
    if Batch.objects.filter(run=run, state=Batch.State.QUEUED).exists():
        return True
    queued = Counter.objects.filter(run=run, state=Delivery.State.QUEUED).aggregate(people=Sum("people"))
    return bool(queued["people"])


def finish(run: Run, *, now: datetime) -> bool:
    """Let the destination put the parts together. False: it could not; the connection rests before the next try."""
    over = Connection.objects.get(pk=snapshots.load(run.snapshot).connection)
    try:
        sending.finish(over, job_of(run).folder, parts(run))
    except ConnectorError as error:
        trouble = Receipt("", "retry", answer=str(error), retry_after=error.retry_after, fault=Fault.UNAVAILABLE)
        health.note(over, [trouble], now=now)
        return False
    return True


def parts(run: Run) -> list[str]:
    """The parts that hold accepted messages, in the order they were planned."""
    accepted = Delivery.objects.filter(
        batch_id=OuterRef("pk"), occurrence=run.occurrence, state=Delivery.State.ACCEPTED
    )
    done = Batch.objects.filter(Exists(accepted), run=run).order_by("pk")
    return [part_name(batch_id, attempts) for batch_id, attempts in done.values_list("pk", "attempts")]


@transaction.atomic
def close(run: Run, *, now: datetime) -> bool:
    """One winner by conditional UPDATE; the campaign's row is locked first, as everywhere."""
    lifecycle.locked(run.campaign)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE campaigns_run SET state = 'completed', completed_at = %s WHERE id = %s AND state = 'sending'"
            " AND NOT EXISTS (SELECT FROM campaigns_batch b WHERE b.run_id = campaigns_run.id AND b.state = 'queued')",
            [now, run.pk],
        )
        if cursor.rowcount == 0:
            return False
    run.refresh_from_db()
    lifecycle.completed(run, now=now)
    return True
