"""stop: everybody of a stopped run who is still queued gets the reason campaign_stopped."""

import time
from datetime import datetime, timedelta

from campaigns.delivery.clock import Clock
from campaigns.delivery.completion import finish
from campaigns.delivery.ending import Ending, end_batches
from campaigns.delivery.plan import plan_chunk
from campaigns.models import Batch, Delivery, Run

AGAIN = timedelta(seconds=10)
STOPPED = Ending(
    Delivery.State.EXCLUDED, "campaign_stopped", "", "The campaign was stopped while a worker was sending this."
)


def stop(run_id: int, *, clock: Clock, until: float) -> None:
    """Finish the ledger of a stopped run, a few batches at a time. Safe to repeat and in two workers at once.

    What a worker has in hand is left to it until its lease ends. Who had not been planned yet is planned as stopped.
    """
    while time.monotonic() < until and plan_chunk(run_id, now=clock()):
        pass
    run = Run.objects.get(pk=run_id)
    if run.state != Run.State.STOPPED or run.snapshot is None:
        return
    while time.monotonic() < until and end_batches(run, STOPPED, now=clock()):
        pass
    if not Batch.objects.filter(run=run, state=Batch.State.QUEUED).exists():
        close(run, now=clock())


def close(run: Run, *, now: datetime) -> None:
    """Put together what had gone out before the stop; where that fails, a little later again."""
    if finish(run, now=now):
        Run.objects.filter(pk=run.pk).update(closed_at=now)
    else:
        Run.objects.filter(pk=run.pk).update(retry_at=now + AGAIN)
