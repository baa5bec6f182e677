"""stop: everybody of a stopped run who is still queued gets the reason campaign_stopped."""

import time
from datetime import datetime, timedelta

from django.db import connection, transaction

from campaigns.delivery.clock import Clock
from campaigns.delivery.completion import finish
from campaigns.delivery.job import job_of
from campaigns.delivery.ledger import Change, Result, Slip, finish_batches, record_deliveries
from campaigns.delivery.plan import plan_chunk
from campaigns.models import Batch, Delivery, Run

BATCHES_AT_ONCE = 20
AGAIN = timedelta(seconds=10)

PICK = """
    SELECT id, attempts, size, lease IS NOT NULL FROM campaigns_batch
    WHERE run_id = %s AND state = 'queued' AND (lease_until IS NULL OR lease_until <= %s)
    ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
"""


def stop(run_id: int, *, clock: Clock, until: float) -> None:
    """Finish the ledger of a stopped run, a few batches at a time. Safe to repeat and in two workers at once.

    What a worker has in hand is left to it until its lease ends. Who had not been planned yet is planned as stopped.
    """
    while time.monotonic() < until and plan_chunk(run_id, now=clock()):
        pass
    run = Run.objects.get(pk=run_id)
    if run.state != Run.State.STOPPED or run.snapshot is None:
        return
    while time.monotonic() < until and stop_batches(run, now=clock()):
        pass
    if not Batch.objects.filter(run=run, state=Batch.State.QUEUED).exists():
        close(run, now=clock())


def close(run: Run, *, now: datetime) -> None:
    """Put together what had gone out before the stop; where that fails, a little later again."""
    if finish(run, now=now):
        Run.objects.filter(pk=run.pk).update(closed_at=now)
    else:
        Run.objects.filter(pk=run.pk).update(retry_at=now + AGAIN)


@transaction.atomic
def stop_batches(run: Run, *, now: datetime) -> bool:
    """False when nothing was left that may be stopped."""
    with connection.cursor() as cursor:
        cursor.execute(PICK, [run.pk, now, BATCHES_AT_ONCE])
        slips = [Slip(*row) for row in cursor.fetchall()]
    if not slips:
        return False
    record_deliveries(job_of(run), [Result(slip, stopped(run, slip)) for slip in slips], now=now)
    finish_batches([slip.id for slip in slips])
    return True


def stopped(run: Run, slip: Slip) -> list[Change]:
    """A batch that a worker had and never recorded may be with the destination: nobody knows."""
    state, answer = Delivery.State.EXCLUDED, ""
    if slip.again:
        state, answer = Delivery.State.UNKNOWN, "The campaign was stopped while a worker was sending this."
    queued = Delivery.objects.filter(batch_id=slip.id, occurrence=run.occurrence, state=Delivery.State.QUEUED)
    return [Change(pk, state, "campaign_stopped", answer) for pk in queued.values_list("pk", flat=True)]
