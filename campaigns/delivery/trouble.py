"""trouble: a run whose task broke unexpectedly rests, longer each time, and at last its campaign asks a person."""

import logging
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction

from campaigns import lifecycle
from campaigns.models import Run

log = logging.getLogger(__name__)

FIRST_REST = timedelta(seconds=5)
LONGEST_REST = timedelta(minutes=10)
FAILURES = 5  # in a row, over about two and a half minutes; then the campaign is paused


def note(run_id: int, error: Exception, *, now: datetime) -> None:
    """Count the failure and let the run rest, so that it keeps no other from its turn. Never raises a DatabaseError:
    where the database is away there is nothing to note."""
    try:
        with transaction.atomic():
            count(run_id, error, now=now)
    except DatabaseError:
        log.warning("The failure of run %s could not be noted", run_id)


def count(run_id: int, error: Exception, *, now: datetime) -> None:
    run = Run.objects.select_related("campaign").filter(pk=run_id).first()
    if run is None:
        return
    campaign = lifecycle.locked(run.campaign)
    failures = run.failures + 1
    rest = min(FIRST_REST * 2 ** min(run.failures, 10), LONGEST_REST)
    Run.objects.filter(pk=run_id).update(failures=failures, retry_at=now + rest)
    if failures >= FAILURES and campaign.state in lifecycle.SENDABLE:
        words = f"Run {run.number} broke {failures} times: {first_line(error)} Mend it, then resume: nobody is lost."
        lifecycle.pause(campaign, by=None, now=now, reason=words)


def over(run_id: int) -> None:
    """It went well again."""
    Run.objects.filter(pk=run_id, failures__gt=0).update(failures=0, retry_at=None)


def first_line(error: Exception) -> str:
    line = str(error).strip().partition("\n")[0][:200].rstrip(".")
    return f"{line or type(error).__name__}."
