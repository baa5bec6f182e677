"""What the tests of the pipeline share: sending a run with a clock of their own, and reading what came of it."""

import time
from collections import Counter as Tally
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from django.db.models import Sum

from campaigns.delivery import deliver
from campaigns.delivery.plan import plan
from campaigns.models import Counter, Delivery, Run
from tests.factories import NOW

SOON = NOW + timedelta(seconds=1)


def send(run: Run, now: datetime = SOON) -> Run:
    """Plan and deliver, as the workers would."""
    plan_all(run, now)
    return deliver_all(run, now)


def plan_all(run: Run, now: datetime = SOON) -> Run:
    plan(run.pk, clock=lambda: now, until=in_a_minute())
    run.refresh_from_db()
    return run


def deliver_all(run: Run, now: datetime = SOON) -> Run:
    deliver(run.pk, clock=lambda: now, until=in_a_minute())
    run.refresh_from_db()
    return run


def in_a_minute() -> float:
    return time.monotonic() + 60


def lines(exports: Path, run: Run) -> list[dict[str, Any]]:
    """The joined file."""
    joined = exports / f"campaign-{run.campaign_id}" / f"run-{run.number}.ndjson"
    return [orjson.loads(line) for line in joined.read_bytes().splitlines()]


def states(run: Run) -> dict[tuple[str, str], int]:
    """(state, reason) → people, from the rows."""
    return dict(Tally(Delivery.objects.filter(run=run).values_list("state", "reason")))


def counted(run: Run) -> dict[tuple[str, str], int]:
    """The same from the counters."""
    sums = Counter.objects.filter(run=run).values_list("state", "reason").annotate(n=Sum("people")).order_by()
    return {(state, reason): people for state, reason, people in sums if people}
