"""The delivery pipeline: plan → claim → render → dispatch → record, then completion.

Every step can be killed anywhere and done again by anybody: rows are the queue, the batch is the queue row, and what a
message goes out under is a hash, so that the destination sees the same id on every try.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from campaigns.delivery import completion, dispatch, ledger, render
from campaigns.delivery.clock import Clock
from campaigns.delivery.job import job_of
from campaigns.delivery.ledger import Claim
from campaigns.delivery.outlasting import surely
from campaigns.models import Run
from connectors import health
from connectors.models import Connection

__all__ = ["deliver"]


def deliver(run_id: int, *, clock: Clock, until: float) -> None:
    """Send what is queued of a run until nothing is left or time is up. Safe to run twice, or in two workers."""
    run = Run.objects.get(pk=run_id)
    if run.snapshot is None:  # it has not begun
        return
    job = job_of(run)
    over = Connection.objects.get(pk=job.snapshot.connection)
    while time.monotonic() < until and (claim := ledger.claim(job, now=clock(), limit=ledger.batches_at_once(over))):
        with given_back(claim, clock):
            later = health.take(over, claim.people, now=clock())
            letters = [] if later else render.tracked(job, render.batches(claim), now=clock())
        if later:
            ledger.release(claim, not_before=later, now=clock())
            break
        results = dispatch.send(claim, letters, over, clock=clock)
        surely(partial(ledger.record, claim, results, now=clock()))
    completion.complete(run_id, now=clock())


@contextmanager
def given_back(claim: Claim, clock: Clock) -> Iterator[None]:
    """Where anything goes wrong before a byte is sent, nobody need doubt later whether the claim went out."""
    try:
        yield
    except Exception:
        ledger.release(claim, not_before=clock(), now=clock())
        raise
