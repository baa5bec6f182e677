"""giving up: a run of which nothing was accepted for long although it was tried ends. Who still waits has failed.

Time counts while workers try: not while the campaign or its connection is paused, and not where no worker was there. It
begins anew with each message that is accepted, so a run that is only slow is never given up. What counts is looked at
every few minutes from the counters, so no message pays for it.
"""

import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from accounts import audit
from campaigns.delivery.clock import Clock, hour_of
from campaigns.delivery.ending import Ending, end_batches
from campaigns.models import Batch, Campaign, Counter, Delivery, Run
from connectors.models import Connection

LOOK_EVERY = timedelta(minutes=10)
MOST_BETWEEN = timedelta(hours=1)  # two looks; where it was longer, no worker was there
IN_DOUBT = "A worker stopped while it was sending this, and nothing was accepted since."


def limit() -> timedelta:
    return timedelta(hours=settings.GIVE_UP_HOURS)


def give_up(run_id: int, *, clock: Clock, until: float) -> None:
    """Look at a run that is being sent, and settle it a few batches at a time where its time is over.

    Safe to repeat, in two workers at once, and to kill anywhere.
    """
    if not look(run_id, now=clock()):
        return
    run = Run.objects.select_related("connection").get(pk=run_id)
    ending = Ending(Delivery.State.FAILED, "expired", words(run.connection), IN_DOUBT)
    while time.monotonic() < until and end_batches(run, ending, now=clock()):
        pass


@transaction.atomic
def look(run_id: int, *, now: datetime) -> bool:
    """Whether the run's time is over. Of two who look, the second finds that nothing has passed."""
    run = (
        Run.objects.select_for_update(no_key=True, of=["self"])
        .select_related("campaign", "connection")
        .filter(pk=run_id, state=Run.State.SENDING)
        .first()
    )
    if run is None or run.connection is None or run.started_at is None:
        return False
    was_over = run.waited >= limit()
    run.waited, run.looked_at = waited(run, now=now), now
    run.save(update_fields=["waited", "looked_at"])
    is_over = run.waited >= limit() and not rests(run)
    if is_over and not was_over:
        audit.record(None, "given up", run.campaign, reason=f"Run {run.number}: {words(run.connection)}")
    return is_over


def waited(run: Run, *, now: datetime) -> timedelta:
    """For how long nothing was accepted although somebody waits and it was tried; to the hour, as the counters are."""
    last = run.looked_at or run.started_at or now
    accepted = Counter.objects.filter(run=run, state=Delivery.State.ACCEPTED, hour__gte=hour_of(last))
    if accepted.exists() or not run.batches.filter(state=Batch.State.QUEUED).exists():
        return timedelta()
    passed = now - last
    return run.waited if rests(run) or passed > MOST_BETWEEN else run.waited + max(passed, timedelta())


def rests(run: Run) -> bool:
    """Whether a person has to go on first."""
    paused = run.connection is not None and run.connection.state == Connection.State.PAUSED
    return paused or run.campaign.state == Campaign.State.PAUSED


def ends_at(run: Run) -> datetime | None:
    """When the run will be given up if nothing is accepted until then; None where it is not being sent, or rests."""
    if run.state != Run.State.SENDING or run.started_at is None or rests(run):
        return None
    return (run.looked_at or run.started_at) + max(limit() - run.waited, timedelta())


def words(connection: Connection | None) -> str:
    """“Nothing was accepted for 72 hours. The last answer: 503 away”, as long as an answer may be."""
    last = connection.last_error if connection else ""
    said = f"Nothing was accepted for {settings.GIVE_UP_HOURS:g} hours."
    return f"{said} The last answer: {last}"[:500] if last else said
